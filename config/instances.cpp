#include "config/instances.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "config/entry.hpp"
#include "config/file_entry.hpp"
#include "config/parse.hpp"

namespace acr::config {

namespace {

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

/// Adds the domains of `doubled`; none means all.
void merge_domains(instance& kept, const instance& doubled) {
  if (kept.domains.empty() || doubled.domains.empty()) {
    kept.domains.clear();
    return;
  }
  for (const auto& domain : doubled.domains)
    if (std::find(kept.domains.begin(), kept.domains.end(), domain) == kept.domains.end())
      kept.domains.push_back(domain);
}

/// The hosts of new Personal instances (`crpi-...`) are not among "all" of Personal edition; and
/// what goes to other namespaces is another entry, with a password of its own.
bool can_merge(const instance& kept, const instance& doubled) {
  return kept.namespaces == doubled.namespaces &&
         (!kept.personal() || kept.domains.empty() == doubled.domains.empty());
}

/// They differ in nothing but the namespaces that they are limited to.
bool only_limits_differ(const instance& a, const instance& b) {
  return base_name(a) == base_name(b) && same_roles(a.chain, b.chain) &&
         a.namespaces != b.namespaces;
}

struct read_one {
  instance entry;
  std::string key;
  position at;
};

/// Hash (32-bit FNV-1a) of what distinguishes an entry from others of the same instance: stable
/// across releases, since it is in names that Secrets and metrics show. Without secrets.
std::uint32_t way_digest(const instance& entry, bool with_limit, std::uint32_t salt) {
  std::uint32_t digest = 2166136261U + salt;
  const auto add = [&digest](std::string_view text) {
    for (const char byte : text)
      digest = (digest ^ static_cast<unsigned char>(byte)) * 16777619U;
    digest = (digest ^ 0xFFU) * 16777619U; // a byte that no UTF-8 text has: marks boundaries
  };
  const auto& chain = entry.chain;
  const auto& origin = chain.origin;
  add(std::to_string(static_cast<int>(origin.from)));
  for (const auto* text :
       {&origin.access_key_id, &origin.secret_namespace, &origin.secret_name, &origin.role_name,
        &origin.profile, &chain.rrsa_role_arn, &chain.rrsa_oidc_provider_arn})
    add(*text);
  for (const auto& role : chain.roles) {
    add(role.arn);
    add(role.external_id);
  }
  if (entry.personal())
    add(entry.domains.empty() ? "all" : "named");
  if (with_limit)
    add(in_words(entry.namespaces));
  return digest;
}

std::string in_hex(std::uint32_t number) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 28; shift >= 0; shift -= 4)
    text += digits[(number >> static_cast<unsigned>(shift)) & 0xFU];
  return text;
}

/// One credential serves all entries of an instance with the same roles: duplicates are dropped,
/// and their domains added to the first.
std::vector<instance> merged(std::vector<read_one>&& all, problem_list& problems) {
  std::vector<instance> kept;
  for (auto& [entry, key, at] : all) {
    const auto first = std::find_if(kept.begin(), kept.end(), [&entry = entry](const auto& other) {
      return base_name(other) == base_name(entry) && same_roles(other.chain, entry.chain) &&
             can_merge(other, entry);
    });
    if (first == kept.end()) {
      kept.push_back(std::move(entry));
      continue;
    }
    const bool more = first->domains != entry.domains;
    merge_domains(*first, entry);
    problems.add(severity::warning, key, at, "",
                 "names the instance and roles of the entry in line " +
                     std::to_string(first->line) +
                     (more ? ": its domains are added to that one" : ": ignored"));
  }
  return kept;
}

/// Each Secret of a namespace holds a domain once: where all do, a further entry has no effect.
/// Earlier entries count if they go to all namespaces of this one.
void tell_crowded_domains(const std::vector<instance>& all, const std::string& list_key,
                          problem_list& problems) {
  using limits = std::vector<const selection*>;
  std::map<std::string_view, limits> uses;
  for (const auto& entry : all)
    for (const auto& domain : entry.domains) {
      auto& before = uses[domain];
      const auto there = std::count_if(before.begin(), before.end(), [&](const selection* one) {
        return *one == selection{true} || *one == entry.namespaces;
      });
      before.push_back(&entry.namespaces);
      if (there >= most_instances_of_a_domain)
        problems.add(severity::warning, list_key, {entry.line, 0}, domain,
                     "is a domain of " + std::to_string(most_instances_of_a_domain) +
                         " instances before " + entry.name +
                         ", and a namespace has as many Secrets: for this one it has no effect");
    }
}

/// Warns of entries that are limited to namespaces that are not watched.
void tell_unwatched(const std::vector<instance>& all, const selection& watched,
                    const vocabulary& words, problem_list& problems) {
  for (const auto& entry : all) {
    std::vector<std::string> lost;
    for (const auto& name : entry.namespaces.names)
      if (!watched.contains(name))
        lost.push_back(name);
    const bool nowhere =
        entry.namespaces.open()
            ? !watched.open() && std::none_of(watched.names.begin(), watched.names.end(),
                                              [&](const std::string& name) {
                                                return entry.namespaces.contains(name);
                                              })
            : lost.size() == entry.namespaces.names.size();
    if (nowhere)
      problems.add(severity::warning, std::string{words.instances}, {entry.line, 0},
                   in_words(entry.namespaces),
                   "the namespaces of " + entry.name + " are none of `" +
                       std::string{words.namespaces} + "`: its credentials go nowhere");
    else if (!lost.empty())
      problems.add(severity::warning, std::string{words.instances}, {entry.line, 0},
                   in_words(selection{false, lost}),
                   "of the namespaces of " + entry.name + ", these are not in `" +
                       std::string{words.namespaces} + "`, and get nothing");
  }
}

std::vector<instance> personal_alone(const node& list, const vocabulary& words, bool rrsa_enabled,
                                     problem_list& problems) {
  if (rrsa_enabled) {
    problems.add(severity::fatal, std::string{words.instances}, list.at, "",
                 "is empty, which means Personal edition, and that cannot be used with RRSA: list "
                 "the Enterprise edition instances");
    return {};
  }
  instance personal;
  personal.name = "personal";
  return {personal};
}

} // namespace

void name_all(std::vector<instance>& all) {
  std::map<std::string, int> entries;
  for (const auto& entry : all)
    ++entries[base_name(entry)];
  std::set<std::string> taken;
  for (auto& entry : all) {
    const auto base = entry.name = base_name(entry);
    if (entries[base] == 1)
      continue;
    const bool with_limit = std::any_of(all.begin(), all.end(), [&](const instance& other) {
      return only_limits_differ(entry, other);
    });
    // More than one round: they differ only in the secret of an AccessKey, or collide by chance.
    std::uint32_t salt = 0;
    do
      entry.name = base + "#" + in_hex(way_digest(entry, with_limit, salt++));
    while (!taken.insert(entry.name).second);
  }
}

std::vector<instance> read_instances(const node& list, const vocabulary& words, bool rrsa_enabled,
                                     const selection& watched, problem_list& problems) {
  const std::string list_key{words.instances};
  const bool ours = words.form == spelling::file;
  const auto refuse = [&](std::string message) {
    problems.add(severity::fatal, list_key, list.at, list.text, std::move(message));
    return std::vector<instance>{};
  };
  if (list.is_null() || (list.is_list() && list.items.empty()))
    return personal_alone(list, words, rrsa_enabled, problems);
  if (!list.is_list())
    return refuse(std::string{"must be a list: begin each instance with `- "} +
                  (ours ? "id" : "instanceId") + ": ...`");
  if (list.items.size() > most_entries)
    return refuse("has " + std::to_string(list.items.size()) + " entries: at most " +
                  std::to_string(most_entries) + " are supported");
  std::vector<read_one> good;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const auto key = list_key + "[" + std::to_string(i) + "]";
    const auto& item = list.items[i];
    if (!ours) {
      for (auto& entry : read_entry(item, key, rrsa_enabled, words.rrsa_turn_on, problems))
        good.push_back({std::move(entry), key, item.at});
    } else if (auto entry = read_file_entry(item, key, problems)) {
      good.push_back({std::move(*entry), key, item.at});
    }
    if (good.size() > most_entries)
      return refuse("names more than " + std::to_string(most_entries) +
                    " instances: no more are supported");
  }
  if (good.empty())
    return refuse("has no usable entry");
  auto kept = merged(std::move(good), problems);
  name_all(kept);
  tell_crowded_domains(kept, list_key, problems);
  tell_unwatched(kept, watched, words, problems);
  return kept;
}

} // namespace acr::config
