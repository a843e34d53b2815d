#include "tools/faultlab/invariants/writes.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "protocol/json.hpp"
#include "tools/faultlab/invariants/admission.hpp"

namespace acr::faultlab {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds watch_window = 20min;
constexpr std::size_t most_watches = 6; // of each replica
// Without an account a namespace's Secret waits two seconds.
constexpr std::chrono::milliseconds new_for = 1500ms;

pull_secrets foreign_ones(const pull_secrets& list) {
  pull_secrets out;
  std::copy_if(list.begin(), list.end(), std::back_inserter(out),
               [](const std::string& name) { return !is_our_name(name); });
  return out;
}

bool is_linked(const json::object& account) {
  const auto list = pull_secrets_of(&account);
  return std::find(list.begin(), list.end(), our_first_name) != list.end();
}

/// All except counters of the server and the fields that we may change.
json::object rest_of(const json::object& account) {
  json::object out = account;
  out.erase("imagePullSecrets");
  if (auto* metadata = out.if_contains("metadata"); metadata && metadata->is_object())
    for (const char* key : {"resourceVersion", "managedFields"})
      metadata->get_object().erase(key);
  return out;
}

bool same(const json::object& a, const json::object& b, std::string_view key) {
  const auto* x = a.if_contains(key);
  const auto* y = b.if_contains(key);
  return (!x && !y) || (x && y && *x == *y);
}

/// The annotations contain the expiry of the credentials.
bool same_notes(const json::object& a, const json::object& b) {
  const auto* x = object_at(&a, "metadata");
  const auto* y = object_at(&b, "metadata");
  return x && y && same(*x, *y, "annotations");
}

/// Namespace and name in "/api/v1/namespaces/team-0/secrets/x?...".
std::pair<std::string, std::string> object_in(std::string_view target) {
  target = target.substr(0, target.find('?'));
  const auto slash = target.rfind('/');
  constexpr std::string_view before{"/namespaces/"};
  const auto ns = target.find(before);
  if (slash == std::string_view::npos || ns == std::string_view::npos)
    return {};
  const auto begin = ns + before.size();
  return {std::string{target.substr(begin, target.find('/', begin) - begin)},
          std::string{target.substr(slash + 1)}};
}

class write_checker : public checker {
public:
  using checker::checker;

  void changed(const change_seen& seen) override {
    if (!on_.world)
      return;
    if (seen.resource == "namespaces" && !seen.before)
      born_[text_at(seen.object(), "metadata", "name")] = {on_.elapsed()};
    if (seen.resource == "serviceaccounts" && !seen.before && !is_linked(*seen.after))
      if (const auto found = born_.find(text_at(seen.object(), "metadata", "namespace"));
          found != born_.end())
        found->second.accounts.emplace(text_at(seen.object(), "metadata", "name"),
                                       on_.elapsed() + on_.about.world.delay_most);
    if (seen.by.empty())
      return;
    const auto& object = seen.object();
    const auto name = text_at(object, "metadata", "name");
    if (on_.about.world.webhook && is_of_webhook(seen.resource, name))
      return;
    changed_.emplace(std::string{seen.resource}, text_at(object, "metadata", "namespace"), name);
    const auto ns = text_at(object, "metadata", "namespace");
    const auto place = std::string{seen.resource}.append(" ").append(ns).append("/").append(name);
    if (seen.resource == "serviceaccounts")
      check_account(seen, place);
    else if (seen.resource == "secrets")
      check_secret(seen, place, name, ns);
    else if (seen.resource != "events" && seen.resource != "leases")
      on_.complain("I9", place + " is none of the helper's business");
  }

  void passed(const traffic& seen) override {
    using kind = traffic::kind;
    if (!on_.world || seen.stream || seen.what == kind::arrived)
      return;
    if (seen.what == kind::sent) {
      if (seen.method != "PATCH" || seen.host != "api.lab")
        return;
      const auto [ns, object] = object_in(seen.target);
      if (seen.target.find("/secrets/") != std::string_view::npos)
        secrets_under_way_[seen.id] = ns;
      else if (const auto found = born_.find(ns); found != born_.end())
        found->second.patched.insert(object);
      return;
    }
    if (const auto found = secrets_under_way_.find(seen.id); found != secrets_under_way_.end()) {
      if (seen.what == kind::answered)
        check_order(found->second);
      secrets_under_way_.erase(found);
    }
  }

  void requested(const kubesim::audit_record& record) override {
    if (record.user != helper_user || !on_.world ||
        (on_.about.world.webhook && is_of_webhook(record.resource, record.name)))
      return;
    if (record.verb == "watch")
      return count_watch(record);
    const bool read = record.verb == "get" || record.verb == "list";
    if (!read && record.verb != "patch" && record.verb != "delete" && record.verb != "update")
      return;
    if (!read)
      check_effect(record);
    demand all;
    all.cloud = false;
    if (read && on_.calm.calm(on_.elapsed(), all, 10min) && undisturbed_namespaces())
      on_.complain("I6", "a " + record.verb + " of " + record.resource +
                             " in a world where nothing happens");
  }

private:
  /// A watch lasts five minutes at least, and ends sooner only after a fault.
  void count_watch(const kubesim::audit_record& record) {
    const auto now = on_.elapsed();
    const auto selector = std::min(record.uri.find("fieldSelector="), record.uri.size());
    const auto which = record.uri.substr(selector, record.uri.find('&', selector) - selector);
    auto& opened = watches_[record.resource + " " + record.ns + " " + which];
    opened.push_back(now);
    while (opened.front() + watch_window < now)
      opened.pop_front();
    demand all;
    all.cloud = false;
    all.object = no_single_object;
    // Each helper has its own watches; an overlap adds one.
    const auto most = most_watches * std::max(static_cast<std::size_t>(on_.about.world.replicas),
                                              on_.world->replicas());
    if (opened.size() > most && on_.calm.calm(now, all, watch_window + 2min))
      on_.complain("I6", "a watch of " + record.resource + " was opened " +
                             std::to_string(opened.size()) + " times in " +
                             write_span(watch_window) + ", and nothing was wrong");
  }

  /// The API server keeps the version of an object that a patch leaves unchanged: no watch reports
  /// such a write, but it is one too many.
  void check_effect(const kubesim::audit_record& record) {
    const bool effective = changed_.erase({record.resource, record.ns, record.name}) > 0;
    if (effective || record.verb != "patch" || record.status != 200 ||
        (record.resource != "secrets" && record.resource != "serviceaccounts"))
      return;
    demand all;
    all.cloud = false;
    all.ns = record.ns;
    all.object = {record.resource, record.name};
    if (on_.calm.calm(on_.elapsed(), all))
      on_.complain("I6", record.resource + " " + record.ns + "/" + record.name +
                             " was patched without effect");
  }

  /// Pods keep the list that their account had: in a new namespace the link of an account must not
  /// wait for the answer to the Secret. Checked when such an answer arrives.
  void check_order(const std::string& ns) {
    const auto* space = on_.held.find(ns);
    const auto born = born_.find(ns);
    const auto now = on_.elapsed();
    if (!space || born == born_.end() || now - born->second.at > new_for)
      return;
    for (const auto& [account, list] : space->accounts) {
      demand of;
      of.people = false; // the namespace has just been created
      of.ns = ns;
      of.object = {"serviceaccounts", account};
      const auto known_by = born->second.accounts.find(account);
      if (on_.in_scope(ns, *space) && on_.links_in(*space, account) &&
          known_by != born->second.accounts.end() && known_by->second < now &&
          !born->second.patched.contains(account) && on_.calm.calm(now, of))
        on_.complain("I7", "the link of account " + ns + "/" + account +
                               " waited for the answer to the Secret");
    }
  }

  /// No namespace was changed lately: reading a changed account is no waste.
  bool undisturbed_namespaces() const {
    const auto now = on_.elapsed();
    return std::none_of(on_.calm.all().begin(), on_.calm.all().end(), [&](const disturbance& item) {
      return item.of == disturbance::part::people && item.from <= now &&
             now <= std::max(item.from, item.until) + 10min;
    });
  }

  void check_account(const change_seen& seen, const std::string& place) {
    if (!seen.before || !seen.after) {
      on_.complain("I9", place + " was created or deleted");
      return;
    }
    if (const auto what = clobbered(pull_secrets_of(seen.before), pull_secrets_of(seen.after));
        !what.empty() && !owned_by_a_policy(text_at(seen.object(), "metadata", "namespace"),
                                            text_at(seen.object(), "metadata", "name")))
      on_.complain("I4", place + ": " + what);
    if (rest_of(*seen.before) != rest_of(*seen.after))
      on_.complain("I9", place + ": more than its list was changed");
  }

  /// A mutating policy replaces the requested list with its own.
  bool owned_by_a_policy(const std::string& ns, const std::string& account) const {
    const auto now = on_.elapsed();
    return std::any_of(on_.about.timeline.begin(), on_.about.timeline.end(), [&](const auto& item) {
      return item.how == "admission" && !item.param("pull-secrets").empty() &&
             item.param("namespace", ns) == ns && item.param("name", account) == account &&
             item.at <= now && now <= item.at + item.lasts;
    });
  }

  void check_secret(const change_seen& seen, const std::string& place, const std::string& name,
                    const std::string& ns) {
    if (!is_our_name(name)) {
      on_.complain("I9", place + " is not ours");
      return;
    }
    const auto* space = on_.held.find(ns);
    if (seen.before && !on_.held.read(*seen.before).ours && !managed_by_us(*seen.before))
      on_.complain("I9", place + " was somebody else's");
    if (seen.after && !(space && serves(on_.about.world, on_.world->wanted(), ns, *space)) &&
        !lately_in_scope())
      on_.complain("I9", place + " is out of scope");
    if (seen.after && !on_.held.read(*seen.after).usable)
      on_.complain("I9", place + " cannot be read by a kubelet");
    demand all;
    all.cloud = false;
    all.ns = ns;
    all.object = {"secrets", name};
    if (seen.before && seen.after && same(*seen.before, *seen.after, "data") &&
        same_notes(*seen.before, *seen.after) && on_.calm.calm(on_.elapsed(), all))
      on_.complain("I6", place + " was written again with the same content");
  }

  /// Requests that were in flight when the configuration changed; or the change could not be seen.
  bool lately_in_scope() const {
    demand people;
    people.cloud = false;
    return !on_.calm.calm(on_.elapsed(), people);
  }

  /// A namespace that was just created.
  struct newborn {
    std::chrono::milliseconds at{};
    /// When the helper knows of each account at the latest.
    std::map<std::string, std::chrono::milliseconds> accounts{};
    std::set<std::string> patched{}; ///< Accounts whose patch was sent.
  };

  using object_name =
      std::tuple<std::string, std::string, std::string>; ///< Resource, namespace, name.
  std::set<object_name> changed_;                        ///< Since a helper's last write of it.
  std::map<std::string, newborn> born_;
  std::map<std::uint64_t, std::string> secrets_under_way_; ///< Namespaces, by exchange.
  std::map<std::string, std::deque<std::chrono::milliseconds>> watches_;
};

} // namespace

std::string clobbered(const pull_secrets& before, const pull_secrets& after) {
  if (foreign_ones(before) != foreign_ones(after))
    return "entries of others were lost, moved or doubled";
  auto ours = after;
  std::erase_if(ours, [](const std::string& name) { return !is_our_name(name); });
  std::sort(ours.begin(), ours.end());
  if (std::adjacent_find(ours.begin(), ours.end()) != ours.end())
    return "our entry is there twice";
  return {};
}

std::unique_ptr<checker> check_writes(bench& on) { return std::make_unique<write_checker>(on); }

} // namespace acr::faultlab
