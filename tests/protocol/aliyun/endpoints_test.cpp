#define BOOST_TEST_MODULE endpoints
#include <boost/test/unit_test.hpp>

#include "protocol/aliyun/endpoints.hpp"

using namespace acr;
using namespace acr::aliyun;

using urls = std::vector<std::string>;

BOOST_AUTO_TEST_CASE(the_vpc_endpoint_comes_before_the_public_one) {
  BOOST_TEST(
      (endpoint_candidates(product::cr, "cn-hangzhou", {}) ==
       urls{"https://cr-vpc.cn-hangzhou.aliyuncs.com", "https://cr.cn-hangzhou.aliyuncs.com"}));
  BOOST_TEST(
      (endpoint_candidates(product::sts, "me-central-1", {}) ==
       urls{"https://sts-vpc.me-central-1.aliyuncs.com", "https://sts.me-central-1.aliyuncs.com"}));
}

BOOST_AUTO_TEST_CASE(outside_a_vpc_only_the_public_one_is_tried) {
  endpoint_policy policy;
  policy.prefer_vpc = false;
  BOOST_TEST((endpoint_candidates(product::cr, "cn-beijing", policy) ==
              urls{"https://cr.cn-beijing.aliyuncs.com"}));
}

BOOST_AUTO_TEST_CASE(sts_serves_the_finance_cloud_of_hangzhou_from_hangzhou) {
  BOOST_TEST(
      (endpoint_candidates(product::sts, "cn-hangzhou-finance", {}) ==
       urls{"https://sts-vpc.cn-hangzhou.aliyuncs.com", "https://sts.cn-hangzhou.aliyuncs.com"}));
  BOOST_TEST(endpoint_candidates(product::cr, "cn-hangzhou-finance", {}).front() ==
             "https://cr-vpc.cn-hangzhou-finance.aliyuncs.com");
}

BOOST_AUTO_TEST_CASE(without_a_region_sts_is_asked_at_its_global_address) {
  BOOST_TEST((endpoint_candidates(product::sts, "", {}) == urls{"https://sts.aliyuncs.com"}));
}

BOOST_AUTO_TEST_CASE(an_override_holds_for_its_product_alone) {
  endpoint_policy policy;
  policy.cr_url = "http://127.0.0.1:8080";
  BOOST_TEST(
      (endpoint_candidates(product::cr, "cn-beijing", policy) == urls{"http://127.0.0.1:8080"}));
  BOOST_TEST(endpoint_candidates(product::sts, "cn-beijing", policy).size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_override_may_name_the_region) {
  endpoint_policy policy;
  policy.sts_url = "https://sts.{region}.cloud.example:8443";
  BOOST_TEST((endpoint_candidates(product::sts, "cn-x", policy) ==
              urls{"https://sts.cn-x.cloud.example:8443"}));
}

BOOST_AUTO_TEST_CASE(overrides_are_read_as_operators_write_them) {
  BOOST_TEST(parse_endpoint("cr.example").value() == "https://cr.example");
  BOOST_TEST(parse_endpoint("127.0.0.1:80").value() == "https://127.0.0.1:80");
  BOOST_TEST(parse_endpoint("http://[::1]:80/").value() == "http://[::1]:80");
  BOOST_TEST(parse_endpoint("https://cr.{region}.example/").value() ==
             "https://cr.{region}.example");
  for (const auto* text : {"", "/", "https://", "ftp://x", "https://x/path", "https://u:p@x",
                           "https://x?y", "x y", "https://{zone}.example"}) {
    const auto url = parse_endpoint(text);
    BOOST_REQUIRE_MESSAGE(!url, text);
    BOOST_TEST((url.error().code == errc::config_bad));
  }
}
