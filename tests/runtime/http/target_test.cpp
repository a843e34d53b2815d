#define BOOST_TEST_MODULE http_target
#include <boost/test/unit_test.hpp>

#include "runtime/http/target.hpp"
#include "tests/support/print.hpp"

using namespace acr;

namespace {

http_request to(std::string url) {
  http_request request;
  request.url = std::move(url);
  return request;
}

errc refusal(const http_request& request) {
  const auto target = read_target(request);
  return target ? errc::none : target.error().code;
}

} // namespace

BOOST_AUTO_TEST_CASE(reads_the_parts_of_a_url) {
  const auto target = read_target(to("https://sts.example.com/path/x?Signature=hunter2"));
  BOOST_REQUIRE(target);
  BOOST_TEST(target->scheme == "https");
  BOOST_TEST(target->host == "sts.example.com");
  BOOST_TEST(target->port == "443");
  BOOST_TEST(target->authority == "sts.example.com");
}

BOOST_AUTO_TEST_CASE(what_is_shown_has_no_query) {
  const auto target = read_target(to("http://127.0.0.1:8080/a%2Fb?Signature=hunter2"));
  BOOST_REQUIRE(target);
  BOOST_TEST(target->shown == "http://127.0.0.1:8080/a%2Fb");
  BOOST_TEST(target->authority == "127.0.0.1:8080");
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_keeps_its_brackets) {
  const auto target = read_target(to("https://[fd00::1]:6443/version"));
  BOOST_REQUIRE(target);
  BOOST_TEST(target->host == "[fd00::1]");
  BOOST_TEST(target->authority == "[fd00::1]:6443");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_plain_absolute_http_url) {
  for (const char* url :
       {"", "/path", "example.com", "ftp://example.com/", "file:///etc/passwd", "http://",
        "http://user@example.com/", "http://user:pw@example.com/", "http://example.com/#x",
        "http://example.com:99999/", "http://exa mple.com/", "http://example.com/a b",
        "http://example.com/\r\nX: y"})
    BOOST_TEST(refusal(to(url)) == errc::bad_request, url);
}

BOOST_AUTO_TEST_CASE(a_refusal_does_not_repeat_the_url) {
  const auto target = read_target(to("http://user:hunter2@example.com/"));
  BOOST_REQUIRE(!target);
  BOOST_TEST(to_string(target.error()).find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(refuses_methods_and_headers_that_would_break_the_framing) {
  auto request = to("http://example.com/");
  request.method = "GET / HTTP/1.1\r\nX:";
  BOOST_TEST(refusal(request) == errc::bad_request);
  request.method = "";
  BOOST_TEST(refusal(request) == errc::bad_request);
  request.method = "GET";
  for (const auto& header : std::vector<http_header>{{"", "x"},
                                                     {"a b", "x"},
                                                     {"a:", "x"},
                                                     {"a\n", "x"},
                                                     {"a", "x\r\ny: z"},
                                                     {"a", "x\n"},
                                                     {"a", std::string{"x\0y", 3}}}) {
    request.headers = {header};
    BOOST_TEST(refusal(request) == errc::bad_request);
  }
  request.headers = {{"Authorization", "Bearer x.y-z"}, {"Empty", ""}};
  BOOST_TEST(refusal(request) == errc::none);
}

BOOST_AUTO_TEST_CASE(another_host_leaves_the_rest_as_it_is) {
  BOOST_TEST(with_host("https://10.0.0.1:6443/a/../b%2Fc?x=1&y", "api.example") ==
             "https://api.example:6443/a/../b%2Fc?x=1&y");
}
