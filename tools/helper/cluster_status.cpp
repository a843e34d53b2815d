#include "tools/helper/cluster_status.hpp"

#include <algorithm>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "actors/configured.hpp"
#include "actors/writer/desired_secrets.hpp"
#include "protocol/text.hpp"
#include "runtime/observability/status_json.hpp"
#include "tools/helper/text_table.hpp"

namespace acr::helper {

namespace {

namespace json = boost::json;

constexpr std::size_t most_named = 10;

bool ours(const kubernetes::secret& secret) {
  const auto label = secret.labels.find(managed_by_label);
  return label != secret.labels.end() && label->second == kubernetes::field_manager;
}

void count(const kubernetes::secret& secret, wall_time now, cluster_view& into) {
  const auto annotation = secret.annotations.find(instances_annotation);
  if (annotation == secret.annotations.end())
    return;
  for (const auto& row : read_rows(annotation->second)) {
    auto& known = into.instances[row.instance];
    for (const auto& domain : row.domains)
      if (std::find(known.domains.begin(), known.domains.end(), domain) == known.domains.end())
        known.domains.push_back(domain);
    if (!row.expires_at || *row.expires_at <= now) {
      ++known.withdrawn;
      continue;
    }
    ++known.namespaces;
    known.first_expiry = std::min(known.first_expiry.value_or(*row.expires_at), *row.expires_at);
  }
}

bool is_linked(const kubernetes::service_account& account) {
  return account.pull_secrets &&
         std::find(account.pull_secrets->begin(), account.pull_secrets->end(),
                   secret_names.front()) != account.pull_secrets->end();
}

const char* state_of(const instance_view& one) {
  return one.namespaces == 0 ? (one.withdrawn > 0 ? "withdrawn" : "missing")
         : one.withdrawn > 0 ? "partly valid"
                             : "valid";
}

std::string named(const std::vector<std::string>& list) {
  std::string out;
  for (std::size_t i = 0; i < std::min(list.size(), most_named); ++i)
    out += (out.empty() ? "" : ", ") + list[i];
  if (list.size() > most_named)
    out += " and " + std::to_string(list.size() - most_named) + " more";
  return out;
}

} // namespace

namespace {

/// Whether a helper leads, according to the Lease.
std::string about_leader(const cluster_facts& facts) {
  if (!facts.lease)
    return facts.lease_hidden ? "the Lease may not be read: whether a helper runs cannot be told"
                              : "there is no Lease: whether a helper runs cannot be told from the "
                                "cluster";
  const auto& lease = *facts.lease;
  if (lease.holder.empty())
    return "nobody leads: the last leader has ended";
  // A small clock difference is not worth a note.
  const auto limit = 2 * lease.duration + std::chrono::seconds{10};
  if (lease.renewed_at && facts.now - *lease.renewed_at > limit)
    return "nobody leads: " + one_line(lease.holder) + " renewed the Lease " +
           relative(lease.renewed_at, facts.now) + " for the last time. Does the helper run?";
  return {};
}

void remark(const cluster_facts& facts, cluster_view& out) {
  const auto add = [&out](std::string text) {
    if (!text.empty())
      out.remarks.push_back(std::move(text));
  };
  add(facts.no_configuration);
  add(about_leader(facts));
  if (facts.configuration && out.in_scope == 0)
    add("no namespace is in scope: see watch-namespace in the configuration");
  else if (facts.configuration && out.accounts == 0)
    add("no ServiceAccount is in scope: see service-account in the configuration");
}

} // namespace

cluster_view view_cluster(const cluster_facts& facts) {
  cluster_view out;
  std::set<std::string> holding;
  for (const auto& secret : facts.secrets) {
    if (!ours(secret)) {
      ++out.foreign;
      continue;
    }
    holding.insert(secret.meta.ref.ns);
    count(secret, facts.now, out);
  }
  if (facts.configuration)
    for (const auto& instance : facts.configuration->instances) {
      const auto known = out.instances.try_emplace(instance.name);
      if (known.second)
        known.first->second.domains = instance.domains;
      if (instance.limited())
        known.first->second.limited_to = in_words(instance.namespaces);
    }
  std::optional<select_scope> wanted;
  if (facts.configuration)
    wanted = scope_of(*facts.configuration);
  std::set<std::string> scope;
  for (const auto& space : facts.namespaces) {
    const auto& name = space.meta.ref.name;
    if (!space.terminating && (wanted ? wanted->serves(space) : holding.contains(name)))
      scope.insert(name);
  }
  out.in_scope = scope.size();
  for (const auto& name : scope)
    if (holding.contains(name))
      ++out.served;
    else
      out.unserved.push_back(name);
  for (const auto& account : facts.accounts) {
    const auto& ref = account.meta.ref;
    if (!scope.contains(ref.ns) || (wanted && !wanted->links(account)))
      continue;
    ++out.accounts;
    out.linked += is_linked(account) ? 1 : 0;
  }
  if (facts.lease) {
    out.leader = facts.lease->holder;
    out.leader_renewed_at = facts.lease->renewed_at;
  }
  remark(facts, out);
  return out;
}

std::string to_json(const cluster_view& view, wall_time now) {
  json::array instances;
  for (const auto& [name, one] : view.instances)
    instances.push_back(
        {{"name", name},
         {"state", state_of(one)},
         {"limitedTo", one.limited_to.empty() ? json::value(nullptr) : json::value(one.limited_to)},
         {"domains", json::value_from(one.domains)},
         {"expiresAt", time_or_null(one.first_expiry)},
         {"namespaces", one.namespaces},
         {"namespacesWithdrawn", one.withdrawn}});
  return json::serialize(json::object{{"source", "cluster"},
                                      {"now", to_rfc3339(now)},
                                      {"leader", view.leader},
                                      {"leaderRenewedAt", time_or_null(view.leader_renewed_at)},
                                      {"remarks", json::value_from(view.remarks)},
                                      {"instances", std::move(instances)},
                                      {"namespaces",
                                       {{"inScope", view.in_scope},
                                        {"served", view.served},
                                        {"unserved", json::value_from(view.unserved)},
                                        {"foreignSecrets", view.foreign},
                                        {"serviceAccounts", view.accounts},
                                        {"serviceAccountsLinked", view.linked}}}});
}

std::string in_words(const cluster_view& view, wall_time now) {
  std::string out = "read from the cluster";
  if (!view.leader.empty())
    out +=
        "; leader " + one_line(view.leader) + ", renewed " + relative(view.leader_renewed_at, now);
  for (const auto& text : view.remarks)
    out += "\nNOTE: " + text;
  out += "\nnamespaces: " + std::to_string(view.served) + " of " + std::to_string(view.in_scope) +
         " served, " + std::to_string(view.foreign) +
         (view.foreign == 1 ? " foreign Secret" : " foreign Secrets") +
         "; service accounts: " + std::to_string(view.linked) + " of " +
         std::to_string(view.accounts) + " linked\n";
  if (!view.unserved.empty())
    out += "  not served: " + named(view.unserved) + "\n";
  for (const auto& [name, one] : view.instances)
    if (!one.limited_to.empty())
      out += "  " + one_line(name) + " is limited to " + one_line(one.limited_to) + "\n";
  if (view.instances.empty())
    return out + "\nno instances\n";
  std::vector<table_row> rows{{"INSTANCE", "STATE", "EXPIRES", "NAMESPACES", "DOMAINS"}};
  for (const auto& [name, one] : view.instances) {
    auto domains = one.domains.empty() ? "-" : one.domains.front();
    if (one.domains.size() > 1)
      domains += " +" + std::to_string(one.domains.size() - 1);
    rows.push_back({one_line(name), state_of(one), relative(one.first_expiry, now),
                    std::to_string(one.namespaces), one_line(domains)});
  }
  return out + "\n" + text_table(rows);
}

} // namespace acr::helper
