#define BOOST_TEST_MODULE why_findings
#include <boost/test/unit_test.hpp>

#include "actors/writer/desired_secrets.hpp"
#include "protocol/registry/docker_config.hpp"
#include "tools/helper/why_findings.hpp"

using namespace acr;
using namespace acr::helper;
using namespace std::chrono_literals;

namespace {

constexpr auto ours = "acr-credential-secret-aggregation";
const wall_time now{1767323045000ms};

/// Of what the helper writes for one instance whose password ends at `ends`.
kubernetes::secret secret_until(std::optional<wall_time> ends, on_expiry ended = on_expiry::blank) {
  desired_secrets book{{}, ended};
  book.expect({{{"cri-a", {"a.example"}}}, ""});
  if (ends)
    book.issue(
        {"cri-a", {"u", secret_string{std::string_view{"marker"}}, *ends, {"a.example"}}, now});
  else {
    book.issue(
        {"cri-a", {"u", secret_string{std::string_view{"marker"}}, now, {"a.example"}}, now});
    book.expire(now);
  }
  const auto& wanted = *book.secrets().at(0);
  kubernetes::secret made;
  made.meta = {{"team-a", wanted.name}, "u", "1"};
  made.type = "kubernetes.io/dockerconfigjson";
  made.labels = {{managed_by_label, wanted.content->label}};
  made.annotations = {{instances_annotation, wanted.content->annotation}};
  made.docker_config = wanted.content->document;
  made.managed_by_us = true;
  return made;
}

/// Everything as it should be.
pull_facts fine() {
  pull_facts facts;
  facts.ns = "team-a";
  facts.now = now;
  config::configuration wanted;
  wanted.namespaces = {false, {"team-a"}};
  config::instance one;
  one.name = "cri-a";
  one.domains = {"a.example"};
  wanted.instances = {one};
  facts.configuration = wanted;
  facts.name_space = kubernetes::name_space{{{"", "team-a"}, "u", "1"}, false};
  kubernetes::service_account account;
  account.meta = {{"team-a", "default"}, "u", "1"};
  account.pull_secrets = {{"mine", ours}};
  facts.service_account = account;
  facts.secrets[0] = secret_until(now + 45min);
  kubernetes::pod pod;
  pod.pull_secrets = {"mine", ours};
  pod.containers = {{"main", "a.example/app/web:1", "", ""}};
  facts.pod = pod;
  return facts;
}

/// The texts of the faults.
std::string faults(const pull_facts& facts) {
  std::string text;
  for (const auto& one : explain_pull(facts)) {
    BOOST_TEST(one.text.find("marker") == std::string::npos);
    if (one.level == finding_level::fault) {
      BOOST_TEST(!one.remedy.empty(), one.text);
      text += one.text + "\n";
    }
  }
  return text;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(where_nothing_is_in_the_way_nothing_is_blamed) {
  const auto all = explain_pull(fine());
  BOOST_TEST(!any_fault(all));
  BOOST_TEST(all.back().text ==
             "a.example/app/web:1: Secret acr-credential-secret-aggregation has a "
             "password of cri-a for a.example, for another 45 min");
}

BOOST_AUTO_TEST_CASE(a_namespace_or_account_out_of_scope_is_named) {
  auto facts = fine();
  facts.configuration->namespaces = {false, {"team-b"}};
  facts.configuration->service_accounts = {false, {"builder"}};
  BOOST_TEST(faults(facts) ==
             "the namespace is not in scope: watch-namespace is team-b\n"
             "ServiceAccount default is not in scope: service-account is builder\n");
}

BOOST_AUTO_TEST_CASE(a_namespace_that_is_not_there_or_goes_ends_the_matter) {
  auto facts = fine();
  facts.name_space->terminating = true;
  BOOST_TEST(holds(faults(facts), "being deleted"));
  facts.name_space.reset();
  BOOST_TEST(faults(facts) == "there is no namespace team-a\n");
}

BOOST_AUTO_TEST_CASE(an_account_without_the_link_is_told_with_its_list) {
  auto facts = fine();
  facts.service_account->pull_secrets = {{"mine"}};
  BOOST_TEST(holds(faults(facts), "ServiceAccount default is not linked (imagePullSecrets: mine)"));
  facts.service_account.reset();
  BOOST_TEST(holds(faults(facts), "there is no ServiceAccount default"));
}

BOOST_AUTO_TEST_CASE(a_pod_that_was_admitted_too_early_is_told_from_its_account) {
  auto facts = fine();
  facts.pod->pull_secrets = {};
  BOOST_TEST(faults(facts) == "the Pod was admitted before its ServiceAccount was linked "
                              "(imagePullSecrets: none), and that list never changes\n");
}

BOOST_AUTO_TEST_CASE(a_missing_foreign_or_broken_secret_is_told) {
  auto facts = fine();
  facts.secrets[0].reset();
  BOOST_TEST(faults(facts) == "there is no Secret acr-credential-secret-aggregation\n");
  facts = fine();
  facts.secrets[0]->managed_by_us = false;
  facts.secrets[0]->labels.clear();
  BOOST_TEST(holds(faults(facts), "was not written by the helper"));
  facts = fine();
  facts.secrets[0]->type = "Opaque";
  BOOST_TEST(holds(faults(facts), "is of type Opaque"));
  facts = fine();
  facts.secrets[0]->docker_config = secret_string{std::string_view{"{}"}};
  BOOST_TEST(holds(faults(facts), "there is no object `auths`"));
}

BOOST_AUTO_TEST_CASE(a_withdrawn_or_ended_password_is_told_with_its_instance) {
  auto facts = fine();
  facts.secrets[0] = secret_until(std::nullopt);
  BOOST_TEST(holds(faults(facts), "cri-a has no password for a.example now"));
  facts.secrets[0] = secret_until(std::nullopt, on_expiry::remove);
  BOOST_TEST(holds(faults(facts), "cri-a has no password for a.example now"));
  facts = fine();
  facts.now = now + 1h;
  BOOST_TEST(holds(faults(facts), "the password for a.example ended at 2026-01-02T03:49:05Z"));
}

BOOST_AUTO_TEST_CASE(a_domain_without_an_entry_is_a_fault_only_if_it_is_the_helpers_business) {
  auto facts = fine();
  facts.pod->containers[0].image = "b.cn-hangzhou.cr.aliyuncs.com/x";
  BOOST_TEST(faults(facts) == "b.cn-hangzhou.cr.aliyuncs.com/x: no entry for "
                              "b.cn-hangzhou.cr.aliyuncs.com (there are: a.example)\n");
  facts.pod->containers[0].image = "nginx";
  BOOST_TEST(faults(facts).empty());
  facts.pod.reset();
  facts.images = {"a.example:5000/x"};
  facts.configuration->instances[0].domains = {"a.example:5000"};
  BOOST_TEST(holds(faults(facts), "no entry for a.example:5000"));
}

BOOST_AUTO_TEST_CASE(what_could_not_be_read_is_said_and_blamed_on_nobody) {
  auto facts = fine();
  facts.configuration.reset();
  facts.unread = {"get configuration: denied"};
  const auto all = explain_pull(facts);
  BOOST_TEST(!any_fault(all));
  BOOST_TEST(all.front().text == "not looked at: get configuration: denied");
}

BOOST_AUTO_TEST_CASE(the_kubelets_words_are_repeated) {
  auto facts = fine();
  facts.pod->containers[0].waiting = "ImagePullBackOff";
  facts.pod->containers[0].waiting_detail = "Back-off pulling image";
  const auto all = explain_pull(facts);
  BOOST_TEST(holds(all.back().text, "container main: ImagePullBackOff: Back-off pulling image"));
}
