#include "config/diff.hpp"

#include <algorithm>

namespace acr::config {

namespace {

const instance* find(const configuration& in, const std::string& name) {
  const auto found = std::find_if(in.instances.begin(), in.instances.end(),
                                  [&](const instance& i) { return i.name == name; });
  return found == in.instances.end() ? nullptr : &*found;
}

bool only_domains_differ(instance before, const instance& after) {
  before.domains = after.domains;
  return before.same_as(after);
}

bool same_entries(const configuration& a, const configuration& b) {
  return a.notify_email == b.notify_email &&
         std::equal(a.instances.begin(), a.instances.end(), b.instances.begin(), b.instances.end(),
                    [](const instance& x, const instance& y) {
                      return x.name == y.name && x.domains == y.domains;
                    });
}

} // namespace

bool difference::empty() const {
  return gone.empty() && fresh.empty() && moved.empty() && !threshold && !scope && !entries;
}

difference diff(const configuration* before, const configuration& after) {
  const configuration nothing;
  const auto& from = before ? *before : nothing;
  difference changes;
  for (const auto& old : from.instances)
    if (!find(after, old.name))
      changes.gone.push_back(old.name);
  for (const auto& wanted : after.instances) {
    const auto* old = find(from, wanted.name);
    auto& kind = !old                                ? changes.fresh
                 : old->same_as(wanted)              ? changes.untouched
                 : only_domains_differ(*old, wanted) ? changes.moved
                                                     : changes.fresh;
    kind.push_back(wanted.name);
  }
  changes.threshold = !before || from.expiring_threshold != after.expiring_threshold;
  changes.scope = !before || from.namespaces != after.namespaces ||
                  from.service_accounts != after.service_accounts;
  changes.entries = !before || !same_entries(from, after);
  return changes;
}

} // namespace acr::config
