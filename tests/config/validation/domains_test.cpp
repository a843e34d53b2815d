// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_domains
#include <boost/test/unit_test.hpp>

#include "tests/config/validation/rows.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(domains, row)

BOOST_AUTO_TEST_CASE(domain_with_scheme) {
  rejects("- {id}: cri-1\n  domains: ^1https://a.example/x, b.example\n",
          {"E {list}[0].domains, @1: \"https://a.example/x\": must be a host name without a "
           "scheme: a.example"});
}

BOOST_AUTO_TEST_CASE(domain_with_path) {
  rejects("- {id}: cri-1\n  domains: \"b.example, ^1a.example/team\"\n",
          {"E {list}[0].domains, @1: \"a.example/team\": must be a host name without a path: "
           "a.example"});
  rejects("- {id}: cri-1\n  domains: [b.example, ^1a.example/team]\n",
          {"E {list}[0].domains, @1: \"a.example/team\": must be a host name without a path: "
           "a.example"});
}

BOOST_AUTO_TEST_CASE(domain_with_port) {
  for (const auto& r : in_all("{list}:\n- {id}: cri-1\n  domains: a.example:5000\n"))
    BOOST_TEST(r.value->instances.at(0).domains == strings{"a.example:5000"},
               boost::test_tools::per_element());
  rejects("- {id}: cri-1\n  domains: ^1a.example:0\n",
          {"E {list}[0].domains, @1: \"a.example:0\": must be a host name, with `:port` only if "
           "images have it"});
}

BOOST_AUTO_TEST_CASE(domain_in_upper_case) {
  for (const auto& r :
       in_all("{list}:\n- {id}: cri-1\n  domains: ^1A.Example\n",
              {"W {list}[0].domains, @1: \"A.Example\": is read in lower case, as all image names "
               "are"}))
    BOOST_TEST(r.value->instances.at(0).domains == strings{"a.example"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(domain_lists) {
  for (const auto& r :
       in_all("{list}:\n"
              "- {id}: cri-1\n  domains: \"a.example ,^1, b.example^2\uFF0Ca.example\"\n"
              "- {id}: cri-2\n  domains: [c.example, d.example]\n"
              "- {id}: cri-3\n  domains: \"\"\n",
              {"W {list}[0].domains, @1: an empty item is ignored",
               "W {list}[0].domains, @2: a full-width comma is read as a comma"})) {
    const auto& all = r.value->instances;
    BOOST_TEST(all.at(0).domains == (strings{"a.example", "b.example"}),
               boost::test_tools::per_element());
    BOOST_TEST(all.at(1).domains == (strings{"c.example", "d.example"}),
               boost::test_tools::per_element());
    BOOST_TEST(all.at(2).domains.empty());
  }
}

BOOST_AUTO_TEST_CASE(domains_without_commas) {
  rejects("- {id}: cri-1\n  domains: ^1a.example b.example\n",
          {"E {list}[0].domains, @1: \"a.example b.example\": must be one host name: put commas "
           "between several"});
}

BOOST_AUTO_TEST_CASE(wildcard_over_registries_of_others) {
  for (const std::string host : {"*", "*.*", "*.com", "*.*.com", "registry.*", "a.*.com", "*:5000",
                                 "*.io", "*.com.cn", "*.co.uk"})
    rejects("- {id}: cri-1\n  domains: [^1'" + host + "']\n",
            {"E {list}[0].domains, @1: \"" + host +
             "\": covers registries of others, to which the credential would be offered: name two "
             "labels at least after the `*`, as in *.cr.aliyuncs.com"});
  for (const std::string host : {"*.example.com", "*.cn-hangzhou.cr.aliyuncs.com", "*.aliyuncs.com",
                                 "registry.*.aliyuncs.com", "*.example.com.cn"})
    for (const auto& r : in_all("{list}:\n- {id}: cri-1\n  domains: ['" + host + "']\n"))
      BOOST_TEST(r.value->instances.at(0).domains == strings{host},
                 boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(domain_of_another_vendor) {
  for (const std::string host : {"docker.io", "index.docker.io", "ghcr.io", "*.quay.io",
                                 "1.dkr.ecr.us-east-1.amazonaws.com", "a.azurecr.io:443"})
    for (const auto& r :
         in_all("{list}:\n- {id}: cri-1\n  domains: [^1'" + host + "']\n",
                {"W {list}[0].domains, @1: \"" + host +
                 "\": is a registry of another vendor, to which the credential would be offered: "
                 "leave it out"}))
      BOOST_TEST(names(r) == strings{"cri-1"}, boost::test_tools::per_element());
  in_all("{list}:\n- {id}: cri-1\n  domains: [notdocker.io, docker.io.example.com]\n");
}

BOOST_AUTO_TEST_CASE(domain_of_several_instances) {
  std::string list = "{list}:\n";
  for (const auto* number : {"1", "2", "3", "4"})
    list.append("- {id}: cri-").append(number).append("\n  domains: a.example\n");
  in_all(list);
  for (const auto& r :
       in_all(list + "^5- {id}: cri-5\n  domains: a.example\n",
              {"W {list}, @l5: \"a.example\": is a domain of 4 instances before cri-5, and a "
               "namespace has as many Secrets: for this one it has no effect"}))
    BOOST_TEST(names(r).size() == 5U);
}

BOOST_AUTO_TEST_SUITE_END()
