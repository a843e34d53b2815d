#define BOOST_TEST_MODULE environment
#include <boost/test/unit_test.hpp>

#include <utility>

#include <map>

#include "protocol/aliyun/environment.hpp"

using namespace acr;
using namespace acr::aliyun;

namespace {

using variables = std::map<std::string, std::string>;
using urls = std::vector<std::string>;

environment_reader reader(variables set) {
  return [set = std::move(set)](const char* name) {
    const auto found = set.find(name);
    return found == set.end() ? std::string{} : found->second;
  };
}

urls sts(const variables& set, const std::string& region = "cn-beijing",
         endpoint_policy flags = {}) {
  return endpoint_candidates(product::sts, region,
                             with_environment(std::move(flags), reader(set)).value());
}

std::string complaint(const variables& set) {
  const auto read = with_environment({}, reader(set));
  BOOST_REQUIRE(!read);
  BOOST_TEST((read.error().code == errc::config_bad));
  return read.error().message;
}

} // namespace

BOOST_AUTO_TEST_CASE(an_empty_environment_changes_nothing) {
  BOOST_TEST((sts({}) == urls{"https://sts-vpc.cn-beijing.aliyuncs.com",
                              "https://sts.cn-beijing.aliyuncs.com"}));
}

BOOST_AUTO_TEST_CASE(sts_endpoint) {
  BOOST_TEST((sts({{"ALIBABA_CLOUD_STS_ENDPOINT", "sts-vpc.cn-hangzhou.aliyuncs.com"}}) ==
              urls{"https://sts-vpc.cn-hangzhou.aliyuncs.com"}));
  BOOST_TEST((sts({{"ALIBABA_CLOUD_STS_ENDPOINT", "http://sts.example:80/"}}) ==
              urls{"http://sts.example:80"}));
}

BOOST_AUTO_TEST_CASE(sts_endpoint_of_the_command_line_goes_first) {
  endpoint_policy flags;
  flags.sts_url = "https://flag.example";
  BOOST_TEST((sts({{"ALIBABA_CLOUD_STS_ENDPOINT", "sts.example"}}, "cn-beijing", flags) ==
              urls{"https://flag.example"}));
}

BOOST_AUTO_TEST_CASE(sts_endpoint_leaves_container_registry_alone) {
  const auto policy =
      with_environment({}, reader({{"ALIBABA_CLOUD_STS_ENDPOINT", "sts.example"}})).value();
  BOOST_TEST(endpoint_candidates(product::cr, "cn-beijing", policy).size() == 2U);
}

BOOST_AUTO_TEST_CASE(sts_endpoint_that_is_none) {
  const auto told = complaint({{"ALIBABA_CLOUD_STS_ENDPOINT", "https://x/path"}});
  BOOST_TEST(told.starts_with("ALIBABA_CLOUD_STS_ENDPOINT: not an endpoint"));
}

BOOST_AUTO_TEST_CASE(sts_http_scheme) {
  for (const auto* scheme : {"HTTP", "http"})
    BOOST_TEST((sts({{"ALIBABA_CLOUD_STS_ENDPOINT", "sts.example"},
                     {"ALIBABA_CLOUD_STS_HTTP_SCHEME", scheme}}) == urls{"http://sts.example"}));
  BOOST_TEST((sts({{"ALIBABA_CLOUD_STS_ENDPOINT", "https://sts.example"},
                   {"ALIBABA_CLOUD_STS_HTTP_SCHEME", "HTTP"}}) == urls{"https://sts.example"}));
  BOOST_TEST(complaint({{"ALIBABA_CLOUD_STS_ENDPOINT", "sts.example"},
                        {"ALIBABA_CLOUD_STS_HTTP_SCHEME", "ftp"}}) ==
             "ALIBABA_CLOUD_STS_HTTP_SCHEME: must be http or https");
}

BOOST_AUTO_TEST_CASE(sts_region) {
  const variables set{{"ALIBABA_CLOUD_STS_REGION", "cn-shanghai"}};
  for (const auto* region : {"cn-beijing", ""}) // also where the cluster's is not known
    BOOST_TEST((sts(set, region) == urls{"https://sts-vpc.cn-shanghai.aliyuncs.com",
                                         "https://sts.cn-shanghai.aliyuncs.com"}));
  BOOST_TEST(complaint({{"ALIBABA_CLOUD_STS_REGION", "x.evil.example/"}})
                 .starts_with("ALIBABA_CLOUD_STS_REGION: "));
}

BOOST_AUTO_TEST_CASE(vpc_endpoint_enabled) {
  for (const auto* off : {"false", "False", "FALSE"})
    BOOST_TEST((sts({{"ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", off}}) ==
                urls{"https://sts.cn-beijing.aliyuncs.com"}));
  BOOST_TEST(sts({{"ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true"}}).size() == 2U);
  endpoint_policy flags;
  flags.prefer_vpc = false;
  BOOST_TEST((sts({{"ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true"}}, "cn-beijing", flags) ==
              urls{"https://sts.cn-beijing.aliyuncs.com"}));
  const auto policy =
      with_environment({}, reader({{"ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "false"}})).value();
  BOOST_TEST(endpoint_candidates(product::cr, "cn-beijing", policy).size() == 2U);
}

BOOST_AUTO_TEST_CASE(finance_regions) {
  for (const auto& [region, served_from] :
       variables{{"cn-hangzhou-finance", "cn-hangzhou"},
                 {"cn-shanghai-finance-1", "cn-shanghai-finance-1"},
                 {"cn-shenzhen-finance-1", "cn-shenzhen-finance-1"},
                 {"cn-beijing-finance-1", "cn-beijing-finance-1"}}) {
    BOOST_TEST((sts({}, region) == urls{"https://sts-vpc." + served_from + ".aliyuncs.com",
                                        "https://sts." + served_from + ".aliyuncs.com"}));
    BOOST_TEST((sts({{"ALIBABA_CLOUD_STS_REGION", region}}) == sts({}, region)));
    BOOST_TEST((endpoint_candidates(product::cr, region, {}) ==
                urls{"https://cr-vpc." + region + ".aliyuncs.com",
                     "https://cr." + region + ".aliyuncs.com"}));
  }
}

BOOST_AUTO_TEST_CASE(switches_of_the_metadata_service) {
  const auto none = metadata_from_environment("", reader({})).value();
  BOOST_TEST(none.url == "http://100.100.100.200");
  BOOST_TEST(!none.disabled);
  BOOST_TEST(!none.hardened_only);
  BOOST_TEST(!none.without_token);
  const auto on = [](const char* name) {
    return metadata_from_environment("", reader({{name, "True"}})).value();
  };
  BOOST_TEST(on("ALIBABA_CLOUD_ECS_METADATA_DISABLED").disabled);
  BOOST_TEST(on("ALIBABA_CLOUD_IMDSV1_DISABLED").hardened_only);
  BOOST_TEST(on("ALIBABA_CLOUD_IMDSV2_DISABLED").without_token);
}

BOOST_AUTO_TEST_CASE(address_of_the_metadata_service) {
  const auto url = [](const std::string& flag, const std::string& variable) {
    return metadata_from_environment(flag, reader({{"ALIBABA_CLOUD_IMDS_ENDPOINT", variable}}));
  };
  BOOST_TEST(url("", "http://127.0.0.1:8100/").value().url == "http://127.0.0.1:8100");
  BOOST_TEST(url("", "127.0.0.1").value().url == "http://127.0.0.1");
  BOOST_TEST(url("http://flag", "127.0.0.1").value().url == "http://flag");
  BOOST_TEST(url("", "a b").error().message.starts_with("ALIBABA_CLOUD_IMDS_ENDPOINT: "));
}

BOOST_AUTO_TEST_CASE(both_modes_of_the_metadata_service_cannot_be_switched_off) {
  variables set{{"ALIBABA_CLOUD_IMDSV1_DISABLED", "true"},
                {"ALIBABA_CLOUD_IMDSV2_DISABLED", "true"}};
  BOOST_TEST((metadata_from_environment("", reader(set)).error().code == errc::config_bad));
  set["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true";
  BOOST_TEST(metadata_from_environment("", reader(set)).has_value());
}
