#include "tools/helper/doctor_cluster.hpp"

#include <chrono>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "protocol/kubernetes/admission.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/webhook.hpp"
#include "tools/helper/guard_check.hpp"

namespace acr::helper {

using std::chrono::milliseconds;

namespace {

// As the chart names them.
constexpr const char* webhook_name = "acr-credential-helper";
constexpr const char* webhook_role_path =
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/acr-credential-helper-webhook";

} // namespace

bool cluster_examination::server(bool must_be) {
  const auto level = must_be ? finding_level::fault : finding_level::note;
  const auto fail = [&](finding one) {
    one.level = level;
    report_.add(std::move(one));
    return false;
  };
  report_.waiting_for("asking the API server");
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = get("/version");
  const auto where = "API server " + around_.cluster.server;
  if (!answer)
    return fail(fault_of(where + ": ", answer.error()));
  if (answer->status != 200)
    return fail(fault_of("", kubernetes::failure_of(where, *answer)));
  report_.good(where + " answers, " + in_words(since(begun)));
  if (const auto date = parse_http_date(find_header(answer->headers, "Date")))
    report_.add(clock_finding("the API server",
                              std::chrono::duration_cast<milliseconds>(system_now() - *date)));
  return true;
}

void cluster_examination::permissions(const config::configuration* configuration) {
  const auto& options = around_.options;
  std::error_code hidden; // a folder that only the helper may read
  const bool token_file = std::filesystem::exists(options.oidc_token_file, hidden);
  for (const auto& needed : needed_permissions(options, configuration, token_file)) {
    report_.waiting_for("checking permissions: " + needed.what.resource);
    std::vector<std::string> missing;
    std::set<std::string> lacking;
    for (const auto& verb : needed.verbs) {
      const auto refused = refused_in(needed, verb);
      if (!refused)
        return report_.add(fault_of("permissions: ", refused.error()));
      if (refused->empty())
        continue;
      missing.push_back(verb);
      lacking.insert(refused->begin(), refused->end());
    }
    lacking.erase("");
    report_.add(permission_finding(needed, missing, {lacking.begin(), lacking.end()}));
  }
}

void cluster_examination::guard() {
  report_.waiting_for("looking at policies");
  std::vector<guard_answers> all;
  const auto look = [&](const char* name) {
    return guard_answers{name, get(guard_policy_path(name)), get(guard_binding_path(name))};
  };
  for (const auto* name : kubernetes::guard_policy_names)
    all.push_back(look(name));
  auto webhook = look(kubernetes::webhook_policy_name);
  const auto configuration = get(kubernetes::get_webhook_configuration(webhook_name).url);
  if (needs_webhook_policy(webhook, configuration, get(webhook_role_path)))
    all.push_back(std::move(webhook));
  report_.add(guard_finding(all, around_.options.account));
}

result<http_response> cluster_examination::get(std::string path) {
  http_request request;
  request.url = std::move(path);
  return api_.ask(std::move(request));
}

/// Whether the verb is allowed there for all names.
result<bool> cluster_examination::may(const permission& needed, const std::string& verb,
                                      const std::string& ns) {
  auto names = needed.names;
  names.push_back(needed.what.name);
  for (const auto& name : names) {
    auto question = needed.what;
    question.verb = verb;
    question.name = name;
    question.ns = ns;
    const auto answer = api_.ask(kubernetes::review_access(question));
    auto allowed = answer ? kubernetes::read_access(*answer) : answer.error();
    if (!allowed || !*allowed)
      return allowed;
  }
  return true;
}

/// The namespaces in which it is denied; empty: it is allowed everywhere.
result<std::vector<std::string>> cluster_examination::refused_in(const permission& needed,
                                                                 const std::string& verb) {
  std::vector<std::string> out;
  // A permission for all namespaces saves asking for thousands of them.
  const auto everywhere = may(needed, verb, needed.spaces.empty() ? needed.what.ns : "");
  if (!everywhere)
    return everywhere.error();
  if (*everywhere)
    return out;
  if (needed.spaces.empty())
    return std::vector{needed.what.ns};
  for (const auto& ns : needed.spaces) {
    const auto there = may(needed, verb, ns);
    if (!there)
      return there.error();
    if (!*there)
      out.push_back(ns);
  }
  return out;
}

} // namespace acr::helper
