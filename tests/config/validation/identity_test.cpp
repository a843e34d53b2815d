// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_identity
#include <boost/test/unit_test.hpp>

#include "tests/config/validation/rows.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

namespace {

const std::string rrsa_list = "{rrsa on}{list}:\n";
const std::string role_form = "must be the ARN of a RAM role: acs:ram::<account ID>:role/<name>";

std::string with_duration(const std::string& text) {
  return "- {id}: cri-1\n  assumeRoleARN: {role}\n  expireDuration: " + text + "\n";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(identity, row)

BOOST_AUTO_TEST_CASE(arn_of_the_wrong_kind) {
  const std::string provider_form = "must be the ARN of an OIDC provider: acs:ram::<account "
                                    "ID>:oidc-provider/<name>; this is the ARN of a role";
  rejects_in_original("- {id}: cri-1\n  assumeRoleARN: ^1{provider}\n"
                      "- {id}: cri-2\n  assumeRoleARN: ^2role/a\n",
                      {"E {list}[0].assumeRoleARN, @1: \"{provider}\": " + role_form +
                           "; this is the ARN of an OIDC provider",
                       "E {list}[1].assumeRoleARN, @2: \"role/a\": " + role_form});
  in_original(rrsa_list + "- {id}: cri-good\n  rrsaRoleARN: {role}\n  rrsaOIDCProviderRoleARN: "
                          "{provider}\n- {id}: cri-1\n  rrsaRoleARN: {role}\n"
                          "  rrsaOIDCProviderRoleARN: ^1{role}\n",
              {"E {list}[1].rrsaOIDCProviderRoleARN, @1: \"{role}\": " + provider_form});
  rejects_in_file("- id: cri-1\n  identity: {rrsa: {role: '{role}', provider: ^1'{role}'}}\n"
                  "- id: cri-2\n  identity: {assumeRoles: [{role: ^2role/a}]}\n",
                  {"E instances[0].identity.rrsa.provider, @1: \"{role}\": " + provider_form,
                   "E instances[1].identity.assumeRoles[0].role, @2: \"role/a\": " + role_form});
}

BOOST_AUTO_TEST_CASE(expire_duration_forms) {
  const std::map<std::string, std::string> bad{
      {"3599", ""},     {"43201", ""},       {"0", ""},   {"-3600", ""},      {"3600.5", ""},
      {"1h", ": 3600"}, {"7200s", ": 7200"}, {"13h", ""}, {"99999999999", ""}};
  const auto message = [](const std::string& text, const std::string& suffix) {
    return "E {list}[0].expireDuration, @1: \"" + text +
           "\": must be a number of seconds, 3600 to 43200, without a unit" + suffix;
  };
  for (const auto& [text, suffix] : bad)
    rejects_in_original(with_duration("^1" + text), {message(text, suffix)});
  for (const auto* text : {"3600", "43200", "'7200'"})
    in_original(list_of(with_duration(text)));
  for (const auto* text : {"7200.0", "7.2e3", "7.2e+03"}) // what tools make of it
    for (const auto& r : in_original(list_of(with_duration(text))))
      BOOST_TEST((r.value->instances.at(0).chain.expire_duration == 2h));
}

BOOST_AUTO_TEST_CASE(expire_duration_without_role) {
  in_original("{list}:\n- {id}: cri-1\n  expireDuration: 3600\n"); // the console's own
  in_original("{list}:\n- {id}: cri-1\n  expireDuration: ^17200\n",
              {"W {list}[0].expireDuration, @1: \"7200\": has no effect without a role: it is the "
               "life of a role's session"});
}

BOOST_AUTO_TEST_CASE(rrsa_with_a_personal_entry) {
  for (const auto& r :
       in_original(rrsa_list + "- ^1{id}: \"\"\n- {id}: cri-1\n  rrsaRoleARN: {role}\n"
                               "  rrsaOIDCProviderRoleARN: {provider}\n",
                   {"E {list}[0], @1: Personal edition cannot be used with RRSA: remove this "
                    "entry, or turn RRSA off"}))
    BOOST_TEST(names(r) == strings{"cri-1"}, boost::test_tools::per_element());
  in_original("{rrsa on}", {"F {list}: is empty, which means Personal edition, and that cannot be "
                            "used with RRSA: list the Enterprise edition instances"});
}

BOOST_AUTO_TEST_CASE(rrsa_fields_without_the_switch) {
  const std::string off = "has no effect: RRSA is off. To turn it on, {turn on}";
  for (const auto& r :
       in_original("{list}:\n- {id}: cri-1\n  rrsaRoleARN: ^1{role}\n  rrsaOIDCProviderRoleARN: "
                   "{provider}\n  assumeRoleARN: acs:ram::2:role/b\n"
                   "- {id}: cri-2\n  rrsaOIDCProviderRoleARN: ^2{provider}\n"
                   "- {id}: {personal}\n  rrsaRoleARN: ^3none\n",
                   {"W {list}[0].rrsaRoleARN, @1: \"{role}\": " + off,
                    "W {list}[1].rrsaOIDCProviderRoleARN, @2: \"{provider}\": " + off,
                    "W {list}[2].rrsaRoleARN, @3: \"none\": " + off})) {
    BOOST_TEST(!r.value.value().rrsa_enabled);
    BOOST_TEST(names(r) == (strings{"cri-1", "cri-2", "personal"}),
               boost::test_tools::per_element());
    BOOST_TEST(
        (r.value->instances.at(0).chain == role_chain{{}, "", "", {{"acs:ram::2:role/b", ""}}}));
    BOOST_TEST((r.value->instances.at(1).chain == role_chain{}));
  }
}

BOOST_AUTO_TEST_CASE(role_and_provider_of_different_accounts) {
  const std::string message =
      "is of the account 2, and the OIDC provider of 1000000000000001: a role trusts providers of "
      "its own account. A role of another account is assumed after this one";
  in_original(rrsa_list + "- {id}: cri-1\n  rrsaRoleARN: ^1acs:ram::2:role/b\n"
                          "  rrsaOIDCProviderRoleARN: {provider}\n",
              {"W {list}[0].rrsaRoleARN, @1: \"acs:ram::2:role/b\": " + message});
  in_file(
      "instances:\n- id: cri-1\n  identity: {rrsa: {role: '^1acs:ram::2:role/b', provider: "
      "'{provider}'}}\n",
      {"W instances[0].identity.rrsa.role, line 3, column 27: \"acs:ram::2:role/b\": " + message});
}

BOOST_AUTO_TEST_CASE(role_twice_in_a_chain) {
  const std::string message =
      "is assumed earlier in this chain already: it need not assume itself, leave it out";
  in_original(rrsa_list + "- {id}: cri-1\n  rrsaRoleARN: {role}\n  rrsaOIDCProviderRoleARN: "
                          "{provider}\n  assumeRoleARN: ^1{role}\n",
              {"W {list}[0].assumeRoleARN, @1: \"{role}\": " + message});
  in_file("instances:\n- id: cri-1\n  identity:\n    rrsa: {role: '{role}', provider: "
          "'{provider}'}\n    assumeRoles:\n    - role: ^1{role}\n    - role: acs:ram::2:role/b\n"
          "    - role: ^2acs:ram::2:role/b\n",
          {"W instances[0].identity.assumeRoles[0].role, @1: \"{role}\": " + message,
           "W instances[0].identity.assumeRoles[2].role, @2: \"acs:ram::2:role/b\": " + message});
}

BOOST_AUTO_TEST_CASE(arn_without_its_kind) {
  const std::string meant = ": did you mean acs:ram::1:role/test-rrsa-acr?";
  rejects_in_original(
      "- {id}: cri-1\n  assumeRoleARN: ^1acs:ram::1:test-rrsa-acr\n",
      {"E {list}[0].assumeRoleARN, @1: \"acs:ram::1:test-rrsa-acr\": " + role_form + meant});
  rejects_in_file("- id: cri-1\n  identity: {assumeRoles: [{role: ^1acs:ram::1:test-rrsa-acr}]}\n",
                  {"E instances[0].identity.assumeRoles[0].role, @1: "
                   "\"acs:ram::1:test-rrsa-acr\": " +
                   role_form + meant});
  for (const auto& r :
       in_original(rrsa_list + "- {id}: cri-good\n  customAccessKey: a\n"
                               "  customAccessKeySecret: b\n- {id}: cri-1\n  rrsaRoleARN: {role}\n"
                               "  rrsaOIDCProviderRoleARN: ^1acs:ram::1:ack-rrsa-c1\n",
                   {"E {list}[1].rrsaOIDCProviderRoleARN, @1: "
                    "\"acs:ram::1:ack-rrsa-c1\": must be the ARN of an OIDC provider: "
                    "acs:ram::<account ID>:oidc-provider/<name>: did you mean "
                    "acs:ram::1:oidc-provider/ack-rrsa-c1?"}))
    BOOST_TEST(names(r) == strings{"cri-good"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(rrsa_role_or_provider_alone) {
  in_original(rrsa_list + "- ^1{id}: cri-1\n- {id}: cri-2\n  rrsaRoleARN: ^2{role}\n"
                          "- {id}: cri-3\n  rrsaOIDCProviderRoleARN: ^3{provider}\n",
              {"W {list}[0], @1: has no rrsaRoleARN: RRSA is not used for it, but the helper's own "
               "identity",
               "E {list}[1].rrsaRoleARN, @2: \"{role}\": needs rrsaOIDCProviderRoleARN, the OIDC "
               "provider of the cluster, beside it",
               "E {list}[2].rrsaOIDCProviderRoleARN, @3: \"{provider}\": needs rrsaRoleARN, the "
               "role to assume with it, beside it"});
}

BOOST_AUTO_TEST_CASE(access_keys_of_an_entry) {
  auto all = in_original("{list}:\n- {id}: cri-1\n  customAccessKey: LTAI1\n"
                         "  customAccessKeySecret: x1\n  assumeRoleARN: {role}\n"
                         "  assumeRoleExternalId: shared-word\n");
  all.push_back(in_file("{list}:\n- {id}: cri-1\n  identity: {accessKey: {id: LTAI1, secret: x1}, "
                        "assumeRoles: [{role: '{role}', externalId: shared-word}]}\n"));
  for (const auto& r : all) {
    const auto& chain = r.value->instances.at(0).chain;
    BOOST_TEST((chain.origin.from == identity_origin::kind::access_key));
    BOOST_TEST(chain.origin.access_key_id == "LTAI1");
    BOOST_TEST(chain.origin.access_key_secret.reveal() == "x1");
    BOOST_TEST((chain.roles == std::vector<assumed_role>{{role, "shared-word"}}));
  }
  in_original("{list}:\n- {id}: cri-1\n  customAccessKey: \"\"\n  customAccessKeySecret:\n");
}

BOOST_AUTO_TEST_CASE(access_key_without_its_other_half) {
  rejects_in_original("- {id}: cri-1\n  customAccessKey: ^1MARKER\n"
                      "- {id}: cri-2\n  customAccessKeySecret: ^2MARKER\n",
                      {"E {list}[0].customAccessKey, @1: needs customAccessKeySecret beside it",
                       "E {list}[1].customAccessKeySecret, @2: needs customAccessKey beside it"});
  rejects_in_file("- id: cri-1\n  identity: {accessKey: {id: ^1MARKER}}\n"
                  "- id: cri-2\n  identity: {accessKey: {secret: ^2MARKER}}\n",
                  {"E instances[0].identity.accessKey.id, @1: needs secret beside it",
                   "E instances[1].identity.accessKey.secret, @2: needs id beside it"});
}

BOOST_AUTO_TEST_CASE(access_key_that_cannot_be_one) {
  const std::string session = "is the key of a session, which ends: give the AccessKey of a RAM "
                              "user";
  const std::string blanks = "must be one text without blanks (a comment begins with ` #`)";
  rejects_in_original("- {id}: cri-1\n  customAccessKey: ^1STS.MARKER\n"
                      "  customAccessKeySecret: ^2MARKER // mine\n",
                      {"E {list}[0].customAccessKey, @1: " + session,
                       "E {list}[0].customAccessKeySecret, @2: " + blanks});
  rejects_in_file(
      "- id: cri-1\n  identity: {accessKey: {id: ^1STS.MARKER, secret: ^2MARKER // mine}}\n",
      {"E instances[0].identity.accessKey.id, @1: " + session,
       "E instances[0].identity.accessKey.secret, @2: " + blanks});
}

BOOST_AUTO_TEST_CASE(access_key_together_with_rrsa) {
  for (const auto& r :
       in_original(rrsa_list + "- {id}: cri-1\n  rrsaRoleARN: {role}\n"
                               "  rrsaOIDCProviderRoleARN: {provider}\n  customAccessKey: "
                               "^1MARKER\n  customAccessKeySecret: MARKER\n"
                               "- {id}: cri-2\n  customAccessKey: id\n"
                               "  customAccessKeySecret: x\n",
                   {"E {list}[0].customAccessKey, @1: cannot be used together with RRSA: give "
                    "either"}))
    BOOST_TEST(names(r) == strings{"cri-2"}, boost::test_tools::per_element());
  rejects_in_file(
      "- id: cri-1\n  identity: {accessKey: {id: a, secret: MARKER}, rrsa: ^1{role: "
      "'{role}', provider: '{provider}'}}\n",
      {"E instances[0].identity.rrsa, @1: begins with the OIDC token: it cannot be used "
       "together with a source, give either"});
}

BOOST_AUTO_TEST_CASE(external_id_without_role) {
  rejects_in_original("- {id}: cri-1\n  assumeRoleExternalId: ^1word\n",
                      {"E {list}[0].assumeRoleExternalId, @1: \"word\": needs assumeRoleARN, the "
                       "role that asks for it, beside it"});
}

BOOST_AUTO_TEST_CASE(external_id_forms) {
  const auto try_one = [this](const std::string& bad) {
    const auto message = ", @1: \"" + bad + "\": must be 2 to 1224 characters without blanks";
    rejects_in_original("- {id}: cri-1\n  assumeRoleARN: {role}\n  assumeRoleExternalId: ^1" + bad +
                            "\n",
                        {"E {list}[0].assumeRoleExternalId" + message});
    rejects_in_file("- id: cri-1\n  identity: {assumeRoles: [{role: '{role}', externalId: ^1" +
                        bad + "}]}\n",
                    {"E instances[0].identity.assumeRoles[0].externalId" + message});
  };
  for (const auto* bad : {"x", "a b", "\u6587\u6587"})
    try_one(bad);
}

BOOST_AUTO_TEST_CASE(no_secret_in_any_problem) {
  strings lists{"- {id}: cri-1\n  customAccessKeySecret:MARKER\n",
                "- customAccessKeySecret:MARKER\n",
                "- {id}: cri-1\n    customAccessKeySecret:MARKER\n",
                "- {id}: cri-1\n  domains: a.example\n    customAccessKeySecret:MARKER/x\n",
                "- {id}: cri-1\n  customAccesKeySecrets: MARKER\n",
                "- {id}: cri-1\n  customAccessKeySecret: \"MARKER\n",
                "- {id}: cri-1\n  customAccessKeySecret: MARKER: x\n",
                "- {id}: cri-1\n  customAccessKeySecret: [MARKER]\n",
                "- {id}: cri-1\n  customAccessKeySecret: MARKER // mine\n",
                "- {id}: cri-1\n  customAccessKeySecret: *MARKER\n",
                "- customAccessKeySecret: MARKER\n  customAccessKeySecret: MARKER\n",
                "- {id}: cri-1\n  identity: {accessKey: {id: LTAI1, secret: MARK ER}, x: MARKER}\n",
                "- {id}: cri-1\n  identity: {accessKey: LTAI1:MARKER}\n",
                "- {id}: cri-1\n  identity: {accessKey: {secrte: MARKER}}\n",
                "- {id}: cri-1\n  identity: {accessKey: {id: x, secret:MARKER}}\n",
                "- {id}: cri-1\n  identity: accessKey:MARKER\n"};
  for (const auto& list : lists)
    for (const auto& r : in_all_as_told(list_of(list))) {
      BOOST_TEST(!r.problems.empty(), list);
      BOOST_TEST(!mentions(r, "MARKER"), list);
    }
}

BOOST_AUTO_TEST_SUITE_END()
