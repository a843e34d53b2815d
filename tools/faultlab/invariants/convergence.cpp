#include "tools/faultlab/invariants/convergence.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

bool names_ours(const pull_secrets& list) {
  return std::any_of(list.begin(), list.end(), is_our_name);
}

/// A reference to a Secret that another client has put in place of ours is left to its owner.
bool names_ours_in(const held_space& space, const pull_secrets& list) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& name) {
    return is_our_name(name) && !space.foreign.contains(name);
  });
}

template <class Expected, class... Name>
bool applies(const Expected& expected, const Name&... name) {
  return !expected || expected(name...);
}

std::string too_much(const std::string& ns, const held_space& space, const expectations& expected) {
  for (const auto& [name, secret] : space.secrets)
    if (secret.ours && applies(expected.removed, name))
      return "Secret " + ns + "/" + name + " is left behind";
  for (const auto& [account, list] : space.accounts)
    if (names_ours_in(space, list) && applies(expected.unlinked, account))
      return "account " + ns + "/" + account + " still names our Secret";
  return {};
}

class convergence_checker : public checker {
public:
  using checker::checker;

  void begin() override {
    // Checks each object after it has been undisturbed for long enough.
    for (const auto& item : on_.calm.all())
      on_.world->time().at(item.until + fault_windows::settled + 1ms, [this] { look_at_all(); });
  }

  void changed(const change_seen& seen) override {
    if (!on_.world || (seen.resource != "secrets" && seen.resource != "serviceaccounts"))
      return;
    const auto ns = text_at(seen.object(), "metadata", "namespace");
    on_.world->time().after(ms{0}, [this, ns] { // the expected state is updated, too
      if (const auto* space = on_.held.find(ns))
        look_at(ns, *space);
    });
  }

  void end() override { look_at_all(); }

private:
  /// Removes what the helper cannot know any more: after a restart, also of a single component, who
  /// linked an out-of-scope account, if the API server does not track it (it does not where an
  /// account was created empty, or lost all fields that had an owner), and no Secret of ours beside
  /// it shows it. The same without a restart if the webhook linked it in a namespace that left the
  /// scope before the helper heard of it, and wrote anything there.
  held_space as_far_as_known(const std::string& ns, held_space space) const {
    bool restarted = on_.about.world.replicas > 1;
    for (std::size_t i = 0; i < on_.world->replicas(); ++i)
      restarted = restarted || on_.world->helper(i).restarted();
    for (const auto& item : on_.about.timeline)
      restarted = restarted || (item.how == "actor-dies" && item.at <= on_.elapsed());
    const auto& wanted = on_.world->wanted();
    const bool told = std::any_of(space.secrets.begin(), space.secrets.end(),
                                  [](const auto& item) { return item.second.ours; });
    const bool serves_it = serves(on_.about.world, wanted, ns, space);
    const bool unheard_of = on_.about.world.webhook && !serves_it && !space.had_ours;
    if (restarted || unheard_of)
      for (const auto& name : space.traceless)
        if (serves_it ? !links(wanted, space, name) : !told)
          std::erase_if(space.accounts[name], is_our_name);
    return space;
  }

  /// Whether no present or recent fault affects the write of an object.
  bool calm(const std::string& ns, object_write object, std::optional<int> instance = {}) const {
    demand of;
    of.cloud = instance.has_value();
    of.instance = instance.value_or(-1);
    of.ns = ns;
    of.object = std::move(object);
    return on_.calm.calm(on_.elapsed(), of);
  }

  expectations expectations_in(const std::string& ns) const {
    using action = object_write::action;
    expectations out;
    out.credential = [this, ns](int instance, const std::string& secret) {
      return calm(ns, {"secrets", secret}, instance);
    };
    out.linked = [this, ns](const std::string& account) {
      for (int i = 0; i < on_.world->wanted().instances; ++i)
        if (calm(ns, {"serviceaccounts", account}, i))
          return true;
      return false; // there may be no credential to link
    };
    out.unlinked = [this, ns](const std::string& account) {
      return calm(ns, {"serviceaccounts", account});
    };
    out.removed = [this, ns](const std::string& secret) {
      return calm(ns, {"secrets", secret, action::remove});
    };
    return out;
  }

  void look_at_all() {
    for (const auto& [ns, space] : on_.held.spaces())
      look_at(ns, space);
  }

  void look_at(const std::string& ns, const held_space& space) {
    if (space.terminating || !ns.starts_with("team-"))
      return;
    const auto expected = expectations_in(ns);
    const auto look = [&](const held_space& at) {
      return lacking(on_.about.world, on_.world->wanted(), ns, at, on_.world->time().now(),
                     expected);
    };
    const auto what = look(space);
    if (!what.empty() && !look(as_far_as_known(ns, space)).empty())
      on_.complain(serves(on_.about.world, on_.world->wanted(), ns, space) ? "I7" : "I10", what);
  }
};

} // namespace

std::string lacking(const world_spec& about, const wish& wanted, const std::string& ns,
                    const held_space& space, wall_time now, const expectations& expected) {
  if (!serves(about, wanted, ns, space))
    return too_much(ns, space, expected);
  if (std::any_of(space.secrets.begin(), space.secrets.end(),
                  [](const auto& item) { return !item.second.ours; }))
    return {}; // a foreign Secret has our name: it is reported, and left alone
  for (int i = 0; i < wanted.instances; ++i)
    for (const auto& host : instance_hosts(about, i)) {
      const auto secret = secret_for(about, i, host);
      if (!wanted.gives(i, ns)) {
        const auto held = space.secrets.find(secret);
        if (held != space.secrets.end() && held->second.find(host) &&
            applies(expected.credential, i, secret))
          return "an entry of " + host + " in " + ns + ", where its instance does not go";
        continue;
      }
      if (applies(expected.credential, i, secret) &&
          try_to_pull(space, {secret}, host, now) != pull::works)
        return "no valid password of " + host + " in " + ns + "/" + secret;
    }
  for (const auto& [account, list] : space.accounts) {
    const bool linked = names_ours(list);
    if (links(wanted, space, account) && !linked && wanted.instances > 0 &&
        applies(expected.linked, account))
      return "account " + ns + "/" + account + " is not linked";
    if (!links(wanted, space, account) && linked && applies(expected.unlinked, account))
      return "account " + ns + "/" + account + " is linked, but out of scope";
  }
  return {};
}

std::unique_ptr<checker> check_convergence(bench& on) {
  return std::make_unique<convergence_checker>(on);
}

} // namespace acr::faultlab
