#include "tools/faultlab/invariants/passwords.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "protocol/json.hpp"

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

// A timer that is due and one write.
constexpr ms timer_and_write = 5s;
// After a restart the expiry of a credential is known from the Secret's annotation, and the time
// perhaps from a Date header: both in whole seconds, and the latter was delayed on its way.
constexpr ms annotated = 2500ms;
// With a lossy link: several attempts with at most 30 s between them.
constexpr ms several_attempts = 10min;
// The time of a renewal whose first attempts fall into the fault before: the longest backoff and
// the calls.
constexpr ms enough_to_renew = 75s;

// Of a credential, whatever its kind.
constexpr ms longest_life = 12h;

class password_checker : public checker {
public:
  using checker::checker;

  void changed(const change_seen& seen) override {
    if (seen.resource != "secrets" || !is_our_name(text_at(seen.object(), "metadata", "name")))
      return;
    const auto ns = text_at(seen.object(), "metadata", "namespace");
    if (!on_.world)
      return;
    if (!seen.by.empty() && seen.before)
      compare(ns, seen);
    if (!seen.by.empty())
      hosts(ns, seen);
    watch(ns);
  }

private:
  wall_time now() const { return on_.world->time().now(); }

  /// Checks what the helper itself does to a credential that is still valid.
  void compare(const std::string& ns, const change_seen& seen) {
    const auto* space = on_.held.find(ns);
    if (!space || !on_.in_scope(ns, *space))
      return;
    const auto before = on_.held.read(*seen.before);
    const auto after = seen.after ? std::optional{on_.held.read(*seen.after)} : std::nullopt;
    for (const int i : meant_for_a_while(ns))
      for (const auto& host : instance_hosts(on_.about.world, i)) {
        const auto* had = before.find(host);
        // One with a wrong expiry may seem to be valid for longer than the next.
        if (!had || had->blank || had->ends <= now() + annotated || lied_to(host))
          continue;
        const auto* has = after ? after->find(host) : nullptr;
        if (!has || has->blank || has->ends <= now())
          on_.complain("I2", "a valid password of " + host + " in " + ns + " was given up " +
                                 write_span(had->ends - now()) + " before its end");
      }
  }

  /// An expired credential is removed with its host, or its host stays.
  void hosts(const std::string& ns, const change_seen& seen) {
    const auto* space = on_.held.find(ns);
    if (!seen.after || !space || !on_.in_scope(ns, *space))
      return;
    const auto after = on_.held.read(*seen.after);
    if (on_.about.world.removes) {
      for (const auto& entry : *after.entries)
        if (entry.blank)
          on_.complain("I1", "an empty login of " + entry.host + " in " + ns +
                                 ", whose host was to be removed");
      return;
    }
    if (!seen.before)
      return;
    const auto before = on_.held.read(*seen.before);
    for (const int i : meant_for_a_while(ns))
      for (const auto& host : instance_hosts(on_.about.world, i))
        if (before.find(host) && !after.find(host))
          on_.complain("I1", "the host " + host + " was taken out of a Secret of " + ns);
  }

  /// Checks again at the next expiry in the namespace.
  void watch(const std::string& ns) {
    const auto* space = on_.held.find(ns);
    if (!space)
      return;
    std::optional<wall_time> next;
    for (const auto& [name, secret] : space->secrets)
      for (const auto& entry : *secret.entries)
        if (!entry.blank && entry.ends > now())
          next = std::min(next.value_or(entry.ends), entry.ends);
    auto& armed = armed_[ns];
    if (!next || (armed > now() && armed <= *next))
      return;
    armed = *next;
    const auto at = *next;
    on_.world->time().after(at - now(), [this, ns, at] {
      if (armed_[ns] == at)
        armed_[ns] = {};
      ended(ns, at);
      watch(ns);
    });
  }

  /// One has expired then, and while the machine slept perhaps more since.
  void ended(const std::string& ns, wall_time then) {
    const auto* space = on_.held.find(ns);
    if (!space)
      return;
    for (const auto& [name, secret] : space->secrets)
      for (const auto& entry : *secret.entries)
        if (!entry.blank && entry.ends >= then && entry.ends <= now()) {
          gap(ns, name, *space, entry);
          stale(ns, name, entry.host, timer_and_write);
        }
  }

  void gap(const std::string& ns, const std::string& secret, const held_space& space,
           const held_entry& entry) {
    if (!on_.in_scope(ns, space) || entry.ends == wall_time{})
      return;
    const auto& wanted = on_.world->wanted();
    for (int i = 0; i < wanted.instances; ++i) {
      if (!meant(i, ns))
        continue;
      const auto hosts = instance_hosts(on_.about.world, i);
      if (std::find(hosts.begin(), hosts.end(), entry.host) == hosts.end() ||
          secret_for(on_.about.world, i, entry.host) != secret)
        continue;
      demand of;
      of.instance = i;
      of.ns = ns;
      of.object = {"secrets", secret};
      const auto ended_at = on_.elapsed() - (now() - entry.ends);
      const auto window = std::min<ms>(least_threshold(ended_at), on_.about.world.password / 2);
      if (on_.calm.calm_within(ended_at - window, ended_at, of, enough_to_renew))
        on_.complain("I2", "the password of " + entry.host + " in " + ns +
                               " ended without a successor, although one could be had");
    }
  }

  /// Whether the credentials of an instance go to the namespace by all configurations, labels and
  /// annotations of the last minute.
  bool meant(int instance, const std::string& ns) const {
    return on_.world->wanted().gives(instance, ns) &&
           std::none_of(
               on_.about.timeline.begin(), on_.about.timeline.end(), [&](const auto& item) {
                 const bool moves =
                     (item.how == "configure" && item.with.contains("limits")) ||
                     ((item.how == "label-namespace" || item.how == "ignore-namespace") &&
                      item.param("namespace", "team-0") == ns);
                 return moves && item.at <= on_.elapsed() && item.at > on_.elapsed() - 1min;
               });
  }

  std::vector<int> meant_for_a_while(const std::string& ns) const {
    std::vector<int> out;
    for (int i = 0; i < wanted_for_a_while(); ++i)
      if (meant(i, ns))
        out.push_back(i);
    return out;
  }

  /// The instances in all configurations of the last minute: the helper may use an older one where
  /// the configuration flaps.
  int wanted_for_a_while() const {
    int least = on_.world->wanted().instances;
    for (const auto& item : on_.about.timeline)
      if (item.how == "configure" && item.at <= on_.elapsed() && item.at > on_.elapsed() - 1min)
        least = std::min(least, static_cast<int>(item.number("instances", least)));
    return least;
  }

  /// A threshold that was raised later moves no renewal that was due before.
  ms least_threshold(ms until) const {
    ms now = on_.about.world.threshold;
    ms least = now;
    for (const auto& item : on_.about.timeline) {
      const auto text = item.how == "configure" ? item.param("threshold") : std::string{};
      if (text.empty() || item.at > until)
        continue;
      now = read_span(text).value();
      least = item.at + on_.about.world.password < until ? now : std::min(least, now);
    }
    return least;
  }

  /// After `grace` the expired credential must be gone, unless a fault prevents it.
  void stale(const std::string& ns, const std::string& secret, const std::string& host, ms grace) {
    on_.world->time().after(grace, [this, ns, secret, host] {
      const auto* space = on_.held.find(ns);
      const auto found = space ? space->secrets.find(secret) : decltype(space->secrets.end()){};
      if (!space || found == space->secrets.end())
        return;
      const auto* entry = found->second.find(host);
      if (!entry || entry->blank || entry->ends > now() || !found->second.ours ||
          !on_.in_scope(ns, *space))
        return;
      if (lied_to(host))
        return stale(ns, secret, host, 5min);
      demand of;
      of.cloud = false; // withdrawing needs no cloud
      of.wishes = false;
      of.ns = ns;
      of.object = {"secrets", secret};
      if (on_.calm.calm(on_.elapsed(), of) || hopeless(of, entry->ends))
        on_.complain("I1", "an expired password of " + host + " is in " + ns + " " +
                               write_span(now() - entry->ends) + " after its end");
      else
        stale(ns, secret, host, 15s);
    });
  }

  /// Whether the service reported a late expiry for an instance's credential. No answer extends it
  /// beyond the longest lifetime of its kind.
  bool lied_to(const std::string& host) const {
    const auto at = on_.elapsed();
    return std::any_of(on_.about.timeline.begin(), on_.about.timeline.end(), [&](const auto& item) {
      if (item.how != "expiry" || at < item.at || at > item.at + item.lasts + longest_life)
        return false;
      const auto which = item.param("instance");
      const auto hosts =
          which.empty() ? std::vector{host} : instance_hosts(on_.about.world, std::stoi(which));
      return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
    });
  }

  /// Whether it expired so long ago that chance does not explain it, although requests get through.
  bool hopeless(demand of, wall_time ended_at) const {
    const auto withdrawal = of;
    of.api = false;
    of.wishes = true;
    if (!on_.calm.calm(on_.elapsed(), of, several_attempts))
      return false;
    const auto& link = on_.world->net().of("api.lab");
    return on_.world->any_running() && link.state == reach::open &&
           now() - ended_at > several_attempts && link.quality.lost_request < 0.4 &&
           link.quality.lost_answer < 0.4 && link.quality.reset < 0.4 && link.quality.busy < 0.4 &&
           link.quality.silent_stream < 0.1 && !api_fault(withdrawal);
  }

  bool api_fault(const demand& of) const {
    const auto at = on_.elapsed();
    return std::any_of(on_.about.timeline.begin(), on_.about.timeline.end(), [&](const auto& item) {
      return item.where != "cloud" && item.where != "do" && item.how != "noise" && item.at <= at &&
             at < item.at + item.lasts + several_attempts && hinders(filter_of(item), of);
    });
  }

  std::map<std::string, wall_time> armed_;
};

} // namespace

std::unique_ptr<checker> check_passwords(bench& on) {
  return std::make_unique<password_checker>(on);
}

std::string text_at(const boost::json::object& from, std::string_view parent,
                    std::string_view key) {
  return string_at(object_at(&from, parent), key);
}

} // namespace acr::faultlab
