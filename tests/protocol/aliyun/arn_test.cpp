#define BOOST_TEST_MODULE arn
#include <boost/test/unit_test.hpp>

#include "protocol/aliyun/arn.hpp"

using namespace acr::aliyun;

BOOST_AUTO_TEST_CASE(arns_of_roles_and_providers_are_taken_apart) {
  BOOST_TEST((parse_role_arn("acs:ram::1234567890123456:role/acr-puller") ==
              ram_arn{"1234567890123456", "acr-puller"}));
  BOOST_TEST((parse_oidc_provider_arn("acs:ram::1:oidc-provider/ack-rrsa-c1") ==
              ram_arn{"1", "ack-rrsa-c1"}));
}

BOOST_AUTO_TEST_CASE(other_texts_are_no_arns) {
  for (const auto* text :
       {"", "acs:ram::1:role/", "acs:ram::1:role", "acs:ram:::role/r", "acs:ram::x:role/r",
        "acs:ram::1:user/u", "acs:ram::1:role/r r", "acs:ram::1:role/r/s", " acs:ram::1:role/r",
        "acs:ram:cn:1:role/r", "arn:aws:iam::1:role/r", "acs:ram::1:oidc-provider/p",
        "acs:ram::1:ROLE/r"})
    BOOST_TEST(!parse_role_arn(text), text);
  BOOST_TEST(!parse_oidc_provider_arn("acs:ram::1:role/r"));
  BOOST_TEST(!parse_role_arn("acs:ram::1:role/" + std::string(129, 'r')));
}

BOOST_AUTO_TEST_CASE(regions_go_by_their_form) {
  for (const auto* text : {"cn-hangzhou", "me-central-1", "cn-hangzhou-finance", "us-west-1",
                           "cn-shanghai-finance-1", "ap-southeast-1"})
    BOOST_TEST(plausible_region(text), text);
  for (const auto* text : {"", "cn", "cn-", "-cn", "cn--x", "CN-hangzhou", "cn_hangzhou",
                           "cn-hangzhou.", "cn-hangzhou ", "1-cn", "<html>", "cn/hangzhou-x"})
    BOOST_TEST(!plausible_region(text), text);
  BOOST_TEST(!plausible_region("cn-" + std::string(40, 'x')));
}

BOOST_AUTO_TEST_CASE(session_names_are_made_to_fit) {
  BOOST_TEST(session_name("acr-helper") == "acr-helper");
  BOOST_TEST(session_name("a.b_c@d-E9") == "a.b_c@d-E9");
  BOOST_TEST(session_name("kube system/pod") == "kube-system-pod");
  BOOST_TEST(session_name("x") == "x-");
  BOOST_TEST(session_name("") == "acr-credential-helper");
  BOOST_TEST(session_name(std::string(100, 'a')).size() == 64U);
  BOOST_TEST(session_name("\xe4\xb8\xad") == "---");
}

BOOST_AUTO_TEST_CASE(personal_edition_has_three_hosts_in_a_region) {
  BOOST_TEST((personal_domains("cn-beijing") ==
              std::vector<std::string>{"registry.cn-beijing.aliyuncs.com",
                                       "registry-vpc.cn-beijing.aliyuncs.com",
                                       "registry-internal.cn-beijing.aliyuncs.com"}));
}
