#include "tools/helper/doctor_checks.hpp"

#include <algorithm>
#include <utility>

#include <boost/algorithm/string/join.hpp>

#include "actors/writer/desired_secrets.hpp"
#include "protocol/aliyun/operation.hpp"
#include "tools/helper/command_line.hpp"

namespace acr::helper {

namespace {

using namespace std::chrono_literals;

constexpr auto usual = 5s;           // NTP keeps clocks far closer
constexpr auto refused_from = 15min; // of signatures: documented

/// The first few, and the number of the others.
std::string shortened(const std::vector<std::string>& words) {
  constexpr std::size_t most = 3;
  if (words.size() <= most + 1)
    return boost::algorithm::join(words, ", ");
  return boost::algorithm::join(std::vector<std::string>{words.begin(), words.begin() + most},
                                ", ") +
         " and " + std::to_string(words.size() - most) + " more";
}

/// The Secrets with AccessKeys that a configuration names.
std::vector<kubernetes::object_ref> key_secrets(const config::configuration& known,
                                                const std::string& own_namespace) {
  std::vector<kubernetes::object_ref> out;
  for (const auto& instance : known.instances) {
    const auto& origin = instance.chain.origin;
    if (origin.from != config::identity_origin::kind::secret ||
        !instance.chain.rrsa_role_arn.empty())
      continue;
    const kubernetes::object_ref ref{origin.secret_namespace.empty() ? own_namespace
                                                                     : origin.secret_namespace,
                                     origin.secret_name};
    if (std::find(out.begin(), out.end(), ref) == out.end())
      out.push_back(ref);
  }
  return out;
}

} // namespace

std::vector<permission> needed_permissions(const run_options& options,
                                           const config::configuration* configuration,
                                           bool token_file) {
  std::vector<permission> all;
  const auto add = [&all](std::vector<std::string> verbs, kubernetes::access_question what,
                          std::string purpose) {
    all.push_back({std::move(verbs), std::move(what), {}, {}, std::move(purpose)});
  };
  std::vector<std::string> spaces;
  if (configuration != nullptr)
    if (const auto served = config::served_namespaces(*configuration); !served.open())
      spaces = served.names;
  if (spaces.empty()) {
    add({"list", "watch"}, {"", "", "namespaces", "", "", ""}, "to know the namespaces");
  } else {
    add({"list", "watch"}, {"", "", "namespaces", "", "", spaces.front()},
        "to know when it is there, and when it ends");
    all.back().names.assign(spaces.begin() + 1, spaces.end());
  }
  add({"list", "watch", "patch"}, {"", "", "serviceaccounts", "", "", ""},
      "to link ServiceAccounts");
  all.back().spaces = spaces;
  add({"get", "list", "watch", "create", "patch", "delete"},
      {"", "", "secrets", "", "", secret_names.front()}, "to keep the Secret");
  all.back().names.assign(secret_names.begin() + 1, secret_names.end());
  all.back().spaces = spaces;
  if (configuration != nullptr)
    for (const auto& ref : key_secrets(*configuration, options.account.ns))
      add({"get"}, {"", "", "secrets", "", ref.ns, ref.name}, "to read an AccessKey");
  const auto& map = options.config_map;
  if (options.config_file.empty()) {
    add({"list", "watch"}, {"", "", "configmaps", "", map.ns, map.name},
        "to read the configuration");
    add({"create", "patch"}, {"", "", "events", "", map.ns, ""}, "to tell what goes wrong");
  }
  if (options.leader_elect)
    add({"get", "list", "watch", "create", "update"},
        {"", "coordination.k8s.io", "leases", "", options.lease.ns, options.lease.name},
        "to agree with other replicas");
  if (configuration != nullptr && !token_file &&
      std::any_of(configuration->instances.begin(), configuration->instances.end(),
                  [](const auto& item) { return !item.chain.rrsa_role_arn.empty(); }))
    add({"create"}, {"", "", "serviceaccounts", "token", options.account.ns, options.account.name},
        "to obtain tokens for RRSA");
  return all;
}

finding permission_finding(const permission& about, const std::vector<std::string>& missing,
                           const std::vector<std::string>& lacking) {
  auto what = about.what;
  what.verb = boost::algorithm::join(missing.empty() ? about.verbs : missing, ", ");
  if (!about.names.empty())
    what.name += " (and " + std::to_string(about.names.size()) + " more)";
  const auto& spaces = missing.empty() ? about.spaces : lacking;
  if (!spaces.empty())
    what.ns = shortened(spaces);
  else if (what.resource == "namespaces" && !what.name.empty())
    what.ns = "the cluster"; // that is where these objects are
  if (missing.empty())
    return {finding_level::good, "may " + to_string(what), ""};
  return {finding_level::fault, "may not " + to_string(what) + ": needed " + about.purpose,
          "install the roles of the chart (rbac.create, and rbac.namespaces where the scope is a "
          "list), or apply deploy/rbac.yaml"};
}

void repeated_findings::add(const std::string& subject, finding one) {
  const auto known = std::find_if(items_.begin(), items_.end(),
                                  [&](const item& other) { return other.what == one; });
  if (known == items_.end())
    items_.push_back({std::move(one), {subject}});
  else
    known->subjects.push_back(subject);
}

std::vector<finding> repeated_findings::told() const {
  std::vector<finding> out;
  for (const auto& [what, subjects] : items_) {
    out.push_back(what);
    out.back().text = shortened(subjects) +
                      (subjects.size() > 1 ? " (" + std::to_string(subjects.size()) + " of them)"
                                           : std::string{}) +
                      ": " + what.text;
  }
  return out;
}

finding clock_finding(const std::string& whose, std::chrono::milliseconds ahead) {
  const auto off = std::chrono::abs(ahead);
  if (off <= usual)
    return {finding_level::good, "the clock agrees with that of " + whose, ""};
  const auto by = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(off).count());
  const std::string text = "the clock of this machine is " + by + " s " +
                           (ahead > 0ms ? "ahead of" : "behind") + " that of " + whose;
  return {off < refused_from ? finding_level::note : finding_level::fault, text,
          "synchronise it (NTP)"};
}

std::string step_name(const cloud_call& call) {
  const auto& what = call.what;
  auto name = (what.service == aliyun::product::sts ? "sts " : "cr ") + what.action;
  for (const auto* list : {&what.form, &what.query})
    for (const auto& [key, value] : *list)
      if (key == "RoleArn" || key == "InstanceId")
        name += " of " + value;
  return name;
}

finding login_finding(const registry::login_outcome& outcome) {
  if (!outcome.reason)
    return {finding_level::good, outcome.domain + " accepts the credential", ""};
  auto out = fault_of("", *outcome.reason);
  if (!outcome.reason->cause.empty())
    out.text = outcome.reason->cause;
  if (outcome.verdict != registry::login_verdict::refused)
    out.level = finding_level::note; // the nodes may be elsewhere
  return out;
}

std::string in_words(std::chrono::milliseconds took) {
  if (took < 1s)
    return std::to_string(took.count()) + " ms";
  const auto tenths = took.count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

} // namespace acr::helper
