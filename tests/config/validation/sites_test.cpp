// The hosts of other sites and of new instances, and the regions of the finance cloud. Each test is
// a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_sites
#include <boost/test/unit_test.hpp>

#include "tests/config/validation/rows.hpp"

using namespace acr;
using namespace acr::config;

BOOST_FIXTURE_TEST_SUITE(sites, row)

BOOST_AUTO_TEST_CASE(international_site) {
  for (const auto& r : in_all("{list}:\n- {id}: {personal}\n  {region}: ap-southeast-1\n  domains: "
                              "registry-intl.ap-southeast-1.aliyuncs.com,"
                              "registry-intl-vpc.ap-southeast-1.aliyuncs.com\n")) {
    BOOST_TEST(r.value->instances.at(0).personal());
    const strings expected{"registry-intl.ap-southeast-1.aliyuncs.com",
                           "registry-intl-vpc.ap-southeast-1.aliyuncs.com"};
    BOOST_TEST(r.value->instances.at(0).domains == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(new_personal_instance_with_both_of_its_hosts) {
  for (const auto& r :
       in_all("{list}:\n- {id}: crpi-0123456789abcdef\n  {region}: cn-hangzhou\n"
              "  domains: crpi-0123456789abcdef.cn-hangzhou.personal.cr.aliyuncs.com,"
              "crpi-0123456789abcdef-vpc.cn-hangzhou.personal.cr.aliyuncs.com\n")) {
    BOOST_TEST(r.value->instances.at(0).personal());
    BOOST_TEST(r.value->instances.at(0).domains.size() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(acceleration_port_of_an_enterprise_instance) {
  for (const auto& r : in_all("{list}:\n- {id}: cri-1\n  domains: "
                              "a-registry-vpc.distributed.cn-hangzhou.cr.aliyuncs.com:65001\n"))
    BOOST_TEST(r.value->instances.at(0).domains.at(0) ==
               "a-registry-vpc.distributed.cn-hangzhou.cr.aliyuncs.com:65001");
}

BOOST_AUTO_TEST_CASE(finance_regions) {
  for (const std::string region : {"cn-hangzhou-finance", "cn-shanghai-finance-1",
                                   "cn-shenzhen-finance-1", "cn-beijing-finance-1"})
    for (const auto& r : in_all("{list}:\n- {id}: cri-1\n  {region}: " + region + "\n"))
      BOOST_TEST(r.value->instances.at(0).region == region);
}

BOOST_AUTO_TEST_SUITE_END()
