// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_domains
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(domain_with_scheme) {
  check_rejected(
      info("- instanceId: cri-1\n  domains: https://a.example/x, b.example\n"),
      {"E acr-registry-info[0].domains, line 2, column 12: \"https://a.example/x\": must "
       "be a host name without a scheme: a.example"});
}

BOOST_AUTO_TEST_CASE(domain_with_path) {
  check_rejected(
      info("- instanceId: cri-1\n  domains: \"b.example, a.example/team\"\n"),
      {"E acr-registry-info[0].domains, line 2, column 24: \"a.example/team\": must be a "
       "host name without a path: a.example"});
}

BOOST_AUTO_TEST_CASE(domain_with_port) {
  const auto r = info("- instanceId: cri-1\n  domains: a.example:5000\n");
  check(r, {});
  BOOST_TEST(r.value->instances.at(0).domains == strings{"a.example:5000"},
             boost::test_tools::per_element());
  check_rejected(
      info("- instanceId: cri-1\n  domains: a.example:0\n"),
      {"E acr-registry-info[0].domains, line 2, column 12: \"a.example:0\": must be a host "
       "name, with `:port` only if images have it"});
}

BOOST_AUTO_TEST_CASE(domain_in_upper_case) {
  const auto r = info("- instanceId: cri-1\n  domains: A.Example\n");
  check(r,
        {"W acr-registry-info[0].domains, line 2, column 12: \"A.Example\": is read in lower case, "
         "as all image names are"});
  BOOST_TEST(r.value->instances.at(0).domains == strings{"a.example"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(domain_lists) {
  const auto r = info("- instanceId: cri-1\n  domains: \"a.example ,, b.example\uFF0Ca.example\"\n"
                      "- instanceId: cri-2\n  domains: [c.example, d.example]\n"
                      "- instanceId: cri-3\n  domains: \"\"\n");
  check(r, {"W acr-registry-info[0].domains, line 2, column 24: an empty item is ignored",
            "W acr-registry-info[0].domains, line 2, column 35: a full-width comma is read as a "
            "comma"});
  const auto& all = r.value->instances;
  BOOST_TEST(all.at(0).domains == (strings{"a.example", "b.example"}),
             boost::test_tools::per_element());
  BOOST_TEST(all.at(1).domains == (strings{"c.example", "d.example"}),
             boost::test_tools::per_element());
  BOOST_TEST(all.at(2).domains.empty());
}

BOOST_AUTO_TEST_CASE(domains_without_commas) {
  check_rejected(
      info("- instanceId: cri-1\n  domains: a.example b.example\n"),
      {"E acr-registry-info[0].domains, line 2, column 12: \"a.example b.example\": must "
       "be one host name: put commas between several"});
}

BOOST_AUTO_TEST_CASE(domain_of_several_instances) {
  const auto with = [](int count) {
    std::string list;
    for (int i = 1; i <= count; ++i)
      list += "- instanceId: cri-" + std::to_string(i) + "\n  domains: a.example\n";
    return key("acr-registry-info", list);
  };
  check(with(4), {});
  const auto r = with(5);
  check(r, {"W acr-registry-info, line 9: \"a.example\": is a domain of 4 instances before cri-5, "
            "and a namespace has as many Secrets: for this one it has no effect"});
  BOOST_TEST(names(r).size() == 5U);
}
