#define BOOST_TEST_MODULE http
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

#include "protocol/http.hpp"

using namespace acr;

namespace {

constexpr std::string_view marker = "marker"; // short enough to stay inside its string

bool holds_marker(const auto& bytes) {
  return std::search(bytes.begin(), bytes.end(), marker.begin(), marker.end()) != bytes.end();
}

http_request secret_request() {
  http_request request;
  request.url = "/?marker";
  request.body = marker;
  request.proxy_url = "u:marker@p";
  return request;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_request_that_goes_overwrites_what_it_held) {
  alignas(http_request) std::array<char, sizeof(http_request)> place{};
  auto* request = new (place.data()) http_request{secret_request()};
  BOOST_TEST(holds_marker(place));
  request->~http_request();
  BOOST_TEST(!holds_marker(place));
}

BOOST_AUTO_TEST_CASE(a_request_that_is_replaced_overwrites_what_it_held) {
  alignas(http_request) std::array<char, sizeof(http_request)> place{};
  auto* request = new (place.data()) http_request{secret_request()};
  *request = http_request{};
  BOOST_TEST(!holds_marker(place));
  *request = secret_request();
  BOOST_TEST(request->body == marker);
  request->~http_request();
}

BOOST_AUTO_TEST_CASE(the_first_header_of_a_name_is_found_in_any_case) {
  const std::vector<http_header> headers{{"A", "1"}, {"b", "2"}, {"B", "3"}};
  BOOST_TEST(find_header(headers, "B") == "2");
  BOOST_TEST(find_header(headers, "a") == "1");
  BOOST_TEST(find_header(headers, "c").empty());
}
