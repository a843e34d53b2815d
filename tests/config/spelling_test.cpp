#define BOOST_TEST_MODULE spelling
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

namespace {

const std::string other_role = "acs:ram::1000000000000002:role/b";
const std::string as_json = R"({
  "AcrInstanceInfo": [{
    "instanceId": "cri-1", "regionId": "cn-hangzhou", "domains": "a.example,b.example",
    "rrsaRoleARN": "acs:ram::1000000000000001:role/a", "expireDuration": 7200,
    "rrsaOIDCProviderRoleARN": "acs:ram::1000000000000001:oidc-provider/p",
    "assumeRoleARN": "acs:ram::1000000000000002:role/b"}],
  "enableRRSA": true, "watchNamespace": "team-a,team-b", "serviceAccount": "*",
  "expiringThreshold": "20m", "notifyEmail": "ops@example.com"})";

void check_meaning(const reading& r) {
  check(r, {});
  BOOST_TEST_REQUIRE(r.value.has_value());
  const auto& value = *r.value;
  BOOST_TEST((value.namespaces == selection{false, {"team-a", "team-b"}}));
  BOOST_TEST(value.service_accounts.all);
  BOOST_TEST((value.expiring_threshold == 20min));
  BOOST_TEST(value.notify_email == "ops@example.com");
  BOOST_TEST(value.rrsa_enabled);
  const auto& entry = value.instances.at(0);
  BOOST_TEST(entry.name == "cri-1@cn-hangzhou");
  BOOST_TEST(entry.domains == (strings{"a.example", "b.example"}),
             boost::test_tools::per_element());
  BOOST_TEST((entry.chain == role_chain{{}, role, provider, {{other_role, ""}}, 7200s}));
}

} // namespace

BOOST_AUTO_TEST_CASE(the_add_on_form_is_read_from_a_file) {
  check_meaning(parse_file(as_json));
  BOOST_TEST((parse_file(as_json).form == spelling::add_on));
}

BOOST_AUTO_TEST_CASE(a_config_map_can_hold_a_whole_file_under_one_key) {
  for (const auto* name : {"config.json", "acr.yaml", "acr.yml"})
    check_meaning(parse_config_map({{name, as_json}}));
  check_meaning(parse_file("kind: ConfigMap\ndata:\n  acr.json: |\n" + [] {
    std::string text;
    for (const char c : as_json + "\n")
      text += c == '\n' ? std::string{"\n    "} : std::string{c};
    return "    " + text;
  }()));
}

BOOST_AUTO_TEST_CASE(positions_in_a_file_of_a_config_map_are_those_of_the_file) {
  check(parse_file("kind: ConfigMap\ndata:\n  acr.yaml: |\n    watchNamespace: all\n"
                   "    serviceAccount: A\n"),
        {"F serviceAccount, line 5, column 21: \"A\": cannot be a name in Kubernetes: lower-case "
         "letters, digits, `-` and `.`"});
}

BOOST_AUTO_TEST_CASE(the_add_on_keys_can_be_those_of_a_config_map) {
  check_meaning(parse_config_map(
      {{"AcrInstanceInfo", "- {instanceId: cri-1, regionId: cn-hangzhou, domains: "
                           "'a.example,b.example', rrsaRoleARN: '" +
                               role + "', rrsaOIDCProviderRoleARN: '" + provider +
                               "', assumeRoleARN: '" + other_role + "', expireDuration: 7200}\n"},
       {"enableRRSA", "true"},
       {"watchNamespace", "team-a,team-b"},
       {"serviceAccount", "*"},
       {"expiringThreshold", "20m"},
       {"notifyEmail", "ops@example.com"}}));
}
