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

BOOST_AUTO_TEST_CASE(anchors_and_aliases) {
  for (const auto& r :
       in_all("{list}:\n- {id}: &id cri-1\n  domains: &hosts 'a.example.com'\n  {region}: &none\n"
              "- {id}: cri-2\n  domains: *hosts\n  {region}: *none\n")) {
    BOOST_TEST(names(r) == (strings{"cri-1", "cri-2"}), boost::test_tools::per_element());
    BOOST_TEST(r.value->instances.at(1).domains == strings{"a.example.com"},
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(merge_keys) {
  for (const auto& r : in_all("{list}:\n- &base\n  {id}: cri-1\n  {region}: cn-hangzhou\n"
                              "  domains: a.example.com\n"
                              "- <<: *base\n  {id}: cri-2\n"
                              "- {id}: cri-3\n  <<: [{domains: b.example.com}, *base]\n")) {
    const auto& all = r.value.value().instances;
    BOOST_TEST(names(r) == (strings{"cri-1@cn-hangzhou", "cri-2@cn-hangzhou", "cri-3@cn-hangzhou"}),
               boost::test_tools::per_element());
    BOOST_TEST(all.at(1).domains == strings{"a.example.com"}, boost::test_tools::per_element());
    BOOST_TEST(all.at(2).domains == strings{"b.example.com"}, boost::test_tools::per_element());
  }
  in_all("{list}:\n- {id}: cri-1\n- ^1<<: cri-2\n",
         {"F {doc}@1: `<<` takes an alias of a mapping, or a list of such"});
}

BOOST_AUTO_TEST_CASE(alias_without_its_anchor) {
  in_files("{list}: ^1*a\n", {"F @1: is not valid YAML: nothing before this alias (`*name`) bears "
                              "its name; a value that begins with `*` needs quotes"});
  in_files("{list}: &a [^1*a]\n", {"F @1: is an alias (`*name`) within what it stands for"});
}

BOOST_AUTO_TEST_CASE(tags) {
  in_files("{email}: ^1!!binary aGk=\n", {"F @1: tags (`!name`) are not supported: leave it out"});
}

BOOST_AUTO_TEST_CASE(aliases_that_stand_for_too_much) {
  const auto quick = [this](const std::string& text, const std::string& message) {
    const auto r = parse_file(text);
    BOOST_TEST_REQUIRE(r.problems.size() == 1U);
    BOOST_TEST(mentions(r, message), told(r).front());
    in_any(r, told(r));
  };
  std::string many = "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n"; // ten to the ninth, in ten lines
  for (int i = 1; i < 9; ++i) {
    const auto name = [](int number) { return "x" + std::to_string(number); };
    many += name(i) + ": &" + name(i) + " [" + repeated("*" + name(i - 1) + ", ", 10) + "]\n";
  }
  quick(many, "has too many values: at most 100000 are supported");
  quick("x: &x " + std::string(500'000, 'a') + "\ny: [" + repeated("*x, ", 90'000) + "]\n",
        "its aliases stand for too much text: at most 1048576 bytes are supported");
  std::string deep = "x0: &x0 [a]\n";
  for (int i = 1; i < 20; ++i)
    deep += "x" + std::to_string(i) + ": &x" + std::to_string(i) + " [*x" + std::to_string(i - 1) +
            "]\n";
  quick(deep, "is nested too deep: at most 16 levels are supported");
  quick("x: &x {a: 1}\ny: &y {<<: *x}\nz: {<<: [" + repeated("*y, ", 60'000) + "]}\n",
        "has too many values: at most 100000 are supported");
}

BOOST_AUTO_TEST_SUITE_END()
