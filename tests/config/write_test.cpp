#define BOOST_TEST_MODULE write
#include <boost/test/unit_test.hpp>

#include "config/write.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;

namespace {

configuration read(const std::string& text) {
  const auto r = parse_file(text);
  check(r, {});
  BOOST_TEST_REQUIRE(r.value.has_value());
  return *r.value;
}
std::string text_of(const configuration& value, spelling form) {
  const auto made = write(value, form);
  BOOST_TEST(made.losses == strings{}, boost::test_tools::per_element());
  return std::string{made.text.reveal()};
}
strings losses(const std::string& text, spelling form) {
  const auto made = write(read(text), form);
  BOOST_TEST(made.text.empty() == !made.losses.empty());
  return made.losses;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_file_is_as_a_person_would_write_it) {
  BOOST_TEST(text_of(read(own_sample), spelling::file) == own_sample);
}

BOOST_AUTO_TEST_CASE(a_config_map_is_a_manifest_for_kubectl) {
  auto value = read(own_sample);
  value.instances.back() =
      read("instances: [{id: cri-2, identity: {accessKey: {id: LTAI1, secret: 1+/=}}}]")
          .instances[0];
  BOOST_TEST(text_of(value, spelling::config_map) == R"(apiVersion: v1
kind: ConfigMap
metadata:
  name: acr-configuration
  namespace: kube-system
data:
  watch-namespace: "team-a,team-b"
  service-account: "*"
  expiring-threshold: 20m
  notify-email: ops@example.com
  acr-registry-info: |
    - instanceId: cri-1
      regionId: cn-hangzhou
      domains: "a.example,b.example"
      rrsaRoleARN: acs:ram::1000000000000001:role/a
      rrsaOIDCProviderRoleARN: acs:ram::1000000000000001:oidc-provider/p
      assumeRoleARN: acs:ram::1000000000000002:role/b
      assumeRoleExternalId: word
      expireDuration: 7200
    - instanceId: cri-2
      customAccessKey: LTAI1
      customAccessKeySecret: "1+/="
  rrsa: "enable: true"
)");
}

BOOST_AUTO_TEST_CASE(the_add_on_gets_json) {
  BOOST_TEST(text_of(read("namespaces: [\"on\"]\ninstances: [{id: cri-1, domains: [a.example]}, "
                          "{id: personal}]\n"),
                     spelling::add_on) == R"({
  "watchNamespace": "on",
  "serviceAccount": "default",
  "expiringThreshold": "15m",
  "AcrInstanceInfo": [
    {
      "instanceId": "cri-1",
      "domains": "a.example"
    },
    {
      "instanceId": ""
    }
  ]
}
)");
}

BOOST_AUTO_TEST_CASE(a_text_that_yaml_takes_for_another_thing_is_quoted) {
  auto value = read("instances: [{id: cri-1, identity: {profile: x}}]");
  auto& profile = value.instances[0].chain.origin.profile;
  for (const auto* word :
       {"null", "True", "on", "y",      "1",    "1e3", "0x1", "a: b", "a#b", "-",   "*",
        "a:",   "\"",   "\\", "\u6587", "a\tb", "[a]", "'",   "&a",   "!a",  "a\nb"}) {
    profile = word;
    const auto r = parse_file(text_of(value, spelling::file));
    check(r, {});
    BOOST_TEST(r.value.value().instances.at(0).chain.origin.profile == word);
  }
}

BOOST_AUTO_TEST_CASE(more_domains_than_an_entry_can_hold_are_written_as_several_entries) {
  std::string list = "instances:\n";
  for (int part = 0; part < 3; ++part) {
    list += "- id: cri-1\n  domains: [";
    for (int i = 0; i < 60; ++i)
      list.append(std::to_string(part)).append("-").append(std::to_string(i)).append(".example, ");
    list += "]\n";
  }
  const auto value = parse_file(list).value.value();
  BOOST_TEST(value.instances.at(0).domains.size() == 180U);
  for (const auto form : {spelling::config_map, spelling::add_on, spelling::file})
    BOOST_TEST(parse_file(text_of(value, form)).value.value().same_as(value));
}

BOOST_AUTO_TEST_CASE(what_a_spelling_cannot_say_is_reported) {
  const auto rest = [](spelling form) {
    return std::string{" cannot be written in "} +
           (form == spelling::add_on ? "the add-on form" : "the ConfigMap form");
  };
  const auto two_roles = "instances: [{id: cri-1, identity: {assumeRoles: [{role: '" + role +
                         "'}, {role: 'acs:ram::2:role/b'}]}}]";
  const auto beside_rrsa = "instances: [{id: cri-1, identity: {rrsa: {role: '" + role +
                           "', provider: '" + provider + "'}}}, {id: personal}]";
  for (const auto form : {spelling::config_map, spelling::add_on}) {
    const std::vector<std::pair<std::string, std::string>> identities{
        {"{secretRef: {namespace: a, name: b}}", "the AccessKey in the Secret a/b"},
        {"{source: environment}", "the environment variables of the vendor's SDKs"},
        {"{profile: prod}", "the profile prod"},
        {"{source: workerRole}", "the worker role of the machine"},
        {"{source: managedRole}", "the managed role of the add-on's token file"}};
    for (const auto& [identity, words] : identities)
      BOOST_TEST(losses("instances: [{id: cri-1, identity: " + identity + "}]", form) ==
                     strings{"cri-1: identity: " + words + rest(form)},
                 boost::test_tools::per_element());
    BOOST_TEST(losses(two_roles, form) == strings{"cri-1: a chain of 2 assumed roles" + rest(form)},
               boost::test_tools::per_element());
    BOOST_TEST(losses(beside_rrsa, form) ==
                   strings{"personal: Personal edition beside an instance with RRSA" + rest(form)},
               boost::test_tools::per_element());
  }
  const std::string named = "namespaces: {names: [all]}\nserviceAccounts: {names: [all, b]}\n";
  BOOST_TEST(losses(named, spelling::file) == strings{}, boost::test_tools::per_element());
  BOOST_TEST(read(text_of(read(named), spelling::file)).same_as(read(named)));
  for (const auto form : {spelling::config_map, spelling::add_on}) {
    const auto rest_of = ": the name all (there, `all` selects everything)" + rest(form);
    const bool map = form == spelling::config_map;
    BOOST_TEST(losses(named, form) ==
                   (strings{(map ? "watch-namespace" : "watchNamespace") + rest_of,
                            (map ? "service-account" : "serviceAccount") + rest_of}),
               boost::test_tools::per_element());
  }
}
