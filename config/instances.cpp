#include "config/instances.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "config/entry.hpp"
#include "config/parse.hpp"

namespace acr::config {

namespace {

constexpr auto info_key = "acr-registry-info";

std::string base_name(const instance& entry) {
  return (entry.personal() ? "personal" : entry.instance_id) +
         (entry.region.empty() ? "" : "@" + entry.region);
}

bool same_roles(const role_chain& a, const role_chain& b) {
  const auto way = [](const role_chain& c) {
    return std::tie(c.origin, c.rrsa_role_arn, c.rrsa_oidc_provider_arn, c.roles);
  };
  return way(a) == way(b);
}

/// Adds the domains of `doubled`; none stands for all.
void merge_domains(instance& kept, const instance& doubled) {
  if (kept.domains.empty() || doubled.domains.empty()) {
    kept.domains.clear();
    return;
  }
  for (const auto& domain : doubled.domains)
    if (std::find(kept.domains.begin(), kept.domains.end(), domain) == kept.domains.end())
      kept.domains.push_back(domain);
}

struct read_one {
  instance entry;
  std::string key;
  position at;
};

/// Names the entries. One password serves all entries of an instance with the same roles: the
/// second of them is dropped, its domains go to the first.
std::vector<instance> named(std::vector<read_one>&& all, problem_list& problems) {
  std::vector<instance> kept;
  for (auto& [entry, key, at] : all) {
    const auto base = base_name(entry);
    std::size_t number = 1;
    instance* first = nullptr;
    for (auto& other : kept)
      if (base_name(other) == base) {
        ++number;
        if (first == nullptr && same_roles(other.chain, entry.chain))
          first = &other;
      }
    if (first != nullptr) {
      const bool more = first->domains != entry.domains;
      merge_domains(*first, entry);
      problems.add(severity::warning, key, at, "",
                   "names the instance and roles of the entry in line " +
                       std::to_string(first->line) +
                       (more ? ": its domains are added to that one" : ": ignored"));
      continue;
    }
    entry.name = number == 1 ? base : base + "#" + std::to_string(number);
    kept.push_back(std::move(entry));
  }
  return kept;
}

std::vector<instance> personal_alone(const node& list, bool rrsa_enabled, problem_list& problems) {
  if (rrsa_enabled) {
    problems.add(severity::fatal, info_key, list.at, "",
                 "is empty, which means Personal edition, and that cannot be used with RRSA: list "
                 "the Enterprise edition instances");
    return {};
  }
  instance personal;
  personal.name = "personal";
  return {personal};
}

} // namespace

std::vector<instance> read_instances(const node& list, bool rrsa_enabled, problem_list& problems) {
  const auto refuse = [&](std::string message) {
    problems.add(severity::fatal, info_key, list.at, list.text, std::move(message));
    return std::vector<instance>{};
  };
  if (list.is_null() || (list.is_list() && list.items.empty()))
    return personal_alone(list, rrsa_enabled, problems);
  if (!list.is_list())
    return refuse("must be a list: begin each instance with `- instanceId: ...`");
  if (list.items.size() > most_entries)
    return refuse("has " + std::to_string(list.items.size()) + " entries: at most " +
                  std::to_string(most_entries) + " are supported");
  std::vector<read_one> good;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const auto key = std::string{info_key} + "[" + std::to_string(i) + "]";
    if (auto entry = read_entry(list.items[i], key, rrsa_enabled, problems))
      good.push_back({std::move(*entry), key, list.items[i].at});
  }
  if (good.empty())
    return refuse("has no usable entry");
  return named(std::move(good), problems);
}

} // namespace acr::config
