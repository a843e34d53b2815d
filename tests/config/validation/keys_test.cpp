// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_keys
#include <boost/test/unit_test.hpp>

#include "tests/config/validation/rows.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(keys, row)

BOOST_AUTO_TEST_CASE(unknown_key) {
  in_all("^1{namespaces}x: all\n{threshold}: 15m\n^2nonsense: x\n",
         {"W {namespaces}x, @1: unknown key, ignored: did you mean {namespaces}?",
          "W nonsense, @2: unknown key, ignored"});
}

BOOST_AUTO_TEST_CASE(key_in_another_case) {
  for (const auto& r : in_all("^1{NAMESPACES}: all\n", {"W {NAMESPACES}, @1: is read as "
                                                        "{namespaces}"}))
    BOOST_TEST(r.value->namespaces.all);
  in_all("^1{NAMESPACES}: all\n^2{namespaces}: all\n",
         {"W {NAMESPACES}, @1: is read as {namespaces}", "F {namespaces}, @2: is given twice"});
}

BOOST_AUTO_TEST_CASE(two_spellings_in_one_document) {
  in_any(parse_file("watch-namespace: all\nAcrInstanceInfo: []\n"),
         {"F AcrInstanceInfo, line 2, column 1: mixes two spellings: `AcrInstanceInfo` is of the "
          "add-on form, `watch-namespace` is of the ConfigMap form: use one of them"});
  in_any(parse_file("watchNamespace: all\ninstances: []\n"),
         {"F instances, line 2, column 1: mixes two spellings: `instances` is of the helper's own "
          "form, `watchNamespace` is of the add-on form: use one of them"});
  in_any(parse_config_map({{"acr.yaml", "instances: []"}, {"watch-namespace", "all"}}),
         {"F watch-namespace: mixes two spellings: `acr.yaml` holds a whole file, and nothing can "
          "stand beside it"});
}

BOOST_AUTO_TEST_CASE(old_and_unused_keys) {
  in_config_map("acr-api-version: v1\n^1acr-registry: registry.*.aliyuncs.com\n"
                "webhook-configuration: 'enable: true'\n",
                {"W acr-registry, @1: was replaced by acr-registry-info, ignored"});
}

BOOST_AUTO_TEST_CASE(fields_of_the_webhook) {
  const auto read = [this](const std::string& text, const std::vector<std::string>& told) {
    return in_config_map("webhook-configuration:\n  " + text + "\n", told).front().value->webhook;
  };
  BOOST_TEST((read("enable: true\n  failure-policy: Fail\n  timeout-seconds: 10", {}) ==
              webhook_settings{}));
  BOOST_TEST(
      (read("enable: false\n  pods-with-own-list: 'true'", {}) == webhook_settings{false, true}));
  const auto at = [](const std::string& value, const std::string& what) {
    return strings{"W webhook-configuration, @1: \"" + value + "\": " + what};
  };
  BOOST_TEST((read("^1on", at("on", "must be a mapping such as `enable: true`; ignored")) ==
              webhook_settings{}));
  read("enable: ^1maybe", at("maybe", "must be true or false; ignored"));
  read("failure-policy: ^1fail", at("fail", "must be Ignore or Fail; ignored"));
  read("timeout-seconds: ^131", at("31", "must be a number of seconds, 1 to 30; ignored"));
  read("^1enabled: false", at("enabled", "unknown field, ignored: did you mean enable?"));
  read("enable: true\n  ^1enable: false", at("enable", "is given twice; ignored"));
}

BOOST_AUTO_TEST_CASE(words_for_all_and_default) {
  for (const std::string all :
       {"all", "ALL", "All", "aLL", "'*'", "' all '", "'all, *'", "[all]", "['*']"})
    for (const auto& r : in_all("{namespaces}: " + all + "\n{accounts}: " + all + "\n")) {
      BOOST_TEST((r.value->namespaces == selection{true, {}}), all);
      BOOST_TEST((r.value->service_accounts == selection{true, {}}), all);
    }
  for (const auto& r : in_all("{namespaces}: Default\n{accounts}: Default,b\n")) {
    BOOST_TEST((r.value->namespaces == selection{false, {"default"}}));
    BOOST_TEST((r.value->service_accounts == selection{false, {"b", "default"}}));
  }
  for (const auto* text : {"{namespaces}: \"\"\n{accounts}:\n", "{namespaces}: null\n"})
    for (const auto& r : in_files(text)) {
      BOOST_TEST((r.value->namespaces == selection{false, {"default"}}));
      BOOST_TEST((r.value->service_accounts == selection{false, {"default"}}));
    }
}

BOOST_AUTO_TEST_CASE(name_that_is_the_word_for_all) {
  const auto r = in_file("namespaces: {names: [all, team-a]}\nserviceAccounts: {names: all}\n");
  BOOST_TEST((r.value->namespaces == selection{false, {"all", "team-a"}}));
  BOOST_TEST((r.value->service_accounts == selection{false, {"all"}}));
  const auto in_a_map =
      parse_config_map({{"namespaces", "names:\n- all\n"}, {"serviceAccounts", "{names: [all]}"}});
  BOOST_TEST((in_a_map.value.value().namespaces == selection{false, {"all"}}));
  BOOST_TEST((in_a_map.value.value().service_accounts == selection{false, {"all"}}));
  in_file("namespaces: {names: [^1'*']}\nserviceAccounts: ^2{name: all}\n",
          {"F namespaces, @1: \"*\": cannot be a name in Kubernetes: 1 to 63 lower-case letters, "
           "digits and `-`",
           "F serviceAccounts, @2: must be `all`, names with commas between them, a list of "
           "names, or the mapping `names: [...]`"});
  in_file("namespaces: ^1{names: []}\nserviceAccounts: ^2{names: }\n",
          {"F namespaces, @1: names nothing: give at least one name, or leave the key out for "
           "`default`",
           "F serviceAccounts, @2: names nothing: give at least one name, or leave the key out for "
           "`default`"});
}

BOOST_AUTO_TEST_CASE(scope_without_a_name) {
  const std::string nothing = "names nothing: give at least one name, or leave the key out for "
                              "`default`";
  for (const std::string text : {"','", "' , , '", "\uFF0C"})
    for (const std::string name : {"{namespaces}", "{accounts}"})
      for (const auto& r : in_all_as_told(name + ": " + text + "\n"))
        BOOST_TEST(mentions(r, nothing), text);
  in_files("{namespaces}: ^1[]\n{accounts}: ^2[]\n",
           {"F {namespaces}, @1: " + nothing, "F {accounts}, @2: " + nothing});
  for (const auto& r : in_all("{namespaces}: ^1'  '\n{accounts}: ^2\"\\t\"\n",
                              {"W {namespaces}, @1: is blank: `default` is meant, as without it",
                               "W {accounts}, @2: is blank: `default` is meant, as without it"}))
    BOOST_TEST((r.value->namespaces == selection{false, {"default"}}));
}

BOOST_AUTO_TEST_CASE(all_together_with_names) {
  const std::string message = "use either `all` or names; to exclude some, write `all,!kube-*`";
  in_all("{namespaces}: ^1all,default\n", {"F {namespaces}, @1: \"all,default\": " + message});
  in_all("{accounts}: ^1\"default, *\"\n", {"F {accounts}, @1: \"default, *\": " + message});
  in_all("{namespaces}: ^1[a, all]\n", {"F {namespaces}, @1: " + message});
  in_all("{namespaces}: ^1[a*, all]\n", {"F {namespaces}, @1: " + message});
}

BOOST_AUTO_TEST_CASE(patterns_and_exclusions) {
  for (const std::string text : {"'team-*,a, !team-x'", "[a, team-*, '!team-x', '! team-x']",
                                 "|\n  a\n  team-*\n  !team-x\n"})
    for (const auto& r : in_files("{namespaces}: " + text + "\n"))
      BOOST_TEST((r.value.value().namespaces == selection{false, {"a"}, {"team-*"}, {"team-x"}}),
                 text);
  for (const auto& r : in_all("{namespaces}: '*,!kube-*,!Default'\n{accounts}: All, !build.*\n")) {
    BOOST_TEST((r.value.value().namespaces == selection{true, {}, {}, {"default", "kube-*"}}));
    BOOST_TEST((r.value->service_accounts == selection{true, {}, {}, {"build.*"}}));
  }
  for (const auto& r : in_all("{namespaces}: a,b-1,b-2,!b-*\n")) // a list of names again
    BOOST_TEST((r.value.value().namespaces == selection{false, {"a"}}));
}

BOOST_AUTO_TEST_CASE(exclusion_that_cannot_be_meant) {
  in_all("{namespaces}: ^1\"!a\"\n{accounts}: ^2a,!a\n",
         {"F {namespaces}, @1: \"!a\": excludes names and selects none: begin with `all`",
          "F {accounts}, @2: \"a,!a\": excludes all that it names"});
  in_all("{namespaces}: all, ^1!all\n{accounts}: all,^2!Build_*\n",
         {"F {namespaces}, @1: \"!all\": excludes all there is",
          "F {accounts}, @2: \"!Build_*\": must exclude a name or a pattern: lower-case letters, "
          "digits, `-` and `.`, `*` for any of them"});
  in_all("{namespaces}: a,^1Team-*\n", {"F {namespaces}, @1: \"Team-*\": cannot be a name in "
                                        "Kubernetes: 1 to 63 lower-case letters, "
                                        "digits and `-`"});
}

BOOST_AUTO_TEST_CASE(name_not_valid_in_kubernetes) {
  const std::string label = "cannot be a name in Kubernetes: 1 to 63 lower-case letters, digits "
                            "and `-`";
  in_all("{namespaces}: team-a, ^1Team_B,^2-c\n{accounts}: a.b\n",
         {"F {namespaces}, @1: \"Team_B\": " + label, "F {namespaces}, @2: \"-c\": " + label});
  in_all("{namespaces}: ^1a b\n",
         {"F {namespaces}, @1: \"a b\": " + label + "; put commas between names"});
  in_all("{namespaces}: [b, ^1a.b]\n", {"F {namespaces}, @1: \"a.b\": " + label});
  in_all("{accounts}: ^1A\n", {"F {accounts}, @1: \"A\": cannot be a name in Kubernetes: "
                               "lower-case letters, digits, `-` and `.`"});
}

BOOST_AUTO_TEST_CASE(spaces_around_commas_and_empty_items) {
  for (const auto& r : in_all("{namespaces}: \" b ,^1,\ta , \"\n",
                              {"W {namespaces}, @1: an empty item is ignored"}))
    BOOST_TEST((r.value->namespaces == selection{false, {"a", "b"}}));
}

BOOST_AUTO_TEST_CASE(full_width_commas_and_spaces) {
  for (const auto& r : in_all("{namespaces}: a^1\uFF0C\u3000b\u3001\u00A0c\n",
                              {"W {namespaces}, @1: a full-width comma is read as a comma"}))
    BOOST_TEST((r.value->namespaces == selection{false, {"a", "b", "c"}}));
}

BOOST_AUTO_TEST_CASE(names_over_several_lines) {
  for (const auto& r : in_all("{namespaces}: |\n  a,\n  b\n"))
    BOOST_TEST((r.value->namespaces == selection{false, {"a", "b"}}));
  check(parse_file("watch-namespace: |\n  a,\n  b,\n  C\n"),
        {"F watch-namespace, line 4, column 3: \"C\": cannot be a name in Kubernetes: 1 to 63 "
         "lower-case letters, digits and `-`"});
}

BOOST_AUTO_TEST_CASE(names_as_a_list) {
  for (const auto& r : in_files("{namespaces}: [b, a]\n{accounts}:\n- default\n"))
    BOOST_TEST((r.value->namespaces == selection{false, {"a", "b"}}));
}

BOOST_AUTO_TEST_CASE(names_as_a_list_within_a_text) {
  for (const std::string text :
       {"|\n  - b\n  - a\n", "|\n  # ours, theirs\n\n  - b # a team\n  - 'a'\n", "'[b, a]'\n",
        "'[\"b\",\"a\"]'\n", "|\n  b\n  a\n", "|\n  # ours, theirs\n  b,\n\n  a\n",
        "\"a\\r\\nb\\r\\n\"\n"})
    for (const auto& r : in_files("{namespaces}: " + text))
      BOOST_TEST((r.value.value().namespaces == selection{false, {"a", "b"}}), text);
  check(key("watch-namespace", "- a\n- B\n"),
        {"F watch-namespace, line 2, column 3: \"B\": cannot be a name in Kubernetes: 1 to 63 "
         "lower-case letters, digits and `-`"});
  check(key("watch-namespace", "- all\n"), {});
  check(key("watch-namespace", "[]"),
        {"F watch-namespace, line 1, column 1: \"[]\": names nothing: "
         "give at least one name, or leave the key out for "
         "`default`"});
}

BOOST_AUTO_TEST_CASE(truth_value_as_a_name) {
  for (const auto& r :
       in_all("{namespaces}: ^1true\n{accounts}: a, ^2false\n",
              {"W {namespaces}, @1: \"true\": is this name meant? A tool writes it for `on`, `yes` "
               "or `y` without quotes",
               "W {accounts}, @2: \"false\": is this name meant? A tool writes it for `off`, `no` "
               "or `n` without quotes"}))
    BOOST_TEST((r.value->namespaces == selection{false, {"true"}}));
}

BOOST_AUTO_TEST_CASE(threshold_forms) {
  const std::map<std::string, std::chrono::seconds> good{{"15m", 15min},     {"900s", 15min},
                                                         {"0.5h", 30min},    {"1m30s", 90s},
                                                         {"' 10m '", 10min}, {"''", 15min}};
  for (const auto& [text, value] : good)
    for (const auto& r : in_all("{threshold}: " + text + "\n"))
      BOOST_TEST((r.value->expiring_threshold == value), text);
}

BOOST_AUTO_TEST_CASE(threshold_without_unit) {
  in_all("{threshold}: ^1900\n", {"F {threshold}, @1: \"900\": must have a unit: 900s or 900m"});
}

BOOST_AUTO_TEST_CASE(threshold_not_a_duration_zero_or_negative) {
  for (const std::string text : {"0", "0s", "-15m", "999ms", "15min", "15 m", "m", "infs", "nans",
                                 "1e3s", "1.2.3s", "99999999h"})
    in_all("{threshold}: ^1" + text + "\n",
           {"F {threshold}, @1: \"" + text +
            "\": must be a duration of a second or more, such as 15m, 900s or 1h30m"});
}

BOOST_AUTO_TEST_CASE(threshold_longer_than_a_password_lives) {
  for (const auto& r : in_all("{threshold}: ^11h30m\n",
                              {"W {threshold}, @1: \"1h30m\": a credential is valid for an hour: "
                               "each will be renewed after half of that"}))
    BOOST_TEST((r.value->expiring_threshold == 90min));
}

BOOST_AUTO_TEST_CASE(email) {
  for (const auto& r : in_all("{email}: ' cs@aliyuncs.com '\n"))
    BOOST_TEST(r.value->notify_email == "cs@aliyuncs.com");
  in_all("{email}: ^1somebody\n",
         {"W {email}, @1: \"somebody\": does not look like an e-mail address"});
  in_all("{email}: ^1a@b.example c@d.example\n",
         {"F {email}, @1: \"a@b.example c@d.example\": must be one e-mail address"});
}

BOOST_AUTO_TEST_CASE(rrsa_spellings) {
  const std::string list = "{list}:\n- {id}: cri-1\n  rrsaRoleARN: {role}\n"
                           "  rrsaOIDCProviderRoleARN: {provider}\n";
  for (const std::string on :
       {"rrsa: 'enable: true'\n", "rrsa: 'enable: \"true\"'\n", "rrsa: |\n  enable: True\n",
        "rrsa: '{\"enable\": true}'\n", "rrsa: {enable: yes}\n", "rrsa: {enable: y}\n",
        "rrsa.enable: \"true\"\n"})
    for (const auto& r : in_config_map(on + list))
      BOOST_TEST(r.value->rrsa_enabled);
  for (const std::string on : {"true\n", "True\n", "\"true\"\n", "yes\n"})
    BOOST_TEST(in_add_on("enableRRSA: " + (on + list)).value->rrsa_enabled);
  for (const auto* off : {"rrsa: 'enable: false'\n", "rrsa: ''\n", "rrsa: '# enable: true'\n"})
    for (const auto& r : in_config_map(off))
      BOOST_TEST(!r.value->rrsa_enabled);
  BOOST_TEST(!in_add_on("enableRRSA: false\n").value->rrsa_enabled);
}

BOOST_AUTO_TEST_CASE(rrsa_malformed) {
  in_config_map("rrsa: ^1true\n",
                {"F rrsa, @1: \"true\": must be `enable: true` or `enable: false`"});
  in_config_map("rrsa: '^1enabled: true'\n",
                {"W rrsa, @1: \"enabled\": unknown field, ignored: did you mean enable?"});
  in_config_map("rrsa: 'enable: ^1maybe'\n", {"F rrsa, @1: \"maybe\": must be true or false"});
  in_add_on("enableRRSA: ^1maybe\n", {"F enableRRSA, @1: \"maybe\": must be true or false"});
  in_config_map("rrsa: 'enable: false'\nrrsa.enable: ^1'true'\n{list}:\n- ^2{id}: cri-1\n",
                {"F rrsa.enable, @1: \"true\": says another thing than the key rrsa: give one of "
                 "them",
                 "W {list}[0], @2: has no rrsaRoleARN: RRSA is not used for it, but the helper's "
                 "own identity"});
}

BOOST_AUTO_TEST_SUITE_END()
