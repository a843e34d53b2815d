#include "config/diff.hpp"

#include <algorithm>
#include <utility>

#include "protocol/instance_name.hpp"

namespace acr::config {

namespace {

const instance* find(const configuration& in, const std::string& name) {
  const auto found = std::find_if(in.instances.begin(), in.instances.end(),
                                  [&](const instance& i) { return i.name == name; });
  return found == in.instances.end() ? nullptr : &*found;
}

/// Where a credential goes changes nothing about how it is obtained.
bool same_credential(instance before, const instance& after) {
  before.namespaces = after.namespaces;
  return before.same_as(after);
}

bool only_domains_differ(instance before, const instance& after) {
  before.domains = after.domains;
  return same_credential(std::move(before), after);
}

/// The entries of `those` that `others` does not contain.
std::vector<const instance*> unnamed(const configuration& those, const configuration& others) {
  std::vector<const instance*> all;
  for (const auto& one : those.instances)
    if (!find(others, one.name))
      all.push_back(&one);
  return all;
}

bool of_one_instance(const instance& a, const instance& b) {
  return base_of_name(a.name) == base_of_name(b.name);
}

/// The entries of `before` that have other names in `after`.
std::vector<renaming> renamings(const configuration& before, const configuration& after) {
  std::vector<renaming> all;
  auto gone = unnamed(before, after);
  auto come = unnamed(after, before);
  const auto pair = [&](const instance* old, const instance* wanted) {
    all.push_back({old->name, wanted->name});
    std::erase(gone, old);
    std::erase(come, wanted);
  };
  // First those with the same chain, whichever namespaces they are limited to.
  for (const auto* wanted : std::vector{come}) {
    const auto same = std::find_if(gone.begin(), gone.end(), [&](const instance* old) {
      return of_one_instance(*old, *wanted) && old->chain == wanted->chain &&
             (!wanted->personal() || old->domains.empty() == wanted->domains.empty());
    });
    if (same != gone.end())
      pair(*same, wanted);
  }
  // Then a changed one, if it is unambiguous.
  for (const auto* wanted : std::vector{come}) {
    const auto of_it = [&](const instance* one) { return of_one_instance(*one, *wanted); };
    if (std::count_if(gone.begin(), gone.end(), of_it) == 1 &&
        std::count_if(come.begin(), come.end(), of_it) == 1)
      pair(*std::find_if(gone.begin(), gone.end(), of_it), wanted);
  }
  return all;
}

bool same_entries(const configuration& a, const configuration& b) {
  return a.notify_email == b.notify_email &&
         std::equal(a.instances.begin(), a.instances.end(), b.instances.begin(), b.instances.end(),
                    [](const instance& x, const instance& y) {
                      return x.name == y.name && x.domains == y.domains &&
                             x.namespaces == y.namespaces;
                    });
}

} // namespace

bool difference::empty() const {
  return renamed.empty() && gone.empty() && fresh.empty() && moved.empty() && !threshold &&
         !scope && !entries;
}

difference diff(const configuration* before, const configuration& after) {
  auto from = before ? *before : configuration{};
  difference changes;
  changes.renamed = renamings(from, after);
  for (const auto& renamed : changes.renamed)
    std::find_if(from.instances.begin(), from.instances.end(), [&](const instance& one) {
      return one.name == renamed.before;
    })->name = renamed.after;
  for (const auto& old : from.instances)
    if (!find(after, old.name))
      changes.gone.push_back(old.name);
  for (const auto& wanted : after.instances) {
    const auto* old = find(from, wanted.name);
    auto& kind = !old                                ? changes.fresh
                 : same_credential(*old, wanted)     ? changes.untouched
                 : only_domains_differ(*old, wanted) ? changes.moved
                                                     : changes.fresh;
    kind.push_back(wanted.name);
  }
  changes.threshold = !before || from.expiring_threshold != after.expiring_threshold;
  changes.scope = !before || served_namespaces(from) != served_namespaces(after) ||
                  from.namespace_labels != after.namespace_labels ||
                  from.service_accounts != after.service_accounts;
  changes.entries = !before || !same_entries(*before, after);
  return changes;
}

} // namespace acr::config
