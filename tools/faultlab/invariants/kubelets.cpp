#include "tools/faultlab/invariants/kubelets.hpp"

#include <algorithm>
#include <map>

#include "tools/faultlab/invariants/convergence.hpp"

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

constexpr ms rarely = 5min;
constexpr ms seldom = 25min;
constexpr ms first_wait = 10s;
constexpr ms longest_wait = 300s;
constexpr ms patience = 30min;
// Admission reads accounts from a cache.
constexpr ms admission_lag = 330ms;

class pull_checker : public checker {
public:
  pull_checker(bench& on, pull_statistics& into)
      : checker{on}, count_{into}, chance_{on.about.seed, "kubelets", 0} {}

  void changed(const change_seen& seen) override {
    if (!on_.world)
      return;
    const auto name = text_at(seen.object(), "metadata", "name");
    if (seen.resource == "namespaces" && !seen.before && name.starts_with("team-")) {
      born_[name] = on_.elapsed();
      next_pod(name, on_.elapsed());
    }
    if (seen.resource == "secrets" || seen.resource == "serviceaccounts")
      served(text_at(seen.object(), "metadata", "namespace"));
  }

private:
  struct pod {
    std::string ns;
    std::string host;
    int instance;
    pull_secrets with;
    ms created;
    ms wait = first_wait;
    bool calm;
    bool first = true;
  };

  /// Checks the time until a new namespace is complete.
  void served(const std::string& ns) {
    const auto born = born_.find(ns);
    if (born == born_.end())
      return;
    on_.world->time().after(ms{0}, [this, ns] {
      const auto* space = on_.held.find(ns);
      const auto found = born_.find(ns);
      if (!space || found == born_.end() || space->secrets.empty() || !on_.in_scope(ns, *space) ||
          !lacking(on_.about.world, on_.world->wanted(), ns, *space, on_.world->time().now())
               .empty())
        return;
      count_.longest_new = std::max(count_.longest_new, on_.elapsed() - found->second);
      born_.erase(found);
    });
  }

  void next_pod(const std::string& ns, ms born) {
    on_.world->time().after(chance_.between(rarely, seldom), [this, ns, born] {
      const auto* space = on_.held.find(ns);
      if (!space || space->terminating)
        return; // when it is created again, this starts over
      create(ns, *space);
      next_pod(ns, born);
    });
  }

  void create(const std::string& ns, const held_space& space) {
    const auto& wanted = on_.world->wanted();
    const auto account = space.accounts.find("default");
    if (!on_.in_scope(ns, space) || !on_.links_in(space, "default") ||
        account == space.accounts.end() || wanted.instances == 0)
      return;
    pod next;
    next.ns = ns;
    next.instance = static_cast<int>(chance_.between(std::int64_t{0}, wanted.instances - 1));
    if (!wanted.gives(next.instance, ns))
      return;
    next.host = instance_hosts(on_.about.world, next.instance)[0];
    next.with = account->second;
    next.created = on_.elapsed();
    const auto secret = secret_for(on_.about.world, next.instance, next.host);
    demand of;
    of.ns = ns;
    of.instance = next.instance;
    of.object = {"serviceaccounts", "default"};
    // Where a link is disturbed, Pods name the Secret themselves: they need no link.
    if (!on_.calm.calm(next.created, of, fault_windows::settled + admission_lag))
      next.with = {secret};
    of.object = {"secrets", secret};
    // A foreign Secret of our name is reported, and nothing is guaranteed.
    const bool foreign = std::any_of(space.secrets.begin(), space.secrets.end(),
                                     [](const auto& item) { return !item.second.ours; });
    next.calm = !foreign && on_.calm.calm(next.created, of, fault_windows::settled + admission_lag);
    ++count_.pods;
    attempt(std::move(next));
  }

  void attempt(pod one) {
    const auto* space = on_.held.find(one.ns);
    const auto& wanted = on_.world->wanted();
    if (!space || !on_.in_scope(one.ns, *space) || wanted.instances <= one.instance ||
        !wanted.gives(one.instance, one.ns))
      return; // out of scope by now
    ++count_.attempts;
    const auto result = try_to_pull(*space, one.with, one.host, on_.world->time().now());
    const auto waited = on_.elapsed() - one.created;
    if (on_.on_pull)
      on_.on_pull(one.instance, one.ns, result == pull::works);
    if (result == pull::works) {
      count_.at_once += one.first ? 1 : 0;
      count_.longest = std::max(count_.longest, waited);
      return;
    }
    count_.refused += result == pull::refused ? 1 : 0;
    if (one.calm && one.first)
      on_.complain("pulls", "a Pod in " + one.ns + " could not pull from " + one.host +
                                (result == pull::refused ? ": the password has expired"
                                                         : ": there was no password"));
    if (waited >= patience) {
      ++count_.hung;
      return;
    }
    one.first = false;
    const auto pause = std::exchange(one.wait, std::min(2 * one.wait, longest_wait));
    on_.world->time().after(pause, [this, next = std::move(one)] { attempt(next); });
  }

  pull_statistics& count_;
  dice chance_;
  std::map<std::string, ms> born_;
};

} // namespace

void pull_statistics::add(const pull_statistics& other) {
  pods += other.pods;
  at_once += other.at_once;
  hung += other.hung;
  attempts += other.attempts;
  refused += other.refused;
  longest = std::max(longest, other.longest);
  longest_new = std::max(longest_new, other.longest_new);
}

std::unique_ptr<checker> check_pulls(bench& on, pull_statistics& into) {
  return std::make_unique<pull_checker>(on, into);
}

} // namespace acr::faultlab
