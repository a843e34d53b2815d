#define BOOST_TEST_MODULE parse
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

namespace {

reading with_info(const std::string& info) {
  return parse_config_map({{"acr-registry-info", info}});
}

std::string told(const reading& r) {
  std::string text;
  for (const auto& problem : r.problems)
    text += to_string(problem) + "\n";
  return text;
}

} // namespace

BOOST_AUTO_TEST_CASE(an_empty_config_map_has_the_defaults_of_the_original) {
  const auto read = parse_config_map({});
  BOOST_REQUIRE(read.value.has_value());
  BOOST_TEST(read.problems.empty());
  BOOST_REQUIRE_EQUAL(read.value->instances.size(), 1U);
  BOOST_TEST(read.value->instances[0].name == "personal");
  BOOST_TEST(read.value->instances[0].personal());
  BOOST_TEST((read.value->namespaces == selection{false, {"default"}}));
  BOOST_TEST((read.value->service_accounts == selection{false, {"default"}}));
  BOOST_TEST((read.value->expiring_threshold == 15min));
}

BOOST_AUTO_TEST_CASE(every_key_and_field_of_the_original_is_understood) {
  const auto read = parse_config_map({{"acr-api-version", "2018-12-01"},
                                      {"watch-namespace", "team-a, team-b"},
                                      {"service-account", "*"},
                                      {"expiring-threshold", "1h30m"},
                                      {"notify-email", "ops@example.com"},
                                      {"rrsa", "enable: true\n"},
                                      {"acr-registry-info", R"(
- instanceId: cri-1
  regionId: cn-hangzhou
  domains: "A.example.com , b.example.com"
  assumeRoleARN: acs:ram::2000000000000002:role/puller
  expireDuration: 7200
  rrsaRoleARN: acs:ram::1000000000000001:role/rrsa
  rrsaOIDCProviderRoleARN: acs:ram::1000000000000001:oidc-provider/ack-rrsa-c1
)"}});
  BOOST_REQUIRE_MESSAGE(read.value.has_value(), told(read));
  const auto& value = *read.value;
  BOOST_TEST((value.namespaces == selection{false, {"team-a", "team-b"}}));
  BOOST_TEST(value.service_accounts.all);
  BOOST_TEST((value.expiring_threshold == 90min));
  BOOST_TEST(value.notify_email == "ops@example.com");
  BOOST_TEST(value.rrsa_enabled);
  BOOST_REQUIRE_EQUAL(value.instances.size(), 1U);
  const auto& entry = value.instances[0];
  BOOST_TEST(entry.name == "cri-1@cn-hangzhou");
  BOOST_TEST(entry.domains == (std::vector<std::string>{"a.example.com", "b.example.com"}),
             boost::test_tools::per_element());
  BOOST_TEST((entry.chain == role_chain{{},
                                        "acs:ram::1000000000000001:role/rrsa",
                                        "acs:ram::1000000000000001:oidc-provider/ack-rrsa-c1",
                                        {{"acs:ram::2000000000000002:role/puller", ""}},
                                        7200s}));
  BOOST_TEST(entry.line == 2);
}

BOOST_AUTO_TEST_CASE(a_comment_only_list_means_personal_edition) {
  const auto read = with_info("#- instanceId: \"\"\n");
  BOOST_REQUIRE(read.value.has_value());
  BOOST_TEST(read.value->instances[0].personal());
}

BOOST_AUTO_TEST_CASE(malformed_yaml_is_fatal_with_line_and_column) {
  const auto read = with_info("- instanceId: cri-1\n  domains: \"a.example\",\"b.example\"\n");
  BOOST_TEST(!read.value);
  BOOST_REQUIRE_EQUAL(read.problems.size(), 1U);
  BOOST_TEST((read.problems[0].level == severity::fatal));
  BOOST_TEST(read.problems[0].line == 2);
  BOOST_TEST(read.problems[0].column > 0);
}

BOOST_AUTO_TEST_CASE(one_bad_entry_does_not_take_the_others_down) {
  const auto read = with_info(R"(
- instanceId: cri-1
  expireDuration: 1h
- instanceId: cri-2
)");
  BOOST_REQUIRE(read.value.has_value());
  BOOST_REQUIRE_EQUAL(read.value->instances.size(), 1U);
  BOOST_TEST(read.value->instances[0].name == "cri-2");
  BOOST_REQUIRE_EQUAL(read.problems.size(), 1U);
  BOOST_TEST(to_string(read.problems[0]) ==
             "acr-registry-info[0].expireDuration, line 3, column 19: \"1h\": must be a number of "
             "seconds, 3600 to 43200, without a unit: 3600");
}

BOOST_AUTO_TEST_CASE(with_rrsa_on_a_personal_entry_is_refused_by_itself) {
  const auto read = parse_config_map({{"rrsa", "enable: true"}, {"acr-registry-info", R"(
- instanceId: ""
- instanceId: cri-1
  rrsaRoleARN: acs:ram::1000000000000001:role/rrsa
  rrsaOIDCProviderRoleARN: acs:ram::1000000000000001:oidc-provider/p
)"}});
  BOOST_REQUIRE_MESSAGE(read.value.has_value(), told(read));
  BOOST_TEST(read.value->instances.size() == 1U);
  BOOST_REQUIRE_EQUAL(read.problems.size(), 1U);
  BOOST_TEST((read.problems[0].level == severity::entry_rejected));
  BOOST_TEST(read.problems[0].line == 2);
}

BOOST_AUTO_TEST_CASE(a_file_is_the_manifest_or_its_data_and_positions_are_those_of_the_file) {
  const std::string manifest = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: acr-configuration, namespace: kube-system}
data:
  watch-namespace: all
  acr-registry-info: |
    - instanceId: cri-1
    - instanceId: nonsense
)";
  const auto read = parse_file(manifest);
  BOOST_REQUIRE_MESSAGE(read.value.has_value(), told(read));
  BOOST_TEST(read.value->namespaces.all);
  BOOST_REQUIRE_EQUAL(read.problems.size(), 1U);
  BOOST_TEST(read.problems[0].line == 8);
  BOOST_TEST(read.problems[0].column == 19);

  const auto bare = parse_file("watch-namespace: all\nacr-registry-info:\n- instanceId: nonsense\n"
                               "- instanceId: cri-1\n");
  BOOST_REQUIRE_MESSAGE(bare.value.has_value(), told(bare));
  BOOST_REQUIRE_EQUAL(bare.problems.size(), 1U);
  BOOST_TEST(bare.problems[0].line == 3);
  BOOST_TEST(bare.problems[0].column == 15);
}

BOOST_AUTO_TEST_CASE(entries_of_one_instance_get_names_of_their_own) {
  const auto read = with_info(R"(
- instanceId: cri-1
- instanceId: cri-1
  assumeRoleARN: acs:ram::2000000000000002:role/puller
- instanceId: cri-1
- instanceId: ""
- instanceId: ""
  regionId: cn-beijing
)");
  BOOST_REQUIRE(read.value.has_value());
  std::vector<std::string> names;
  for (const auto& entry : read.value->instances)
    names.push_back(entry.name);
  BOOST_TEST(names == (std::vector<std::string>{"cri-1#64281287", "cri-1#ee0e1903", "personal",
                                                "personal@cn-beijing"}),
             boost::test_tools::per_element());
  BOOST_TEST(read.problems.size() == 1U); // the third says the same as the first
}

// Secrets, metrics and dashboards show them: they are to mean the same after each edit and release.
BOOST_AUTO_TEST_CASE(a_name_does_not_depend_on_the_place_of_its_entry) {
  const auto names_of = [](const std::string& text) {
    const auto read = with_info(text);
    BOOST_REQUIRE(read.value.has_value());
    std::vector<std::string> all;
    for (const auto& entry : read.value->instances)
      all.push_back(entry.name);
    return all;
  };
  using names = std::vector<std::string>;
  const std::string own = "- instanceId: cri-1\n";
  const std::string first = own + "  assumeRoleARN: acs:ram::1000000000000001:role/puller\n";
  const std::string second = own + "  assumeRoleARN: acs:ram::2000000000000002:role/puller\n";
  const auto all = names_of(own + first + second);
  BOOST_TEST(all == (names{"cri-1#64281287", "cri-1#e9bd1f09", "cri-1#ee0e1903"}),
             boost::test_tools::per_element());
  BOOST_TEST(names_of(second + own + first) == (names{all[2], all[0], all[1]}),
             boost::test_tools::per_element());
  BOOST_TEST(names_of(first + second) == (names{all[1], all[2]}), boost::test_tools::per_element());
  BOOST_TEST(names_of(second) == names{"cri-1"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_secret_key_is_never_quoted) {
  const auto read = with_info("- instanceId: cri-1\n  customAccessKey: STS.marker-id\n"
                              "  customAccessKeySecret: marker-secret\n- instanceId: cri-2\n");
  BOOST_TEST(told(read).find("marker") == std::string::npos);
  BOOST_TEST(read.problems.size() == 1U);
}
