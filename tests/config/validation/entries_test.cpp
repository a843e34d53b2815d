// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_entries
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

namespace {

std::string with_id(const std::string& id) { return "- instanceId: " + id + "\n"; }

} // namespace

BOOST_AUTO_TEST_CASE(no_entries_mean_personal_edition) {
  for (const auto* text : {"", "\n", "#- instanceId: \"\"\n", "null", "~", "[]"})
    BOOST_TEST(names(key("acr-registry-info", text)) == strings{"personal"},
               boost::test_tools::per_element());
  BOOST_TEST(names(parse_file("acr-registry-info:\n")) == strings{"personal"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_entries_rejected) {
  check(key("acr-registry-info", "- instanceId: nonsense\n"),
        {"E acr-registry-info[0].instanceId, line 1, column 15: \"nonsense\": must be the ID of an "
         "Enterprise edition instance (cri-...), or empty for Personal edition",
         "F acr-registry-info, line 1, column 1: has no usable entry"});
}

BOOST_AUTO_TEST_CASE(unknown_field) {
  const auto r = info("- instanceId: cri-1\n  nonsense: x\n");
  check(r, {"W acr-registry-info[0], line 2, column 3: \"nonsense\": unknown field, ignored"});
  BOOST_TEST(names(r).size() == 2U);
}

BOOST_AUTO_TEST_CASE(misspelt_field) {
  check_rejected(
      info("- instanceIds: cri-1\n"),
      {"E acr-registry-info[0], line 1, column 3: \"instanceIds\": unknown field: did you "
       "mean instanceId?"});
}

BOOST_AUTO_TEST_CASE(field_in_another_case) {
  const auto r = info("- instanceID: cri-1\n");
  check(r, {"W acr-registry-info[0], line 1, column 3: \"instanceID\": is read as instanceId"});
  BOOST_TEST(names(r).at(0) == "cri-1");
}

BOOST_AUTO_TEST_CASE(instance_id_forms) {
  const std::map<std::string, std::string> bad{
      {"cri-A", "must be in lower case"},
      {"cri-", "must be the ID of an Enterprise edition instance (cri-...), or empty for Personal "
               "edition"},
      {"cri-1,cri-2", "must be one instance: give each an entry of its own"},
      {"crpi-1", "is a Personal edition instance of the new kind: list its hosts under `domains`: "
                 "crpi-1.<region>.personal.cr.aliyuncs.com, "
                 "crpi-1-vpc.<region>.personal.cr.aliyuncs.com"}};
  for (const auto& [id, message] : bad)
    check_rejected(info(with_id(id)), {first("instanceId, line 1, column 15", id, message)});
}

BOOST_AUTO_TEST_CASE(new_personal_instances) {
  const auto r = info("- instanceId: crpi-1\n  regionId: cn-beijing\n  domains: "
                      "crpi-1.cn-beijing.personal.cr.aliyuncs.com\n"
                      "- instanceId: \"\"\n  regionId: cn-beijing\n");
  check(r, {});
  BOOST_TEST(names(r) == (strings{"personal@cn-beijing", "personal@cn-beijing#2", "cri-good"}),
             boost::test_tools::per_element());
  BOOST_TEST(r.value->instances.at(0).personal());
  BOOST_TEST(r.value->instances.at(0).domains ==
                 strings{"crpi-1.cn-beijing.personal.cr.aliyuncs.com"},
             boost::test_tools::per_element());
  BOOST_TEST(r.value->instances.at(1).domains.empty());
  check_rejected(instances("- id: crpi-1\n  region: cn-beijing\n"),
                 {"E instances[0].id, line 2, column 7: \"crpi-1\": is a Personal edition instance "
                  "of the new kind: list its hosts under `domains`: "
                  "crpi-1.cn-beijing.personal.cr.aliyuncs.com, "
                  "crpi-1-vpc.cn-beijing.personal.cr.aliyuncs.com"});
}

BOOST_AUTO_TEST_CASE(region_that_resembles_a_known_one) {
  check(info("- instanceId: cri-1\n  regionId: cn-hangzou\n"),
        {"W acr-registry-info[0].regionId, line 2, column 13: \"cn-hangzou\": is no region known "
         "here: did you mean cn-hangzhou?"});
  for (const auto* fresh : {"ap-southeast-9", "cn-xian", "us-north-1", "cn-hangzhou-finance"})
    check(info("- instanceId: cri-1\n  regionId: " + std::string{fresh} + "\n"), {});
}

BOOST_AUTO_TEST_CASE(region_unknown) {
  check_rejected(
      info("- instanceId: cri-1\n  regionId: Hangzhou\n"),
      {"E acr-registry-info[0].regionId, line 2, column 13: \"Hangzhou\": must be the ID "
       "of a region, such as cn-hangzhou"});
}

BOOST_AUTO_TEST_CASE(comment_of_another_language) {
  check_rejected(
      info("- instanceId: cri-1 // mine\n"),
      {"E acr-registry-info[0].instanceId, line 1, column 15: \"cri-1 // mine\": must be "
       "one value: a comment begins with ` #`, outside of quotes"});
}

BOOST_AUTO_TEST_CASE(instance_twice_with_the_same_roles) {
  const auto r = info("- instanceId: cri-1\n- instanceId: cri-1\n"
                      "- instanceId: cri-2\n  domains: a.example\n"
                      "- instanceId: cri-2\n  domains: b.example\n");
  check(r,
        {"W acr-registry-info[1], line 2, column 3: names the instance and roles of the entry in "
         "line 1: ignored",
         "W acr-registry-info[3], line 5, column 3: names the instance and roles of the entry in "
         "line 3: its domains are added to that one"});
  BOOST_TEST(names(r) == (strings{"cri-1", "cri-2", "cri-good"}), boost::test_tools::per_element());
  BOOST_TEST(r.value->instances.at(1).domains == (strings{"a.example", "b.example"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(instance_twice_with_other_roles) {
  const auto r = info("- instanceId: cri-1\n  regionId: cn-hangzhou\n- instanceId: cri-1\n"
                      "  regionId: cn-hangzhou\n  assumeRoleARN: " +
                      role + "\n");
  check(r, {});
  BOOST_TEST(names(r) == (strings{"cri-1@cn-hangzhou", "cri-1@cn-hangzhou#2", "cri-good"}),
             boost::test_tools::per_element());
}
