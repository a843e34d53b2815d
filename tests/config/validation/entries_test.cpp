// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_entries
#include <boost/test/unit_test.hpp>

#include "tests/config/validation/rows.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(entries, row)

BOOST_AUTO_TEST_CASE(no_entries_mean_personal_edition) {
  for (const auto* text : {"{list}:\n", "{list}: \"\"\n", "{list}: null\n", "{list}: ~\n",
                           "{list}: []\n", "{list}:\n#- {id}: \"\"\n", "{namespaces}: default\n"})
    for (const auto& r : in_files(text))
      BOOST_TEST(names(r) == strings{"personal"}, boost::test_tools::per_element());
  for (const auto* text : {"", "\n", "#- instanceId: \"\"\n", "null", "~", "[]"})
    BOOST_TEST(names(key("acr-registry-info", text)) == strings{"personal"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_entries_rejected) {
  in_all("{list}:\n^2- {id}: ^1nonsense\n",
         {"E {list}[0].{id}, @1: \"nonsense\": must be the ID of an Enterprise edition instance "
          "(cri-...), {or personal} for Personal edition",
          "F {list}, @2: has no usable entry"});
}

BOOST_AUTO_TEST_CASE(unknown_field) {
  for (const auto& r : in_all("{list}:\n- {id}: cri-1\n  ^1nonsense: x\n",
                              {"W {list}[0], @1: \"nonsense\": unknown field, ignored"}))
    BOOST_TEST(names(r) == strings{"cri-1"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(misspelt_field) {
  rejects("- {id}: cri-1\n  ^1{region}s: cn-hangzhou\n",
          {"E {list}[0], @1: \"{region}s\": unknown field: did you mean {region}?"});
}

BOOST_AUTO_TEST_CASE(field_in_another_case) {
  for (const auto& r : in_all("{list}:\n- {id}: cri-1\n  ^1DOMAINS: a.example\n",
                              {"W {list}[0], @1: \"DOMAINS\": is read as domains"}))
    BOOST_TEST(r.value->instances.at(0).domains == strings{"a.example"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(spellings_of_the_vendor) {
  for (const auto* id : {"instanceId", "instanceID", "InstanceId", "InstanceID"})
    for (const auto* region : {"regionId", "regionID", "RegionId", "RegionID"})
      for (const auto& r : in_original(std::string{"{list}:\n- "} + id + ": cri-1\n  " + region +
                                       ": cn-hangzhou\n"))
        BOOST_TEST(names(r) == strings{"cri-1@cn-hangzhou"}, boost::test_tools::per_element());
  // What the console shows before anything is filled in.
  for (const auto& r : in_original(
           "{list}:\n- instanceID: \"\"\n  regionID: \"\"\n  domains: \"\"\n  assumeRoleARN: \"\"\n"
           "  expireDuration: 3600\n  rrsaRoleARN: \"\"\n  rrsaOIDCProviderRoleARN: \"\"\n"
           "{namespaces}: default\n{accounts}: default\n{threshold}: 15m\n"
           "{email}: xxx@aliyun.com\n"))
    BOOST_TEST(names(r) == strings{"personal"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(several_instances_in_one_id) {
  for (const auto& r : in_original(
           "{list}:\n^1- ^2{id}: cri-a, cri-b,cri-a\n  {region}: cn-hangzhou\n"
           "  assumeRoleARN: {role}\n- {id}: cri-c\n",
           {"W {list}[0], @2: names the instance and roles of the entry in @l1: ignored"})) {
    BOOST_TEST(names(r) == (strings{"cri-a@cn-hangzhou", "cri-b@cn-hangzhou", "cri-c"}),
               boost::test_tools::per_element());
    BOOST_TEST(r.value->instances.at(1).chain.roles.at(0).arn == role);
  }
  rejects_in_original(
      "- {id}: ^1cri-a,cri-b\n  domains: a.example.com\n- {id}: cri-a,^2nonsense\n",
      {"E {list}[0].{id}, @1: \"cri-a,cri-b\": names 2 instances, and `domains` are "
       "those of one: give each an entry of its own",
       "E {list}[1].{id}, @2: \"nonsense\": must be the ID of an Enterprise edition "
       "instance (cri-...), {or personal} for Personal edition"});
  std::string many = "cri-0";
  for (int i = 1; i < 600; ++i)
    many.append(",cri-").append(std::to_string(i));
  for (const auto& r : in_all_as_told("{list}:\n- {id}: " + many + "\n- {id}: " + many + "\n"))
    BOOST_TEST(!r.value);
}

BOOST_AUTO_TEST_CASE(instance_id_forms) {
  const std::string form = "must be the ID of an Enterprise edition instance (cri-...), {or "
                           "personal} for Personal edition";
  const std::map<std::string, std::string> bad{
      {"cri-A", "must be in lower case"}, {"cri-", form}, {"CRI-1", "must be in lower case"}};
  for (const auto& [id, message] : bad)
    rejects("- {id}: ^1" + id + "\n", {"E {list}[0].{id}, @1: \"" + id + "\": " + message});
  rejects_in_file("- id: ^1cri-1,cri-2\n", {"E instances[0].id, @1: \"cri-1,cri-2\": must be one "
                                            "instance: give each an entry of its own"});
}

BOOST_AUTO_TEST_CASE(new_personal_instances) {
  for (const auto& r :
       in_all("{list}:\n- {id}: crpi-1\n  {region}: cn-beijing\n  domains: "
              "crpi-1.cn-beijing.personal.cr.aliyuncs.com\n- {id}: {personal}\n  {region}: "
              "cn-beijing\n")) {
    BOOST_TEST(names(r) ==
                   (strings{"personal@cn-beijing#f6d1d18d", "personal@cn-beijing#ced3d347"}),
               boost::test_tools::per_element());
    BOOST_TEST(r.value->instances.at(0).personal());
    BOOST_TEST(r.value->instances.at(0).domains ==
                   strings{"crpi-1.cn-beijing.personal.cr.aliyuncs.com"},
               boost::test_tools::per_element());
    BOOST_TEST(r.value->instances.at(1).domains.empty());
  }
  const auto message = [](const std::string& place) {
    return "E {list}[0].{id}, @1: \"crpi-1\": is a Personal edition instance of the new kind, for "
           "which the vendor offers no API: its hosts cannot be asked for, and the passwords of "
           "Personal edition are not known to work there. What works is a docker-registry Secret "
           "with its fixed password, or Enterprise edition. To try, list its hosts under "
           "`domains`: "
           "crpi-1." +
           place + ".personal.cr.aliyuncs.com, crpi-1-vpc." + place + ".personal.cr.aliyuncs.com";
  };
  rejects("- {id}: ^1crpi-1\n", {message("<region>")});
  rejects("- {id}: ^1crpi-1\n  {region}: cn-beijing\n", {message("cn-beijing")});
}

BOOST_AUTO_TEST_CASE(region_that_resembles_a_known_one) {
  in_all("{list}:\n- {id}: cri-1\n  {region}: ^1cn-hangzou\n",
         {"W {list}[0].{region}, @1: \"cn-hangzou\": is no region known here: did you mean "
          "cn-hangzhou?"});
  for (const std::string fresh : {"ap-southeast-9", "cn-xian", "us-north-1", "cn-hangzhou-finance"})
    in_all("{list}:\n- {id}: cri-1\n  {region}: " + fresh + "\n");
}

BOOST_AUTO_TEST_CASE(region_unknown) {
  rejects("- {id}: cri-1\n  {region}: ^1Hangzhou\n",
          {"E {list}[0].{region}, @1: \"Hangzhou\": must be the ID of a region, such as "
           "cn-hangzhou"});
}

BOOST_AUTO_TEST_CASE(comment_of_another_language) {
  rejects("- {id}: ^1cri-1 // mine\n",
          {"E {list}[0].{id}, @1: \"cri-1 // mine\": must be one value: a comment begins with ` "
           "#`, outside of quotes"});
}

BOOST_AUTO_TEST_CASE(instance_twice_with_the_same_roles) {
  for (const auto& r :
       in_all("{list}:\n^1- {id}: cri-1\n- ^2{id}: cri-1\n"
              "^3- {id}: cri-2\n  domains: a.example\n"
              "- ^4{id}: cri-2\n  domains: b.example\n",
              {"W {list}[1], @2: names the instance and roles of the entry in @l1: ignored",
               "W {list}[3], @4: names the instance and roles of the entry in @l3: its domains are "
               "added to that one"})) {
    BOOST_TEST(names(r) == (strings{"cri-1", "cri-2"}), boost::test_tools::per_element());
    BOOST_TEST(r.value->instances.at(1).domains == (strings{"a.example", "b.example"}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(instance_twice_with_other_roles) {
  for (const auto& r : in_all("{list}:\n- {id}: cri-1\n  {region}: cn-hangzhou\n"
                              "- {id}: cri-1\n  {region}: cn-hangzhou\n  {assume role}\n"))
    BOOST_TEST(names(r) == (strings{"cri-1@cn-hangzhou#64281287", "cri-1@cn-hangzhou#48db3bac"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(limit_of_an_entry) {
  const std::string watched = "{namespaces}: all\n{list}:\n- {id}: cri-1\n  namespaces: ";
  for (const auto* text : {"'team-*,!team-x,a'", "[a, team-*, '!team-x']"})
    for (const auto& r : in_all(watched + text + "\n")) {
      BOOST_TEST(
          (r.value->instances.at(0).namespaces == selection{false, {"a"}, {"team-*"}, {"team-x"}}));
      BOOST_TEST(r.value->instances.at(0).limited());
    }
  for (const auto& r : in_all(watched + "all\n"))
    BOOST_TEST(!r.value->instances.at(0).limited());
  rejects("- {id}: cri-1\n  namespaces: ^1''\n",
          {"E {list}[0].namespaces, @1: is blank: name the namespaces, or leave the field out for "
           "all that are served"});
  rejects("- {id}: cri-1\n  namespaces: ^1[]\n",
          {"E {list}[0].namespaces, @1: names nothing: give at least one name, or leave the key "
           "out for all that are served"});
  in_all("{namespaces}: b,c\n{list}:\n^1- {id}: cri-1\n  namespaces: a\n",
         {"W {list}, @l1: \"a\": the namespaces of cri-1 are none of `{namespaces}`: its "
          "credentials go nowhere"});
  in_all("{namespaces}: b,c\n{list}:\n^1- {id}: cri-1\n  namespaces: a,b\n",
         {"W {list}, @l1: \"a\": of the namespaces of cri-1, these are not in `{namespaces}`, and "
          "get nothing"});
  // The same instance and roles, for other namespaces: each has a name and a password of its own.
  for (const auto& r : in_all("{namespaces}: all\n{list}:\n- {id}: cri-1\n  namespaces: a\n"
                              "- {id}: cri-1\n  namespaces: b\n")) {
    BOOST_TEST(r.value->instances.size() == 2U);
    BOOST_TEST(r.value->instances.at(0).name != r.value->instances.at(1).name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
