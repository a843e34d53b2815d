#include "tools/helper/why_view.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "actors/writer/desired_secrets.hpp"
#include "actors/writer/observed_namespace.hpp"
#include "protocol/registry/docker_config.hpp"
#include "protocol/registry/image.hpp"
#include "tools/helper/why_kubelet.hpp"

namespace acr::helper {

namespace {

bool contains(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

} // namespace

bool covers(const known_entry& entry, const std::string& image) {
  return registry::covers(entry.host, registry::host_of(image));
}

pull_view::pull_view(const pull_facts& facts) : facts_{facts}, list_{pull_list(facts)} {
  for (std::size_t i = 0; i < facts_.secrets.size(); ++i)
    content_.push_back(read_ours(i));
  for (const auto& image : images_of(facts_))
    images_.emplace_back(image);
}

bool pull_view::concerned() const {
  return images_.empty() || std::any_of(images_.begin(), images_.end(), [&](auto& image) {
           return !pulled(image) && our_business(image) && (!other_for(image) || fails(image));
         });
}

bool pull_view::listed(std::size_t index) const { return contains(list_, secret_names.at(index)); }

bool pull_view::ours(std::size_t index) const {
  return facts_.secrets.at(index) && is_ours(*facts_.secrets.at(index));
}

bool pull_view::is_linked(const std::vector<std::string>& names) const {
  const auto& account = facts_.service_account;
  return !account || std::all_of(names.begin(), names.end(), [&](const auto& name) {
    return contains(account->pull_secrets.value_or(std::vector<std::string>{}), name);
  });
}

bool pull_view::has_own_list() const {
  const auto& account = facts_.service_account;
  const auto of_account = account ? account->pull_secrets : std::nullopt;
  return std::any_of(list_.begin(), list_.end(), [&](const auto& name) {
    return !contains(of_account.value_or(std::vector<std::string>{}), name);
  });
}

pull_view::need pull_view::needs(std::size_t index) const {
  auto most = need::none;
  for (const auto& image : images_) {
    if (pulled(image) || std::none_of(content_[index].begin(), content_[index].end(),
                                      [&](const auto& one) { return covers(one, image); }))
      continue;
    most = std::max(most, !can_pull(image) || fails(image) ? need::surely : need::maybe);
  }
  return most;
}

/// The readable entries of a Secret of ours.
std::vector<known_entry> pull_view::read_ours(std::size_t index) {
  std::vector<known_entry> out;
  const auto& secret = facts_.secrets.at(index);
  if (!secret || !is_ours(*secret) || secret->type != kubernetes::docker_config_type)
    return out;
  const auto entries = registry::parse_docker_config(secret->docker_config);
  if (!entries)
    return out;
  any_readable_ = true;
  const auto found = secret->annotations.find(instances_annotation);
  const auto rows =
      found == secret->annotations.end() ? std::vector<instance_row>{} : read_rows(found->second);
  for (const auto& entry : *entries) {
    known_entry one{index, entry.host, entry.blank(), "", std::nullopt};
    for (const auto& row : rows)
      if (contains(row.domains, entry.host)) {
        one.instance = row.instance;
        one.ends = row.expires_at;
      }
    out.push_back(std::move(one));
  }
  // With --on-expiry=remove the entry goes, and the row stays.
  for (const auto& row : rows)
    for (const auto& domain : row.domains)
      if (!row.expires_at && std::none_of(out.begin(), out.end(), [&](const known_entry& one) {
            return one.host == domain;
          }))
        out.push_back({index, domain, true, row.instance, std::nullopt});
  return out;
}

std::vector<known_entry> pull_view::tried_for(const std::string& image) const {
  std::vector<known_entry> out;
  for (std::size_t i = 0; i < content_.size(); ++i)
    if (listed(i) || !list_known())
      for (const auto& entry : content_[i])
        if (covers(entry, image))
          out.push_back(entry);
  return out;
}

/// Without a list, all possible entries are considered.
bool pull_view::list_known() const {
  return facts_.pod || (facts_.service_account && !list_.empty());
}

const registry::pull_secret* pull_view::other_for(const std::string& image) const {
  for (const auto& other : facts_.others)
    for (const auto& entry : other.entries)
      if (!entry.blank() && registry::image_matches(entry, image))
        return &other;
  return nullptr;
}

bool pull_view::can_pull(const std::string& image) const {
  const auto tried = tried_for(image);
  return other_for(image) || std::any_of(tried.begin(), tried.end(), [&](const auto& entry) {
           return entry.usable(facts_.now);
         });
}

bool pull_view::of_container(const std::string& image,
                             bool (*what)(const kubernetes::pod_container&)) const {
  return facts_.pod &&
         std::any_of(facts_.pod->containers.begin(), facts_.pod->containers.end(),
                     [&](const auto& one) { return one.image == image && what(one); });
}

bool pull_view::fails(const std::string& image) const {
  return of_container(image, waits_for_image);
}

bool pull_view::pulled(const std::string& image) const {
  return !fails(image) && of_container(image, [](const auto& one) { return one.pulled; });
}

bool pull_view::everything_pulled() const {
  return !images_.empty() && std::all_of(images_.begin(), images_.end(),
                                         [&](const auto& image) { return pulled(image); });
}

bool pull_view::our_business(const std::string& image) const {
  const auto host = registry::host_of(image);
  if (host.ends_with(".aliyuncs.com") || configured(host))
    return true;
  if (!facts_.configuration && !facts_.secrets[0]) // the domains are unknown
    return host != "docker.io";
  return std::any_of(content_.begin(), content_.end(), [&](const auto& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& entry) { return covers(entry, image); });
  });
}

bool pull_view::configured(const std::string& host) const {
  if (!facts_.configuration)
    return false;
  const auto& instances = facts_.configuration->instances;
  return std::any_of(instances.begin(), instances.end(), [&](const auto& one) {
    return std::any_of(one.domains.begin(), one.domains.end(),
                       [&](const auto& domain) { return registry::covers(domain, host); });
  });
}

/// The entry with that domain, if each that has it is limited to other namespaces.
const config::instance* pull_view::limited_entry(const std::string& host) const {
  const config::instance* found = nullptr;
  if (facts_.configuration)
    for (const auto& one : facts_.configuration->instances) {
      if (std::none_of(one.domains.begin(), one.domains.end(),
                       [&](const auto& domain) { return registry::covers(domain, host); }))
        continue;
      if (one.namespaces.contains(facts_.ns))
        return nullptr;
      found = &one;
    }
  return found;
}

/// Entries without `domains` that do not go to this namespace.
std::vector<std::string> pull_view::limited_elsewhere() const {
  std::vector<std::string> names;
  if (facts_.configuration)
    for (const auto& one : facts_.configuration->instances)
      if (one.domains.empty() && !one.namespaces.contains(facts_.ns))
        names.push_back(one.name);
  return names;
}

std::string way_into(const selection& list, const std::string& key, const std::string& name) {
  std::string bans;
  for (const auto& one : list.excluded)
    if (matches(one, name))
      bans.append(bans.empty() ? "!" : " and !").append(one);
  if (bans.empty())
    return "add " + name + " to " + key + ", or set that to all";
  auto without = list;
  without.excluded.clear();
  return "take " + bans + " out of " + key +
         (without.contains(name) ? "" : ", and add " + name + " to it");
}

} // namespace acr::helper
