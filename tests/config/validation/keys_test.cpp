// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_keys
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(unknown_key) {
  check(parse_config_map({{"watch-namespaces", "all"}, {"nonsense", ""}}),
        {"W nonsense: unknown key, ignored",
         "W watch-namespaces: unknown key, ignored: did you mean watch-namespace?"});
}

BOOST_AUTO_TEST_CASE(old_and_unused_keys) {
  check(parse_config_map({{"acr-api-version", "v1"},
                          {"acr-registry", "registry.*.aliyuncs.com"},
                          {"webhook-configuration", "enable: true"}}),
        {"W acr-registry: was replaced by acr-registry-info, ignored",
         "W webhook-configuration: this helper needs no webhook, ignored"});
}

BOOST_AUTO_TEST_CASE(words_for_all_and_default) {
  for (const auto* all : {"all", "ALL", "All", "*", " all\n"}) {
    BOOST_TEST(key("watch-namespace", all).value->namespaces.all);
  }
  BOOST_TEST(key("service-account", "*").value->service_accounts.all);
  BOOST_TEST(!key("service-account", "all").value->service_accounts.all);
  BOOST_TEST(
      (key("watch-namespace", "Default").value->namespaces == selection{false, {"default"}}));
  BOOST_TEST((key("service-account", "Default,b").value->service_accounts ==
              selection{false, {"b", "default"}}));
  BOOST_TEST((key("watch-namespace", "").value->namespaces == selection{false, {"default"}}));
}

BOOST_AUTO_TEST_CASE(all_together_with_names) {
  check(key("watch-namespace", "all,default"),
        {"F watch-namespace, line 1, column 1: \"all,default\": cannot hold `all` together with "
         "others: give either"});
  check(key("service-account", "default, *"),
        {"F service-account, line 1, column 1: \"default, *\": cannot hold `*` together with "
         "others: give either"});
}

BOOST_AUTO_TEST_CASE(name_not_valid_in_kubernetes) {
  check(key("watch-namespace", "team-a, Team_B,-c"),
        {"F watch-namespace, line 1, column 9: \"Team_B\": cannot be a name in Kubernetes: 1 to 63 "
         "lower-case letters, digits and `-`",
         "F watch-namespace, line 1, column 16: \"-c\": cannot be a name in Kubernetes: 1 to 63 "
         "lower-case letters, digits and `-`"});
  check(key("watch-namespace", "a b"),
        {"F watch-namespace, line 1, column 1: \"a b\": cannot be a name in Kubernetes: 1 to 63 "
         "lower-case letters, digits and `-`; put commas between names"});
  check(key("watch-namespace", "a.b"),
        {"F watch-namespace, line 1, column 1: \"a.b\": cannot be a name in Kubernetes: 1 to 63 "
         "lower-case letters, digits and `-`"});
  check(key("service-account", "a.b"), {}); // accounts may have dots
}

BOOST_AUTO_TEST_CASE(spaces_around_commas_and_empty_items) {
  const auto r = key("watch-namespace", " b ,,\ta , ");
  check(r, {"W watch-namespace, line 1, column 5: an empty item is ignored"});
  BOOST_TEST((r.value->namespaces == selection{false, {"a", "b"}}));
}

BOOST_AUTO_TEST_CASE(full_width_commas_and_spaces) {
  const auto r = key("watch-namespace", "a\uFF0C\u3000b\u3001\u00A0c");
  check(r, {"W watch-namespace, line 1, column 2: a full-width comma is read as a comma"});
  BOOST_TEST((r.value->namespaces == selection{false, {"a", "b", "c"}}));
}

BOOST_AUTO_TEST_CASE(names_over_several_lines) {
  const auto r = parse_file("watch-namespace: |\n  a,\n  b,\n  C\n");
  check(r, {"F watch-namespace, line 4, column 3: \"C\": cannot be a name in Kubernetes: 1 to 63 "
            "lower-case letters, digits and `-`"});
}

BOOST_AUTO_TEST_CASE(names_as_a_list) {
  const auto r = parse_file("watch-namespace: [b, a]\nservice-account:\n- default\n");
  check(r, {});
  BOOST_TEST((r.value->namespaces == selection{false, {"a", "b"}}));
}

BOOST_AUTO_TEST_CASE(threshold_forms) {
  const std::map<std::string, std::chrono::seconds> good{{"15m", 15min},    {"900s", 15min},
                                                         {"0.5h", 30min},   {"1m30s", 90s},
                                                         {" 10m\n", 10min}, {"", 15min}};
  for (const auto& [text, value] : good) {
    const auto r = key("expiring-threshold", text);
    check(r, {});
    BOOST_TEST((r.value->expiring_threshold == value), text);
  }
}

BOOST_AUTO_TEST_CASE(threshold_without_unit) {
  check(key("expiring-threshold", "900"),
        {"F expiring-threshold, line 1, column 1: \"900\": must have a unit: 900s or 900m"});
}

BOOST_AUTO_TEST_CASE(threshold_not_a_duration_zero_or_negative) {
  for (const std::string text : {"0", "0s", "-15m", "999ms", "15min", "15 m", "m", "infs", "nans",
                                 "1e3s", "1.2.3s", "99999999h"})
    check(key("expiring-threshold", text),
          {"F expiring-threshold, line 1, column 1: \"" + text +
           "\": must be a duration of a second or more, such as 15m, 900s or 1h30m"});
}

BOOST_AUTO_TEST_CASE(threshold_longer_than_a_password_lives) {
  const auto r = key("expiring-threshold", "1h30m");
  check(r,
        {"W expiring-threshold, line 1, column 1: \"1h30m\": a password lives an hour: each will "
         "be renewed at half its life"});
  BOOST_TEST((r.value->expiring_threshold == 90min));
}

BOOST_AUTO_TEST_CASE(email) {
  BOOST_TEST(key("notify-email", " cs@aliyuncs.com ").value->notify_email == "cs@aliyuncs.com");
  check(key("notify-email", "somebody"),
        {"W notify-email, line 1, column 1: \"somebody\": does not look like an e-mail address"});
  check(key("notify-email", "a@b.example c@d.example"),
        {"F notify-email, line 1, column 1: \"a@b.example c@d.example\": must be one e-mail "
         "address"});
}

BOOST_AUTO_TEST_CASE(rrsa_spellings) {
  const std::string list = "- instanceId: cri-1\n  rrsaRoleARN: " + role +
                           "\n  rrsaOIDCProviderRoleARN: " + provider + "\n";
  for (const auto* on :
       {"enable: true", "enable: \"true\"", "enable: True\n", "{\"enable\": true}"})
    check(parse_config_map({{"rrsa", on}, {"acr-registry-info", list}}), {});
  check(parse_config_map({{"rrsa.enable", "true"}, {"acr-registry-info", list}}), {});
  BOOST_TEST(!key("rrsa", "enable: false").value->rrsa_enabled);
  BOOST_TEST(!key("rrsa", "").value->rrsa_enabled);
  BOOST_TEST(!key("rrsa", "# enable: true").value->rrsa_enabled);
}

BOOST_AUTO_TEST_CASE(rrsa_malformed) {
  check(key("rrsa", "true"),
        {"F rrsa, line 1, column 1: \"true\": must be `enable: true` or `enable: false`"});
  check(key("rrsa", "enable: maybe"),
        {"F rrsa, line 1, column 9: \"maybe\": must be true or false"});
  check(key("rrsa", "enabled: true"),
        {"W rrsa, line 1, column 1: \"enabled\": unknown field, ignored: did you mean enable?"});
  check(
      parse_config_map({{"rrsa", "enable: false"},
                        {"rrsa.enable", "true"},
                        {"acr-registry-info", "- instanceId: cri-1"}}),
      {"F rrsa.enable, line 1, column 1: \"true\": says another thing than the key rrsa: give one "
       "of them",
       "W acr-registry-info[0], line 1, column 3: has no rrsaRoleARN: RRSA is not used for it, but "
       "the helper's own identity"});
}
