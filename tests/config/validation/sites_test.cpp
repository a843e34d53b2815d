// The hosts of other sites and of new instances, and the regions of the finance cloud.
#define BOOST_TEST_MODULE validation_sites
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;

namespace {

instance only(const std::string& list) {
  const auto r = key("acr-registry-info", list);
  check(r, {});
  BOOST_REQUIRE_EQUAL(r.value->instances.size(), 1U);
  return r.value->instances[0];
}

} // namespace

BOOST_AUTO_TEST_CASE(international_site) {
  const auto entry = only("- instanceId: \"\"\n  regionId: ap-southeast-1\n  domains: "
                          "registry-intl.ap-southeast-1.aliyuncs.com,"
                          "registry-intl-vpc.ap-southeast-1.aliyuncs.com\n");
  BOOST_TEST(entry.personal());
  const strings expected{"registry-intl.ap-southeast-1.aliyuncs.com",
                         "registry-intl-vpc.ap-southeast-1.aliyuncs.com"};
  BOOST_TEST(entry.domains == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(new_personal_instance_with_both_of_its_hosts) {
  const auto entry = only("- instanceId: crpi-0123456789abcdef\n  regionId: cn-hangzhou\n"
                          "  domains: crpi-0123456789abcdef.cn-hangzhou.personal.cr.aliyuncs.com,"
                          "crpi-0123456789abcdef-vpc.cn-hangzhou.personal.cr.aliyuncs.com\n");
  BOOST_TEST(entry.personal());
  BOOST_TEST(entry.domains.size() == 2U);
}

BOOST_AUTO_TEST_CASE(acceleration_port_of_an_enterprise_instance) {
  const auto entry = only("- instanceId: cri-1\n  domains: "
                          "a-registry-vpc.distributed.cn-hangzhou.cr.aliyuncs.com:65001\n");
  BOOST_TEST(entry.domains.at(0) == "a-registry-vpc.distributed.cn-hangzhou.cr.aliyuncs.com:65001");
}

BOOST_AUTO_TEST_CASE(finance_regions) {
  for (const auto* region : {"cn-hangzhou-finance", "cn-shanghai-finance-1",
                             "cn-shenzhen-finance-1", "cn-beijing-finance-1"})
    BOOST_TEST(only("- instanceId: cri-1\n  regionId: " + std::string{region} + "\n").region ==
               region);
}
