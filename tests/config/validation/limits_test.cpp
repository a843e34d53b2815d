// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_limits
#include <boost/test/unit_test.hpp>

#include "tests/config/validation/rows.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

namespace {

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i)
    all += text;
  return all;
}

std::string entries(int count) {
  std::string list = "{list}:\n";
  for (int i = 0; i < count; ++i)
    list.append("- {id}: cri-").append(std::to_string(i)).append("\n");
  return list;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(limits, row)

BOOST_AUTO_TEST_CASE(one_mebibyte) {
  const std::string big(most_bytes + 1, '#');
  in_any(parse_file(big), {"F is 1048577 bytes long: at most 1048576 are supported"});
  in_any(key("k", big), {"F is 1048578 bytes long: at most 1048576 are supported"});
  in_any(parse_file("watch-namespace: all\n#" + big.substr(23)), {});
}

BOOST_AUTO_TEST_CASE(ten_thousand_entries) {
  auto many = entries(10'000);
  many.insert(many.find('-'), "^1");
  in_all(many, {"F {list}, @1: has 10000 entries: at most 1000 are supported"});
  for (const auto& r : in_all(entries(900)))
    BOOST_TEST(names(r).size() == 900U);
}

BOOST_AUTO_TEST_CASE(four_secrets_hold_no_more) {
  for (const auto& r : in_all(
           entries(1000), {"W needs about 4.2 MiB in each namespace (1000 entries, 2000 domains, "
                           "passwords of 900 bytes), and the four Secrets hold 4.0 MiB: about 58 "
                           "entries will be left out; give `domains` only those that are used"}))
    BOOST_TEST(names(r).size() == 1000U);
}

BOOST_AUTO_TEST_CASE(deep_nesting) {
  for (const auto* open : {"[", "{a: ", "- "}) {
    const auto r = parse_file(repeated(open, 50'000));
    BOOST_TEST_REQUIRE(r.problems.size() == 1U);
    in_any(r, told(r));
    BOOST_TEST(!r.value.has_value());
    BOOST_TEST(mentions(r, "is nested too deep: at most 16 levels are supported"));
  }
}

BOOST_AUTO_TEST_CASE(too_many_values) {
  const auto r = parse_file("watch-namespace: [" + repeated("a,", 100'000) + "]\n");
  in_any(r, {"F line 1, column 200013: has too many values: at most 100000 are supported"});
}

BOOST_AUTO_TEST_CASE(too_many_names_or_domains) {
  std::string many = "a";
  for (int i = 1; i < 1000; ++i)
    many.append(",a").append(std::to_string(i));
  for (const auto& r : in_all("{namespaces}: " + many + "\n"))
    BOOST_TEST(r.value->namespaces.names.size() == 1000U);
  const auto start = many.substr(0, 60) + "...";
  many += ",b";
  in_all("{namespaces}: ^1" + many + "\n",
         {"F {namespaces}, @1: \"" + start + "\": has 1001 names: at most 1000 are supported"});
  rejects("- {id}: cri-1\n  domains: ^1" + many + "\n",
          {"E {list}[0].domains, @1: has 1001 domains: at most 64 are supported"});
}

BOOST_AUTO_TEST_CASE(more_than_a_hundred_problems) {
  for (const auto& r : in_all_as_told(list_of(repeated("- cri-1\n", 120)))) {
    BOOST_TEST(names(r) == strings{"cri-good"}, boost::test_tools::per_element());
    BOOST_TEST(r.problems.size() == 101U);
    BOOST_TEST(told(r).back() == "E and 20 more problems");
  }
  for (const std::string list : {"acr-registry-info", "AcrInstanceInfo", "instances"})
    BOOST_TEST(!parse_file(list + ":\n" + repeated("- cri-1\n", 120)).value); // the last is fatal
}

BOOST_AUTO_TEST_CASE(anchors_aliases_and_tags) {
  in_files("{list}: ^1&a [x]\n",
           {"F @1: anchors (`&name`) are not supported: write the value out"});
  in_files("{list}: ^1*a\n", {"F @1: is not valid YAML (the referenced anchor is not defined)"});
  in_files("{email}: ^1!!binary aGk=\n", {"F @1: tags (`!name`) are not supported: leave it out"});
  std::string bomb = "a: &a [x]\n";
  for (char c = 'b'; c < 'z'; ++c)
    bomb += std::string{c} + ": &" + c + " [*" + static_cast<char>(c - 1) + ", *" +
            static_cast<char>(c - 1) + "]\n";
  check(parse_file(bomb), // refused before any of it is built
        {"F line 1, column 4: anchors (`&name`) are not supported: write the value out"});
}

BOOST_AUTO_TEST_SUITE_END()
