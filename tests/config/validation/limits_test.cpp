// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_limits
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(one_mebibyte) {
  const std::string big(most_bytes + 1, '#');
  check(parse_file(big), {"F is 1048577 bytes long: at most 1048576 are supported"});
  check(key("k", big), {"F is 1048578 bytes long: at most 1048576 are supported"});
  check(parse_file("watch-namespace: all\n#" + big.substr(23)), {});
}

BOOST_AUTO_TEST_CASE(ten_thousand_entries) {
  std::string list;
  for (int i = 0; i < 10'000; ++i)
    list += "- instanceId: cri-" + std::to_string(i) + "\n";
  check(key("acr-registry-info", list),
        {"F acr-registry-info, line 1, column 1: has 10000 entries: "
         "at most 1000 are supported"});
  list.resize(list.find("- instanceId: cri-1000\n"));
  BOOST_TEST(names(key("acr-registry-info", list)).size() == 1000U);
}

BOOST_AUTO_TEST_CASE(deep_nesting) {
  for (const auto* open : {"[", "{a: ", "- "}) {
    std::string deep;
    for (int i = 0; i < 50'000; ++i)
      deep += open;
    const auto r = parse_file(deep);
    BOOST_TEST(!r.value.has_value());
    BOOST_TEST(mentions(r, "is nested too deep: at most 16 levels are supported"));
  }
}

BOOST_AUTO_TEST_CASE(too_many_values) {
  std::string many = "watch-namespace: [";
  for (int i = 0; i < 100'000; ++i)
    many += "a,";
  BOOST_TEST(mentions(parse_file(many + "]\n"), "has too many values"));
}

BOOST_AUTO_TEST_CASE(too_many_names_or_domains) {
  std::string many = "a";
  for (int i = 1; i < 1000; ++i)
    many += ",a" + std::to_string(i);
  BOOST_TEST(key("watch-namespace", many).value->namespaces.names.size() == 1000U);
  many += ",b";
  BOOST_TEST(mentions(key("watch-namespace", many), "has 1001 names: at most 1000 are supported"));
  check_rejected(info("- instanceId: cri-1\n  domains: " + many + "\n"),
                 {"E acr-registry-info[0].domains, line 2, column 12: has 1001 domains: at most 64 "
                  "are supported"});
}

BOOST_AUTO_TEST_CASE(more_than_a_hundred_problems) {
  std::string list;
  for (int i = 0; i < 120; ++i)
    list += "- cri-1\n";
  const auto r = info(list);
  BOOST_TEST(names(r) == strings{"cri-good"}, boost::test_tools::per_element());
  BOOST_TEST(r.problems.size() == 101U);
  BOOST_TEST(told(r).back() == "E and 20 more problems");
  BOOST_TEST(!key("acr-registry-info", list).value.has_value()); // the last of them is fatal
}

BOOST_AUTO_TEST_CASE(anchors_aliases_and_tags) {
  check(parse_file("a: &a [x]\nb: [*a, *a]\n"),
        {"F line 1, column 4: anchors (`&name`) are not supported: write the value out"});
  check(parse_file("b: *a\n"),
        {"F line 1, column 4: is not valid YAML (the referenced anchor is not "
         "defined)"});
  check(parse_file("b: !!binary aGk=\n"),
        {"F line 1, column 4: tags (`!name`) are not supported: leave it out"});
}
