// The helper's own form. Each test is a row of the table in docs/configuration.md, and bears its
// name.
#define BOOST_TEST_MODULE validation_file
#include <boost/test/unit_test.hpp>

#include "tests/config/validation/rows.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

namespace {

using kind = identity_origin::kind;

std::string with_identity(const std::string& flow) {
  return "- id: cri-1\n  identity: " + flow + "\n";
}
identity_origin origin_of(const reading& r) {
  BOOST_TEST_REQUIRE(r.value.has_value());
  return r.value->instances.at(0).chain.origin;
}
std::string told_of(const std::string& where, const std::string& message) {
  return "E instances[0]." + where + ": " + message;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(own_form, row)

BOOST_AUTO_TEST_CASE(own_form_with_everything) {
  const auto r = in_file(own_sample);
  BOOST_TEST((r.form == spelling::file));
  const auto& value = *r.value;
  BOOST_TEST((value.namespaces == selection{false, {"team-a", "team-b"}}));
  BOOST_TEST(value.service_accounts.all);
  BOOST_TEST((value.expiring_threshold == 20min));
  BOOST_TEST(value.notify_email == "ops@example.com");
  BOOST_TEST(value.rrsa_enabled);
  BOOST_TEST(names(r) == (strings{"cri-1@cn-hangzhou", "personal"}),
             boost::test_tools::per_element());
  BOOST_TEST(
      (value.instances.at(0).chain ==
       role_chain{{}, role, provider, {{"acs:ram::1000000000000002:role/b", "word"}}, 7200s}));
}

BOOST_AUTO_TEST_CASE(identity_sources) {
  const auto key =
      origin_of(in_file("instances:\n" + with_identity("{accessKey: {id: LTAI1, secret: x}}")));
  BOOST_TEST((key.from == kind::access_key));
  BOOST_TEST(key.access_key_id == "LTAI1");
  BOOST_TEST(key.access_key_secret.reveal() == "x");
  const auto ref =
      origin_of(in_file("instances:\n" + with_identity("{secretRef: {namespace: a, name: b.c}}")));
  BOOST_TEST((ref.from == kind::secret));
  BOOST_TEST(ref.secret_namespace == "a");
  BOOST_TEST(ref.secret_name == "b.c");
  BOOST_TEST((origin_of(in_file("instances:\n" + with_identity("{source: environment}"))).from ==
              kind::environment));
  BOOST_TEST((origin_of(in_file("instances:\n" + with_identity("{source: auto}"))).from ==
              kind::automatic));
  BOOST_TEST((origin_of(in_file("instances:\n" + with_identity("{source: managedRole}"))).from ==
              kind::managed_role));
  BOOST_TEST(origin_of(in_file("instances:\n" + with_identity("{source: profile, profile: prod}")))
                 .profile == "prod");
  BOOST_TEST((origin_of(in_file("instances:\n" + with_identity("{source: profile}"))).from ==
              kind::profile));
  const auto worker =
      origin_of(in_file("instances:\n" + with_identity("{roleName: KubernetesWorkerRole-1}")));
  BOOST_TEST((worker.from == kind::worker_role));
  BOOST_TEST(worker.role_name == "KubernetesWorkerRole-1");
}

BOOST_AUTO_TEST_CASE(identity_source_unknown) {
  rejects_in_file(with_identity("{source: workerrole}"),
                  {told_of("identity.source, line 3, column 22: \"workerrole\"",
                           "must be one of auto, accessKey, secretRef, environment, profile, "
                           "workerRole, managedRole: did you mean workerRole?")});
}

BOOST_AUTO_TEST_CASE(identity_sources_that_exclude_each_other) {
  rejects_in_file(with_identity("{accessKey: {id: a, secret: MARKER}, profile: p}"),
                  {told_of("identity.profile, line 3, column 59",
                           "is of the source profile, and the source is accessKey: give one")});
  rejects_in_file(with_identity("{source: auto, profile: p}"),
                  {told_of("identity.profile, line 3, column 37",
                           "is of the source profile, and the source is auto: give one")});
  rejects_in_file(with_identity("{source: workerRole, rrsa: {role: '" + role + "', provider: '" +
                                provider + "'}}"),
                  {told_of("identity.rrsa, line 3, column 40",
                           "begins with the OIDC token: it cannot be used together with a source, "
                           "give either")});
}

BOOST_AUTO_TEST_CASE(identity_source_without_its_details) {
  rejects_in_file(with_identity("{source: accessKey}"),
                  {told_of("identity.source, line 3, column 22", "needs accessKey beside it")});
  rejects_in_file(with_identity("{accessKey: {id: a}}"),
                  {told_of("identity.accessKey.id, line 3, column 30", "needs secret beside it")});
  rejects_in_file(with_identity("{accessKey: {}}"),
                  {told_of("identity.accessKey, line 3, column 25", "needs id and secret")});
  rejects_in_file(with_identity("{secretRef: {namespace: A}}"),
                  {told_of("identity.secretRef.namespace, line 3, column 37: \"A\"",
                           "cannot be a name in Kubernetes: 1 to 63 lower-case letters, digits and "
                           "`-`"),
                   told_of("identity.secretRef, line 3, column 25", "needs the name of a Secret")});
  rejects_in_file(with_identity("{accessKey: MARKER}"),
                  {told_of("identity.accessKey, line 3, column 25",
                           "must be a mapping with the fields id, secret")});
}

BOOST_AUTO_TEST_CASE(role_name_that_is_an_arn) {
  rejects_in_file(with_identity("{roleName: '" + role + "'}"),
                  {told_of("identity.roleName, line 3, column 24: \"" + role + "\"",
                           "must be the name of a RAM role, not its ARN")});
}

BOOST_AUTO_TEST_CASE(own_rrsa_halves) {
  rejects_in_file(with_identity("{rrsa: {role: '" + role + "'}}"),
                  {told_of("identity.rrsa, line 3, column 20",
                           "needs provider, the OIDC provider of the cluster")});
  rejects_in_file(with_identity("{rrsa: {provider: '" + provider + "'}}"),
                  {told_of("identity.rrsa, line 3, column 20",
                           "needs role, the role to assume with the OIDC token")});
}

BOOST_AUTO_TEST_CASE(own_rrsa_with_personal) {
  rejects_in_file(
      ("- id: personal\n  identity: {rrsa: {role: '" + role + "', provider: '" + provider +
       "'}}\n"),
      {told_of("identity, line 3, column 13", "Personal edition cannot be used with RRSA")});
}

BOOST_AUTO_TEST_CASE(assumed_roles) {
  rejects_in_file(with_identity("{assumeRoles: '" + role + "'}"),
                  {told_of("identity.assumeRoles, line 3, column 27: \"" + role + "\"",
                           "must be a list: begin each role with `- role: ...`")});
  rejects_in_file(with_identity("{assumeRoles: [x, {externalId: word}, {role: x}]}"),
                  {told_of("identity.assumeRoles, line 3, column 28: \"x\"",
                           "each must be a mapping that begins with `- role: ...`"),
                   told_of("identity.assumeRoles[1], line 3, column 31",
                           "needs role, the ARN of the role to assume"),
                   told_of("identity.assumeRoles[2].role, line 3, column 58: \"x\"",
                           "must be the ARN of a RAM role: acs:ram::<account ID>:role/<name>")});
  std::string many;
  for (int i = 0; i < 9; ++i)
    many += "{role: '" + role + "'},";
  rejects_in_file(
      with_identity("{assumeRoles: [" + many + "]}"),
      {told_of("identity.assumeRoles, line 3, column 27", "has 9 roles: at most 8 are supported")});
}

BOOST_AUTO_TEST_CASE(session_duration_forms) {
  for (const std::string bad : {"59m", "13h", "3600", "1.5", "x", "-2h", "1h1ms"})
    rejects_in_file(with_identity(std::string{"{assumeRoles: [{role: '"}
                                      .append(role)
                                      .append("'}], sessionDuration: ")
                                      .append(bad)
                                      .append("}")),
                    {told_of("identity.sessionDuration, line 3, column 90: \"" + bad + "\"",
                             "must be a duration from 1h to 12h, such as 1h or 5400s")});
  in_file(
      list_of(with_identity("{sessionDuration: ^12h}")),
      {"W instances[0].identity.sessionDuration, @1: \"2h\": has no effect without a role: it is "
       "the life of a role's session"});
}

BOOST_AUTO_TEST_CASE(own_id_forms) {
  const std::string missing = "needs `id`: cri-..., or `personal` for Personal edition";
  const std::string wrong = "must be the ID of an Enterprise edition instance (cri-...), or "
                            "`personal` for Personal edition";
  const strings expected{
      "E instances[0], line 2, column 3: " + missing,
      "E instances[1], line 3, column 3: " + missing,
      "E instances[2].id, line 4, column 7: \"Personal\": " + wrong,
      "E instances[3], line 5, column 3: \"cri-1\": must be a mapping that begins with `- id: ...`",
      "E instances[4], line 6, column 1: is empty: remove it, or write `id: personal`"};
  rejects_in_file(("- region: cn-hangzhou\n- id: ''\n- id: Personal\n- cri-1\n-\n"), expected);
}

BOOST_AUTO_TEST_CASE(own_version_and_kind) {
  in_file(("apiVersion: acr-credential-helper/v2\ninstances: []\n"),
          {"F apiVersion, line 1, column 13: \"acr-credential-helper/v2\": must be "
           "acr-credential-helper/v1"});
  in_file(("kind: Config\ninstances: []\n"),
          {"F line 1, column 7: must be ConfigMap, or Configuration for a file of the helper's own "
           "form"});
}

BOOST_AUTO_TEST_CASE(label_selector_of_namespaces) {
  using is = label_requirement::is;
  const auto r = in_file("namespaceSelector:\n  matchLabels: {pull: acr}\n  matchExpressions:\n"
                         "  - {key: a.example/team, operator: NotIn, values: [y, x]}\n"
                         "  - {key: legacy, operator: DoesNotExist}\n");
  BOOST_TEST(
      (r.value->namespace_labels == label_selector{{{"pull", is::in, {"acr"}},
                                                    {"a.example/team", is::not_in, {"x", "y"}},
                                                    {"legacy", is::does_not_exist}}}));
  BOOST_TEST(r.value->namespaces.all); // if nothing else is said
  const auto both = in_file("namespaceSelector: {matchLabels: {a: b}}\nnamespaces: [x]\n");
  BOOST_TEST((both.value->namespaces == selection{false, {"x"}}));
  in_file("namespaceSelector: ^1{}\n",
          {"F namespaceSelector, @1: selects by no label: leave it out for all namespaces"});
  in_file("namespaceSelector: {^1matchlabels: {a: b}}\n",
          {"F namespaceSelector, @1: \"matchlabels\": unknown field: did you mean matchLabels?"});
  in_file("namespaceSelector: {matchExpressions: [{key: a, operator: ^1Is}]}\n",
          {"F namespaceSelector, @1: \"Is\": must be In, NotIn, Exists or DoesNotExist"});
  in_file("namespaceSelector: {matchExpressions: [^1{key: a, operator: In}]}\n",
          {"F namespaceSelector, @1: needs values with In and NotIn"});
  in_file("namespaceSelector: {matchExpressions: [^1{key: a, operator: Exists, values: [x]}]}\n",
          {"F namespaceSelector, @1: takes no values with Exists and DoesNotExist"});
  in_file("namespaceSelector: {matchLabels: {^1'a b': c}}\n",
          {"F namespaceSelector, @1: \"a b\": cannot be the key of a label"});
}

BOOST_AUTO_TEST_SUITE_END()
