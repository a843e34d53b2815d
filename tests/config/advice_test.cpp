#define BOOST_TEST_MODULE advice
#include <boost/test/unit_test.hpp>

#include "config/advice.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;

namespace {

strings advice(const std::string& text) { return told(with_advice(parse_file(text))); }

} // namespace

BOOST_AUTO_TEST_CASE(system_namespaces_in_scope) {
  const std::string why = "serves system namespaces, which the vendor advises against: their Pods "
                          "would pull with these credentials. ";
  BOOST_TEST(advice("watch-namespace: all\n") ==
                 strings{"W watch-namespace: \"all\": " + why + "Exclude them: `all,!kube-*`"},
             boost::test_tools::per_element());
  BOOST_TEST(advice("namespaces: [k*, '!kube-public']\n") ==
                 strings{"W namespaces: \"k*,!kube-public\": " + why +
                         "Exclude them: `k*,!kube-public,!kube-*`"},
             boost::test_tools::per_element());
  BOOST_TEST(advice("watchNamespace: team-a,kube-system\n") ==
                 strings{"W watchNamespace: \"kube-system,team-a\": " + why + "Leave them out"},
             boost::test_tools::per_element());
  for (const auto* text : {"watch-namespace: all,!kube-*\n", "watch-namespace: team-a\n",
                           "service-account: all\n", "watch-namespace: team-*\n"})
    BOOST_TEST(advice(text) == strings{}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(hosts_that_are_not_the_vendors) {
  BOOST_TEST(
      advice(
          "acr-registry-info:\n- instanceId: cri-1\n  domains: registry.example.com,"
          "a-registry.cn-hangzhou.cr.aliyuncs.com,b.example.com:5000\n"
          "- instanceId: cri-2\n  domains: a-registry-vpc.cn-hangzhou.cr.aliyuncs.com:65001\n") ==
          strings{"W acr-registry-info, line 2: \"registry.example.com, b.example.com:5000\": no "
                  "hosts of the vendor's: right only for a domain that the instance was given; "
                  "the server that answers there is offered its credential"},
      boost::test_tools::per_element());
  const auto once = advice("instances: [{id: cri-1, domains: [docker.io]}]\n");
  BOOST_TEST(once.size() == 1U);
}

BOOST_AUTO_TEST_CASE(personal_instances_of_the_new_kind) {
  const auto all = advice("instances:\n- id: crpi-1\n  domains: "
                          "[crpi-1.cn-beijing.personal.cr.aliyuncs.com]\n");
  BOOST_TEST_REQUIRE(all.size() == 1U);
  BOOST_TEST(all[0].find("the vendor offers no API") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_refused_gets_no_advice) {
  BOOST_TEST(advice("watch-namespace: all,a\n").size() == 1U);
}
