// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_identity
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

namespace {

std::string with_duration(const std::string& text) {
  return "- instanceId: cri-1\n  assumeRoleARN: " + role + "\n  expireDuration: " + text + "\n";
}

} // namespace

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
  const auto r = info("- instanceId: cri-1\n  customAccessKey: LTAI1\n  customAccessKeySecret: x1\n"
                      "  assumeRoleARN: " +
                      role + "\n  assumeRoleExternalId: shared-word\n");
  check(r, {});
  const auto& chain = r.value->instances.at(0).chain;
  BOOST_TEST((chain.origin.from == identity_origin::kind::access_key));
  BOOST_TEST(chain.origin.access_key_id == "LTAI1");
  BOOST_TEST(chain.origin.access_key_secret.reveal() == "x1");
  BOOST_TEST((chain.roles == std::vector<assumed_role>{{role, "shared-word"}}));
  check(info("- instanceId: cri-1\n  customAccessKey: \"\"\n  customAccessKeySecret:\n"), {});
}

BOOST_AUTO_TEST_CASE(access_key_without_its_other_half) {
  check_rejected(info("- instanceId: cri-1\n  customAccessKey: MARKER\n"
                      "- instanceId: cri-2\n  customAccessKeySecret: MARKER\n"),
                 {"E acr-registry-info[0].customAccessKey, line 2, column 20: needs "
                  "customAccessKeySecret beside it",
                  "E acr-registry-info[1].customAccessKeySecret, line 4, column 26: needs "
                  "customAccessKey beside it"});
}

BOOST_AUTO_TEST_CASE(access_key_that_cannot_be_one) {
  check_rejected(info("- instanceId: cri-1\n  customAccessKey: STS.MARKER\n"
                      "  customAccessKeySecret: MARKER // mine\n"),
                 {"E acr-registry-info[0].customAccessKey, line 2, column 20: is the key of a "
                  "session, which ends: give the AccessKey of a RAM user",
                  "E acr-registry-info[0].customAccessKeySecret, line 3, column 26: must be one "
                  "text without blanks (a comment begins with ` #`)"});
}

BOOST_AUTO_TEST_CASE(access_key_together_with_rrsa) {
  const auto r = info_with_rrsa("- instanceId: cri-1\n  rrsaRoleARN: " + role +
                                "\n  rrsaOIDCProviderRoleARN: " + provider +
                                "\n  customAccessKey: MARKER\n  customAccessKeySecret: MARKER\n"
                                "- instanceId: cri-2\n  customAccessKey: id\n"
                                "  customAccessKeySecret: x\n");
  check(r, {"E acr-registry-info[0].customAccessKey, line 4, column 20: cannot be used together "
            "with RRSA: give either"});
  BOOST_TEST(names(r) == strings{"cri-2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(external_id_without_role) {
  check_rejected(info("- instanceId: cri-1\n  assumeRoleExternalId: word\n"),
                 {"E acr-registry-info[0].assumeRoleExternalId, line 2, column 25: \"word\": needs "
                  "assumeRoleARN, the role that asks for it, beside it"});
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
