#define BOOST_TEST_MODULE cluster_status
#include <boost/test/unit_test.hpp>

#include "config/tree_text.hpp"
#include "tools/helper/cluster_status.hpp"
#include "tools/helper/output.hpp"

using namespace acr;
using namespace acr::helper;
using namespace std::chrono_literals;

namespace {

constexpr wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
constexpr auto name = "acr-credential-secret-aggregation";

kubernetes::secret secret(const std::string& ns, std::optional<wall_time> expires,
                          bool ours = true) {
  kubernetes::secret made;
  made.meta.ref = {ns, name};
  if (ours)
    made.labels = {{"app.kubernetes.io/managed-by", "acr-credential-helper"}};
  made.annotations["acr-credential-helper/instances"] =
      R"([{"instance":"cri-1","domains":["a.example","b.example"])" +
      (expires ? R"(,"expiresAt":")" + to_rfc3339(*expires) + R"("})" : "}") + "]";
  return made;
}

kubernetes::service_account account(const std::string& ns, const std::string& of, bool linked) {
  kubernetes::service_account made;
  made.meta.ref = {ns, of};
  if (linked)
    made.pull_secrets = {"mine", name};
  return made;
}

cluster_facts facts() {
  cluster_facts made;
  made.now = now;
  for (const auto* ns : {"team-a", "team-b", "team-c", "other"}) {
    kubernetes::name_space space;
    space.meta.ref.name = ns;
    made.namespaces.push_back(space);
  }
  made.configuration.emplace();
  made.configuration->namespaces.names = {"team-a", "team-b", "team-c"};
  made.configuration->service_accounts.names = {"default"};
  config::instance lost;
  lost.name = "cri-2";
  made.configuration->instances.push_back(lost);
  made.secrets = {secret("team-a", now + 40min), secret("team-b", now + 30min),
                  secret("other", now, false)};
  made.accounts = {account("team-a", "default", true), account("team-a", "builder", false),
                   account("team-b", "default", false), account("other", "default", true)};
  return made;
}

} // namespace

BOOST_AUTO_TEST_CASE(what_the_cluster_holds_is_counted) {
  const auto view = view_cluster(facts());
  BOOST_TEST(view.in_scope == 3U);
  BOOST_TEST(view.served == 2U);
  BOOST_TEST(view.unserved == std::vector<std::string>{"team-c"}, boost::test_tools::per_element());
  BOOST_TEST(view.foreign == 1U);
  BOOST_TEST(view.accounts == 2U);
  BOOST_TEST(view.linked == 1U);
  const auto& one = view.instances.at("cri-1");
  BOOST_TEST(one.namespaces == 2U);
  BOOST_TEST((one.first_expiry == now + 30min));
  BOOST_TEST(view.instances.at("cri-2").namespaces == 0U); // configured, and nowhere
}

BOOST_AUTO_TEST_CASE(what_is_limited_to_namespaces_is_shown) {
  auto some = facts();
  BOOST_TEST(in_words(view_cluster(some), now).find("limited") == std::string::npos);
  some.configuration->instances.front().namespaces = {false, {"team-a"}};
  const auto view = view_cluster(some);
  BOOST_TEST(in_words(view, now).find("\n  cri-2 is limited to team-a\n") != std::string::npos);
  BOOST_TEST(to_json(view, now).find(R"("limitedTo":"team-a")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_expired_or_withdrawn_password_is_none) {
  auto some = facts();
  some.secrets = {secret("team-a", now), secret("team-b", std::nullopt)};
  const auto view = view_cluster(some);
  BOOST_TEST(view.instances.at("cri-1").withdrawn == 2U);
  BOOST_TEST(in_words(view, now).find("cri-1     withdrawn  -") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_configuration_the_scope_is_what_holds_a_secret) {
  auto some = facts();
  some.configuration.reset();
  const auto view = view_cluster(some);
  BOOST_TEST(view.in_scope == 2U);
  BOOST_TEST(view.served == 2U);
  BOOST_TEST(view.accounts == 3U);
}

BOOST_AUTO_TEST_CASE(it_is_printed_in_words_and_as_json_and_yaml) {
  auto some = facts();
  some.lease.emplace();
  some.lease->holder = "pod-1";
  some.lease->renewed_at = now - 3s;
  const auto view = view_cluster(some);
  BOOST_TEST(in_words(view, now) ==
             "read from the cluster; leader pod-1, renewed 3 s ago\n"
             "namespaces: 2 of 3 served, 1 foreign Secret; service accounts: 1 of 2 linked\n"
             "  not served: team-c\n"
             "\n"
             "INSTANCE  STATE    EXPIRES    NAMESPACES  DOMAINS\n"
             "cri-1     valid    in 30 min  2           a.example +1\n"
             "cri-2     missing  -          0           -\n");
  const auto json = to_json(view, now);
  BOOST_TEST(json.find(R"("name":"cri-1","state":"valid")") != std::string::npos);
  BOOST_TEST(for_programs(json, output_format::json) ==
             R"({"schemaVersion":1,)" + json.substr(1) + "\n");
  BOOST_TEST(for_programs(json, output_format::yaml)
                 .starts_with("schemaVersion: 1\nsource: cluster\nnow: \"2026-01-01"));
}

BOOST_AUTO_TEST_CASE(what_an_operator_should_know_first_is_said) {
  const auto remarks = [](const cluster_facts& some) {
    std::string text;
    for (const auto& one : view_cluster(some).remarks)
      text += one + "\n";
    return text;
  };
  auto some = facts();
  BOOST_TEST(remarks(some) ==
             "there is no Lease: whether a helper runs cannot be told from the cluster\n");
  some.lease.emplace();
  BOOST_TEST(remarks(some) == "nobody leads: the last leader has ended\n");
  some.lease->holder = "pod-1";
  some.lease->duration = 15s;
  some.lease->renewed_at = now - 5min;
  BOOST_TEST(remarks(some) == "nobody leads: pod-1 renewed the Lease 5 min ago for the last time. "
                              "Does the helper run?\n");
  some.lease->renewed_at = now - 3s;
  BOOST_TEST(remarks(some).empty());
  some.configuration->namespaces.names = {"nowhere"};
  BOOST_TEST(remarks(some) ==
             "no namespace is in scope: see watch-namespace in the configuration\n");
  some = facts();
  some.lease_hidden = true;
  some.configuration->service_accounts.names = {"nobody"};
  BOOST_TEST(remarks(some) ==
             "the Lease may not be read: whether a helper runs cannot be told\n"
             "no ServiceAccount is in scope: see service-account in the configuration\n");
  some.configuration.reset();
  some.no_configuration = "there is no configuration";
  BOOST_TEST(remarks(some).starts_with("there is no configuration\n"));
  BOOST_TEST(in_words(view_cluster(some), now).find("\nNOTE: there is no configuration\n") !=
             std::string::npos);
}
