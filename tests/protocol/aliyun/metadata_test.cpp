#define BOOST_TEST_MODULE metadata
#include <boost/test/unit_test.hpp>

#include "protocol/aliyun/metadata.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace std::chrono_literals;

namespace {

http_response response(int status, std::string body) {
  return {status, {}, secret_string{std::move(body)}};
}

errc region_error(int status, std::string body) {
  const auto region = read_region(response(status, std::move(body)));
  BOOST_REQUIRE(!region);
  BOOST_TEST(region.error().message.find("MARK") == std::string::npos);
  return region.error().code;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_token_is_asked_for_with_its_life) {
  const auto request = metadata_token_request(default_metadata_url, 300s);
  BOOST_TEST(request.method == "PUT");
  BOOST_TEST(request.url == "http://100.100.100.200/latest/api/token");
  BOOST_TEST(find_header(request.headers, "x-aliyun-ecs-metadata-token-ttl-seconds") == "300");
}

BOOST_AUTO_TEST_CASE(the_region_is_asked_for_with_the_token_if_there_is_one) {
  auto request = metadata_region_request("http://127.0.0.1:1", secret_string{std::string{"tok"}});
  BOOST_TEST(request.method == "GET");
  BOOST_TEST(request.url == "http://127.0.0.1:1/latest/meta-data/region-id");
  BOOST_TEST(find_header(request.headers, "x-aliyun-ecs-metadata-token") == "tok");
  request = metadata_region_request("http://127.0.0.1:1", {});
  BOOST_TEST(request.headers.empty());
}

BOOST_AUTO_TEST_CASE(some_services_have_no_tokens) {
  for (const int status : {403, 404, 405})
    BOOST_TEST(without_metadata_tokens(response(status, "")));
  for (const int status : {200, 400, 401, 500})
    BOOST_TEST(!without_metadata_tokens(response(status, "")));
}

BOOST_AUTO_TEST_CASE(tokens_and_regions_are_trimmed) {
  BOOST_TEST(read_metadata_token(response(200, " AQAA==\n")).value().reveal() == "AQAA==");
  BOOST_TEST(read_region(response(200, "cn-hangzhou\r\n")).value() == "cn-hangzhou");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_token_is_refused) {
  for (const auto& body :
       {std::string{}, std::string{" "}, std::string{"a\r\nb: c"}, std::string(5000, 'x')}) {
    const auto token = read_metadata_token(response(200, body));
    BOOST_REQUIRE(!token);
    BOOST_TEST((token.error().code == errc::malformed_answer));
  }
  BOOST_TEST((read_metadata_token(response(500, "")).error().code == errc::http_status));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_region_is_refused) {
  BOOST_TEST((region_error(200, "<html>MARK") == errc::malformed_answer));
  BOOST_TEST((region_error(200, "") == errc::malformed_answer));
  BOOST_TEST((region_error(404, "MARK") == errc::not_found));
  BOOST_TEST((region_error(403, "MARK") == errc::denied));
  BOOST_TEST((region_error(401, "MARK") == errc::denied));
  BOOST_TEST((region_error(500, "MARK") == errc::http_status));
}
