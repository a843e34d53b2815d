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

BOOST_AUTO_TEST_CASE(it_is_told_in_words_and_as_json_and_yaml) {
  auto some = facts();
  some.lease.emplace();
  some.lease->holder = "pod-1";
  some.lease->renewed_at = now - 3s;
  const auto view = view_cluster(some);
  BOOST_TEST(in_words(view, now) ==
             "from the cluster alone; leader: pod-1, which said so 3 s ago\n"
             "namespaces: 2 of 3 served, 1 foreign Secrets; service accounts: 1 of 2 linked\n"
             "  not served: team-c\n"
             "\n"
             "INSTANCE  STATE    EXPIRES    NAMESPACES  DOMAINS\n"
             "cri-1     valid    in 30 min  2           a.example +1\n"
             "cri-2     missing  -          0           -\n");
  const auto json = to_json(view, now);
  BOOST_TEST(json.find(R"("name":"cri-1","state":"valid")") != std::string::npos);
  BOOST_TEST(for_programs(json, output_format::json) == json + "\n");
  BOOST_TEST(
      for_programs(json, output_format::yaml).starts_with("source: cluster\nnow: \"2026-01-01"));
}
