// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

const std::string role = "acs:ram::1000000000000001:role/a";
const std::string provider = "acs:ram::1000000000000001:oidc-provider/p";

reading key(const std::string& name, const std::string& value) {
  return parse_config_map({{name, value}});
}
/// The list, with a good entry behind it: `cri-good`.
reading info(const std::string& list) {
  return key("acr-registry-info", list + "- instanceId: cri-good\n");
}
reading info_with_rrsa(const std::string& list) {
  return parse_config_map({{"rrsa", "enable: true"}, {"acr-registry-info", list}});
}

/// "W" (warning), "E" (entry rejected) or "F" (fatal), then the problem in words.
strings told(const reading& r) {
  strings all;
  for (const auto& problem : r.problems)
    all.push_back(std::string{"WEF"[static_cast<int>(problem.level)]} + " " + to_string(problem));
  return all;
}

strings names(const reading& r) {
  strings all;
  for (const auto& entry : r.value.value_or(configuration{}).instances)
    all.push_back(entry.name);
  return all;
}

void check(const reading& r, const strings& expected) {
  const auto all = told(r);
  BOOST_TEST(all == expected, boost::test_tools::per_element());
  const bool fatal = std::any_of(all.begin(), all.end(),
                                 [](const std::string& line) { return line.starts_with("F"); });
  BOOST_TEST(r.value.has_value() != fatal);
}
/// Only the good entry is left.
void check_rejected(const reading& r, const strings& expected) {
  check(r, expected);
  BOOST_TEST(names(r) == strings{"cri-good"}, boost::test_tools::per_element());
}
bool mentions(const reading& r, const std::string& text) {
  const auto all = told(r);
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

/// What is told when the first entry is rejected for a field.
std::string first(const std::string& where, const std::string& value, const std::string& message) {
  return "E acr-registry-info[0]." + where + ": \"" + value + "\": " + message;
}
std::string with_id(const std::string& id) { return "- instanceId: " + id + "\n"; }
std::string with_duration(const std::string& text) {
  return "- instanceId: cri-1\n  assumeRoleARN: " + role + "\n  expireDuration: " + text + "\n";
}

} // namespace

// The document.

BOOST_AUTO_TEST_CASE(wrong_indentation) {
  check(info("- instanceId: cri-1\n regionId: cn-hangzhou\n"),
        {"F acr-registry-info, line 2, column 2: is not valid YAML: check the indentation here; "
         "every field of an entry begins in the column of its first one, and a space follows each "
         "`:` and each `-`"});
}

BOOST_AUTO_TEST_CASE(domains_as_several_quoted_texts) {
  check(info("- instanceId: cri-1\n  domains: \"a.example\",\"b.example\"\n"),
        {"F acr-registry-info, line 2, column 12: is not valid YAML: put a list into one pair of "
         "quotes: \"a.example,b.example\""});
}

BOOST_AUTO_TEST_CASE(indentation_by_tab) {
  check(info("- instanceId: cri-1\n\tregionId: cn-hangzhou\n"),
        {"F acr-registry-info, line 2, column 1: is not valid YAML: this line is indented with a "
         "tab; use spaces"});
}

BOOST_AUTO_TEST_CASE(quote_not_closed) {
  check(key("acr-registry-info", "- instanceId: \"cri-1\n"),
        {"F acr-registry-info, line 1, column 15: is not valid YAML: a quote is not closed"});
  check(key("acr-registry-info", "- {instanceId: 'cri-1''}\n"),
        {"F acr-registry-info, line 1, column 16: is not valid YAML: a quote is not closed"});
  check(key("acr-registry-info", "- {instanceId: \"cri-1\", regionId: 'cn-hangzhou'}\n"), {});
}

BOOST_AUTO_TEST_CASE(malformed_json) {
  check(parse_file(R"({"watch-namespace": "all")"),
        {"F line 1, column 1: is not valid YAML: a `{` is not closed"});
}

BOOST_AUTO_TEST_CASE(json_is_read_like_yaml) {
  const auto r = parse_file("{\n\t\"watch-namespace\": \"all\",\n\t\"acr-registry-info\": "
                            "[{\"instanceId\": \"cri-1\", \"expireDuration\": 7200, "
                            "\"assumeRoleARN\": \"" +
                            role + "\"}]\n}\n");
  check(r, {});
  BOOST_TEST(r.value->namespaces.all);
  BOOST_TEST((r.value->instances.at(0).chain.expire_duration == 2h));
}

BOOST_AUTO_TEST_CASE(not_a_list) {
  check(key("acr-registry-info", "instanceId: cri-1\n"),
        {"F acr-registry-info, line 1, column 1: must be a list: begin each instance with `- "
         "instanceId: ...`"});
}

BOOST_AUTO_TEST_CASE(entry_not_a_mapping) {
  check_rejected(info("- cri-1\n- [x]\n-\n"),
                 {"E acr-registry-info[0], line 1, column 3: \"cri-1\": must be a mapping that "
                  "begins with `- instanceId: ...`",
                  "E acr-registry-info[1], line 2, column 3: must be a mapping that begins with `- "
                  "instanceId: ...`",
                  "E acr-registry-info[2], line 3, column 1: is empty: remove it, or write "
                  "`instanceId: \"\"` for Personal edition"});
}

BOOST_AUTO_TEST_CASE(field_of_a_wrong_type) {
  check_rejected(info("- instanceId: [cri-1]\n- instanceId: cri-1\n  domains: {a: b}\n"),
                 {"E acr-registry-info[0].instanceId, line 1, column 15: must be a text",
                  "E acr-registry-info[1].domains, line 3, column 12: must be a text with commas "
                  "between the domains, or a list of them"});
}

BOOST_AUTO_TEST_CASE(key_twice) {
  check(parse_file("watch-namespace: all\nwatch-namespace: default\n"),
        {"F watch-namespace, line 2, column 1: is given twice"});
}

BOOST_AUTO_TEST_CASE(field_twice) {
  check_rejected(info("- instanceId: cri-1\n  instanceId: cri-2\n"),
                 {"E acr-registry-info[0].instanceId, line 2, column 3: is given twice"});
}

BOOST_AUTO_TEST_CASE(byte_order_mark_and_crlf) {
  const auto r = parse_file("\xEF\xBB\xBF"
                            "watch-namespace: a,b\r\nacr-registry-info: |\r\n  - instanceId: "
                            "cri-1\r\n    regionId: Nowhere\r\n  - instanceId: cri-2\r\n");
  check(r, {"E acr-registry-info[0].regionId, line 4, column 15: \"Nowhere\": must be the ID of a "
            "region, such as cn-hangzhou"});
  BOOST_TEST(r.value->namespaces.names == (strings{"a", "b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(not_utf8) {
  check(parse_file("watch-namespace: all\nnotify-email: \xFF\n"),
        {"F line 2, column 15: is not UTF-8 text: save it with that encoding"});
  check(parse_file(std::string_view{"\xFF\xFEw\0a\0", 6}),
        {"F line 1, column 1: is not UTF-8 text: save it with that encoding"});
}

BOOST_AUTO_TEST_CASE(several_documents) {
  check(parse_file("watch-namespace: all\n---\nwatch-namespace: default\n"),
        {"F line 2, column 1: a second document begins here (`---`): give one"});
}

BOOST_AUTO_TEST_CASE(file_of_another_kind) {
  check(parse_file("kind: Secret\ndata: {}\n"), {"F line 1, column 7: must be a ConfigMap"});
  check(parse_file("kind: ConfigMap\n"), {"F line 1, column 1: the ConfigMap has no `data`"});
}

BOOST_AUTO_TEST_CASE(empty_file) {
  for (const auto* text : {"", "\n", "# nothing\n", "- a\n", "text\n"})
    check(parse_file(text),
          {"F line 1, column 1: must be a mapping: the manifest of a ConfigMap, or "
           "the keys of its data"});
}

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

// Keys.

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

// Entries.

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
      {"crpi-1",
       "is a Personal edition instance of the new kind (crpi-...), which this version does "
       "not support"}};
  for (const auto& [id, message] : bad)
    check_rejected(info(with_id(id)), {first("instanceId, line 1, column 15", id, message)});
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

BOOST_AUTO_TEST_CASE(domain_with_scheme) {
  check_rejected(
      info("- instanceId: cri-1\n  domains: https://a.example/x, b.example\n"),
      {"E acr-registry-info[0].domains, line 2, column 12: \"https://a.example/x\": must "
       "be a host name without a scheme: a.example"});
}

BOOST_AUTO_TEST_CASE(domain_with_path) {
  check_rejected(
      info("- instanceId: cri-1\n  domains: \"b.example, a.example/team\"\n"),
      {"E acr-registry-info[0].domains, line 2, column 24: \"a.example/team\": must be a "
       "host name without a path: a.example"});
}

BOOST_AUTO_TEST_CASE(domain_with_port) {
  const auto r = info("- instanceId: cri-1\n  domains: a.example:5000\n");
  check(r, {});
  BOOST_TEST(r.value->instances.at(0).domains == strings{"a.example:5000"},
             boost::test_tools::per_element());
  check_rejected(
      info("- instanceId: cri-1\n  domains: a.example:0\n"),
      {"E acr-registry-info[0].domains, line 2, column 12: \"a.example:0\": must be a host "
       "name, with `:port` only if images have it"});
}

BOOST_AUTO_TEST_CASE(domain_in_upper_case) {
  const auto r = info("- instanceId: cri-1\n  domains: A.Example\n");
  check(r,
        {"W acr-registry-info[0].domains, line 2, column 12: \"A.Example\": is read in lower case, "
         "as all image names are"});
  BOOST_TEST(r.value->instances.at(0).domains == strings{"a.example"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(domain_lists) {
  const auto r = info("- instanceId: cri-1\n  domains: \"a.example ,, b.example\uFF0Ca.example\"\n"
                      "- instanceId: cri-2\n  domains: [c.example, d.example]\n"
                      "- instanceId: cri-3\n  domains: \"\"\n");
  check(r, {"W acr-registry-info[0].domains, line 2, column 24: an empty item is ignored",
            "W acr-registry-info[0].domains, line 2, column 35: a full-width comma is read as a "
            "comma"});
  const auto& all = r.value->instances;
  BOOST_TEST(all.at(0).domains == (strings{"a.example", "b.example"}),
             boost::test_tools::per_element());
  BOOST_TEST(all.at(1).domains == (strings{"c.example", "d.example"}),
             boost::test_tools::per_element());
  BOOST_TEST(all.at(2).domains.empty());
}

BOOST_AUTO_TEST_CASE(domains_without_commas) {
  check_rejected(
      info("- instanceId: cri-1\n  domains: a.example b.example\n"),
      {"E acr-registry-info[0].domains, line 2, column 12: \"a.example b.example\": must "
       "be one host name: put commas between several"});
}

BOOST_AUTO_TEST_CASE(arn_of_the_wrong_kind) {
  check_rejected(info("- instanceId: cri-1\n  assumeRoleARN: " + provider +
                      "\n- instanceId: cri-2\n" + "  assumeRoleARN: role/a\n"),
                 {"E acr-registry-info[0].assumeRoleARN, line 2, column 18: \"" + provider +
                      "\": must be the ARN of a RAM role: acs:ram::<account ID>:role/<name>; this "
                      "is the ARN of "
                      "an OIDC provider",
                  "E acr-registry-info[1].assumeRoleARN, line 4, column 18: \"role/a\": must be "
                  "the ARN of a RAM "
                  "role: acs:ram::<account ID>:role/<name>"});
  check(
      info_with_rrsa("- instanceId: cri-good\n  rrsaRoleARN: " + role +
                     "\n  rrsaOIDCProviderRoleARN: " + provider +
                     "\n- instanceId: cri-1\n  rrsaRoleARN: " + role +
                     "\n  rrsaOIDCProviderRoleARN: " + role + "\n"),
      {"E acr-registry-info[1].rrsaOIDCProviderRoleARN, line 6, column 28: \"" + role +
       "\": must be the ARN of an OIDC provider: acs:ram::<account ID>:oidc-provider/<name>; this "
       "is the ARN of a role"});
}

BOOST_AUTO_TEST_CASE(expire_duration_forms) {
  const std::map<std::string, std::string> bad{
      {"3599", ""},     {"43201", ""},       {"0", ""},   {"-3600", ""},      {"3600.5", ""},
      {"1h", ": 3600"}, {"7200s", ": 7200"}, {"13h", ""}, {"99999999999", ""}};
  for (const auto& [text, suffix] : bad)
    check_rejected(info(with_duration(text)),
                   {first("expireDuration, line 3, column 19", text,
                          "must be a number of seconds, 3600 to 43200, without a unit" + suffix)});
  for (const auto* text : {"3600", "43200", "'7200'"})
    check(info(with_duration(text)), {});
}

BOOST_AUTO_TEST_CASE(expire_duration_without_role) {
  check(
      info("- instanceId: cri-1\n  expireDuration: 7200\n"),
      {"W acr-registry-info[0].expireDuration, line 2, column 19: \"7200\": has no effect without "
       "a role: it is the life of a role's session"});
}

BOOST_AUTO_TEST_CASE(rrsa_with_a_personal_entry) {
  const auto r = info_with_rrsa("- instanceId: \"\"\n- instanceId: cri-1\n  rrsaRoleARN: " + role +
                                "\n  rrsaOIDCProviderRoleARN: " + provider + "\n");
  check(r, {"E acr-registry-info[0], line 1, column 3: Personal edition cannot be used with RRSA: "
            "remove this entry, or turn RRSA off"});
  BOOST_TEST(names(r) == strings{"cri-1"}, boost::test_tools::per_element());
  check(
      key("rrsa", "enable: true"),
      {"F acr-registry-info: is empty, which means Personal edition, and that cannot be used with "
       "RRSA: list the Enterprise edition instances"});
}

BOOST_AUTO_TEST_CASE(rrsa_fields_without_the_switch) {
  check_rejected(info("- instanceId: cri-1\n  rrsaRoleARN: " + role +
                      "\n  rrsaOIDCProviderRoleARN: " + provider + "\n"),
                 {"E acr-registry-info[0].rrsaRoleARN, line 2, column 16: \"" + role +
                  "\": needs RRSA: give the key `rrsa` the value `enable: true`"});
}

BOOST_AUTO_TEST_CASE(rrsa_role_or_provider_alone) {
  check(
      info_with_rrsa("- instanceId: cri-1\n- instanceId: cri-2\n  rrsaRoleARN: " + role +
                     "\n- instanceId: cri-3\n  rrsaOIDCProviderRoleARN: " + provider + "\n"),
      {"W acr-registry-info[0], line 1, column 3: has no rrsaRoleARN: RRSA is not used for it, but "
       "the helper's own identity",
       "E acr-registry-info[1].rrsaRoleARN, line 3, column 16: \"" + role +
           "\": needs rrsaOIDCProviderRoleARN, the OIDC provider of the cluster, beside it",
       "E acr-registry-info[2].rrsaOIDCProviderRoleARN, line 5, column 28: \"" + provider +
           "\": needs rrsaRoleARN, the role to assume with it, beside it"});
}

BOOST_AUTO_TEST_CASE(access_keys_of_an_entry) {
  for (const std::string field : {"customAccessKey", "customAccessKeySecret"}) {
    const auto r = info("- instanceId: cri-1\n  " + field + ": MARKER\n");
    BOOST_TEST(names(r) == strings{"cri-good"}, boost::test_tools::per_element());
    BOOST_TEST(mentions(r, field + ", line 2"));
    BOOST_TEST(mentions(r, "not supported by this version"));
    BOOST_TEST(!mentions(r, "MARKER"));
  }
  check(info("- instanceId: cri-1\n  customAccessKey: \"\"\n  customAccessKeySecret:\n"), {});
}

BOOST_AUTO_TEST_CASE(no_secret_in_any_problem) {
  for (const std::string list :
       {"- instanceId: cri-1\n  customAccessKeySecret:MARKER\n", "- customAccessKeySecret:MARKER\n",
        "- instanceId: cri-1\n    customAccessKeySecret:MARKER\n",
        "- instanceId: cri-1\n  domains: a.example\n    customAccessKeySecret:MARKER/x\n",
        "- instanceId: cri-1\n  customAccesKeySecrets: MARKER\n",
        "- instanceId: cri-1\n  customAccessKeySecret: \"MARKER\n",
        "- instanceId: cri-1\n  customAccessKeySecret: MARKER: x\n",
        "- instanceId: cri-1\n  customAccessKeySecret: [MARKER]\n",
        "- instanceId: cri-1\n  customAccessKeySecret: MARKER // mine\n",
        "- instanceId: cri-1\n  customAccessKeySecret: *MARKER\n",
        "- customAccessKeySecret: MARKER\n  customAccessKeySecret: MARKER\n"}) {
    const auto r = info(list);
    BOOST_TEST(!r.problems.empty());
    BOOST_TEST(!mentions(r, "MARKER"), list);
  }
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
