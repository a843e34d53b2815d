/// What `why` reads of a namespace where all is as it should be, for tests to break.
#pragma once

#include "actors/writer/desired_secrets.hpp"
#include "protocol/base64.hpp"
#include "tools/helper/why_findings.hpp"

namespace acr::helper {

using namespace std::chrono_literals;

inline constexpr auto ours = "acr-credential-secret-aggregation";
inline constexpr auto ours_2 = "acr-credential-secret-aggregation-2";
inline const wall_time now{1767323045000ms};
inline const std::string no_access = "failed to pull and unpack image: pull access denied";

/// A Secret as the helper writes it, with what it holds.
inline kubernetes::secret secret_of(const desired_secret& wanted) {
  kubernetes::secret made;
  made.meta = {{"team-a", wanted.name}, "u", "1"};
  made.type = "kubernetes.io/dockerconfigjson";
  made.labels = {{managed_by_label, wanted.content->label}};
  made.annotations = {{instances_annotation, wanted.content->annotation}};
  made.docker_config = wanted.content->document;
  made.managed_by_us = true;
  return made;
}

/// An instance and until when its password is valid; `now`: it is withdrawn.
struct account_until {
  const char* instance;
  wall_time ends;
};

/// The Secrets for instances that all claim a.example: one for each.
inline std::vector<kubernetes::secret> secrets_until(const std::vector<account_until>& all,
                                                     on_expiry ended = on_expiry::blank) {
  desired_secrets book{{}, ended};
  expect_instances wanted;
  for (const auto& one : all)
    wanted.instances.push_back({one.instance, {"a.example"}});
  book.expect(wanted);
  for (const auto& one : all)
    book.issue({one.instance,
                {"u", secret_string{std::string_view{"marker"}}, one.ends, {"a.example"}},
                now});
  book.expire(now);
  std::vector<kubernetes::secret> out;
  for (const auto& wanted_secret : book.secrets_in("team-a"))
    out.push_back(secret_of(*wanted_secret));
  return out;
}

inline kubernetes::secret secret_until(wall_time ends, on_expiry ended = on_expiry::blank) {
  return secrets_until({{"cri-a", ends}}, ended).at(0);
}

/// Somebody else's Secret with a password for that host.
inline registry::pull_secret other_secret(std::string name, const std::string& document) {
  std::map<std::string, secret_string> data;
  data.emplace(".dockerconfigjson", secret_string{std::string_view{document}});
  return registry::read_pull_secret(std::move(name), "kubernetes.io/dockerconfigjson", data);
}

/// Everything as it should be; the Pod waits for nothing, and has pulled nothing yet.
inline pull_facts fine() {
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
  facts.pod_name = "web";
  kubernetes::pod pod;
  pod.pull_secrets = {"mine", ours};
  pod.containers = {{"main", "a.example/app/web:1", "", ""}};
  facts.pod = pod;
  facts.others = {other_secret("mine", "{}")};
  return facts;
}

} // namespace acr::helper
