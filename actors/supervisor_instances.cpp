#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <caf/send.hpp>

#include "actors/configured.hpp"
#include "actors/renewal_round.hpp"
#include "actors/supervisor_state.hpp"

namespace acr {

namespace {

bool contains(const std::vector<std::string>& names, const std::string& one) {
  return std::find(names.begin(), names.end(), one) != names.end();
}

/// The first few, to help with a mistyped name.
template <class Map>
std::string names_of(const Map& instances) {
  constexpr std::size_t most = 8;
  std::string out;
  std::size_t number = 0;
  for (const auto& [name, instance] : instances)
    if (++number <= most)
      out.append(out.empty() ? "" : ", ").append(name);
  if (number > most)
    out.append(" and ").append(std::to_string(number - most)).append(" more");
  return out.empty() ? "none" : out;
}

} // namespace

bool supervisor_state::speaks_for(const std::string& instance) const {
  const auto found = instances_.find(instance);
  return leads() && found != instances_.end() &&
         (!found->second.who ||
          self_->current_sender() == caf::actor_cast<caf::strong_actor_ptr>(found->second.who));
}

identity_source supervisor_state::identity_of(const config::role_chain& wanted) {
  return identities_.obtain(wanted, [this](const config::role_chain& chain,
                                           const identity_source& base, const std::string& group) {
    const bool origin = !base && chain.rrsa_role_arn.empty();
    return watch_over(origin ? deps_.make.origin(chain.origin, api_, cloud_)
                             : deps_.make.role_chain(chain, user_of(chain, config_->instances),
                                                     api_, cloud_, base),
                      group);
  });
}

void supervisor_state::issued(token_issued m) {
  self_->send(writer_, credentials_.keep(std::move(m)));
}

void supervisor_state::start(running_instance& instance) {
  stop(group_of(instance.wanted.name));
  if (!leads())
    return;
  token_deps deps;
  deps.name = instance.wanted.name;
  deps.instance_id = instance.wanted.instance_id;
  deps.region = instance.wanted.region;
  deps.domains = instance.wanted.domains;
  deps.identity = identity_of(instance.wanted.chain);
  deps.cloud = cloud_;
  deps.registries = gateway_;
  deps.sink = caf::actor_cast<token_sink>(self_);
  deps.policy = deps_.policy;
  deps.wall = deps_.wall;
  deps.log = deps_.log;
  deps.seed = random_.seed(group_of(deps.name));
  deps.resume = credentials_.copy_of(deps.name);
  instance.threshold = deps_.policy.threshold;
  instance.who = watch_over(deps_.make.token(std::move(deps)), group_of(instance.wanted.name));
}

void supervisor_state::hear_of(std::shared_ptr<const config::configuration> value) {
  if (config_ && config_->same_as(*value)) {
    waiting_.reset(); // changed and changed back
    return;
  }
  const auto wait = brake_.wait(mono());
  if (wait == milliseconds::zero()) {
    waiting_.reset();
    brake_.followed(mono());
    return configure(std::move(value));
  }
  waiting_ = std::move(value);
  if (std::exchange(waiting_armed_, true))
    return;
  deps_.log.warning("configuration_delayed",
                    "configuration changes too often; the latest one is applied later",
                    {{"delay_ms", static_cast<std::int64_t>(wait.count())}});
  self_->delayed_send(self_, wait, configuration_due{});
}

void supervisor_state::follow_the_waiting() {
  waiting_armed_ = false;
  if (waiting_)
    hear_of(std::exchange(waiting_, nullptr));
}

void supervisor_state::configure(std::shared_ptr<const config::configuration> value) {
  const auto changes = config::diff(config_.get(), *value);
  config_ = std::move(value);
  if (admission_)
    self_->send(admission_, config_changed{config_});
  deps_.policy.threshold = config_->expiring_threshold;
  for (const auto& instance : changes.gone)
    drop(instance);
  for (const auto& renamed : changes.renamed)
    rename(renamed);
  if (changes.entries)
    self_->send(writer_, instances_of(*config_));
  for (const auto& renamed : changes.renamed)
    if (const auto* last = credentials_.find(renamed.after))
      self_->send(writer_, *last);
  if (changes.scope) {
    const auto selected = scope_of(*config_);
    self_->send(writer_, selected);
    self_->send(namespaces_, selected);
  }
  for (const auto& wanted : config_->instances)
    if (!instances_.contains(wanted.name))
      add(wanted);
    else if (contains(changes.fresh, wanted.name))
      replace(wanted);
    else if (contains(changes.moved, wanted.name))
      move(wanted);
    else if (changes.threshold)
      reschedule_one(wanted.name);
  for (const auto& renamed : changes.renamed)
    if (auto& instance = instances_.at(renamed.after); !instance.who)
      start(instance);
  drop_identities();
}

void supervisor_state::rename(const config::renaming& what) {
  discard(group_of(what.before));
  auto node = instances_.extract(what.before);
  node.key() = what.after;
  node.mapped().wanted.name = what.after;
  node.mapped().who = token_actor{};
  instances_.insert(std::move(node));
  credentials_.rename(what.before, what.after);
}

void supervisor_state::drop(const std::string& instance) {
  discard(group_of(instance));
  credentials_.retire(instances_.at(instance).wanted, mono());
  instances_.erase(instance);
}

void supervisor_state::add(const config::instance& wanted) {
  auto& instance = instances_[wanted.name];
  instance.wanted = wanted;
  if (credentials_.revive(wanted, deps_.wall(), mono()))
    self_->send(writer_, *credentials_.find(wanted.name));
  start(instance);
}

void supervisor_state::discard(const std::string& group) {
  stop(group);
  children_.forgive(group);
  random_.forget(group);
}

void supervisor_state::replace(const config::instance& wanted) {
  auto& instance = instances_.at(wanted.name);
  credentials_.outdate(wanted.name, deps_.wall());
  discard(group_of(wanted.name));
  instance.wanted = wanted;
  start(instance);
}

void supervisor_state::move(const config::instance& wanted) {
  auto* last = credentials_.find(wanted.name);
  if (wanted.domains.empty() || !last)
    return replace(wanted);
  auto& instance = instances_.at(wanted.name);
  last->value.domains = wanted.domains;
  if (deps_.policy.threshold != instance.threshold)
    last->renew_at = renewal_of(*last);
  self_->send(writer_, *last);
  instance.wanted = wanted;
  start(instance);
}

void supervisor_state::reschedule_one(const std::string& which) {
  auto& instance = instances_.at(which);
  instance.threshold = deps_.policy.threshold;
  std::optional<wall_time> renew_at;
  if (auto* last = credentials_.find(which))
    renew_at = last->renew_at = renewal_of(*last);
  if (instance.who)
    self_->send(instance.who, reschedule{deps_.policy.threshold, renew_at});
}

wall_time supervisor_state::renewal_of(const token_issued& last) {
  return deps_.wall() + rescheduled_delay(deps_.policy, last.value.expires_at - last.issued_at,
                                          last.value.expires_at - deps_.wall(),
                                          random_.jitter(group_of(last.instance)));
}

void supervisor_state::renew(const renewal_request& request) {
  if (!leads())
    return; // another replica does it
  std::vector<std::pair<std::string, token_actor>> whom;
  renewals_ended answer{request.request, {}};
  for (const auto& [instance_name, instance] : instances_) {
    if (!concerns(request, instance_name))
      continue;
    if (instance.who)
      whom.emplace_back(instance_name, instance.who);
    else
      answer.outcomes.push_back(
          {instance_name, make_failure(errc::actor_down, "renew", "it is being started again")});
  }
  if (whom.empty() && answer.outcomes.empty())
    answer.outcomes.push_back(
        {request.instance,
         make_failure(errc::not_found, "renew",
                      "there is no such instance; there are " + names_of(instances_))});
  if (whom.empty())
    return deps_.report(std::move(answer));
  renew_all(self_, whom, [this, answer](std::vector<renewal_outcome> outcomes) mutable {
    std::move(outcomes.begin(), outcomes.end(), std::back_inserter(answer.outcomes));
    deps_.report(answer);
  });
}

void supervisor_state::drop_identities() {
  for (const auto& group : identities_.unused(config_->instances))
    discard(group);
}

void supervisor_state::stop_using(const std::string& instance_name, running_instance& instance) {
  stop(group_of(instance_name));
  instance.who = token_actor{};
}

void supervisor_state::stop_users_of(const std::string& identity) {
  for (auto& [instance_name, instance] : instances_)
    if (identities_.uses(instance.wanted.chain, identity))
      stop_using(instance_name, instance);
  for (const auto& above : identities_.lost(identity))
    stop(above);
}

void supervisor_state::tell_of_clock(const clock_changed& m) {
  for (auto& [instance_name, instance] : instances_)
    if (instance.who)
      self_->send(instance.who, m);
  self_->send(writer_, m);
}

void supervisor_state::judge_clock() {
  const auto ahead = deps_.wall().time_since_epoch() - mono();
  const auto before = std::exchange(clock_ahead_, ahead);
  if (before && std::chrono::abs(ahead - *before) >= std::chrono::minutes{1})
    tell_of_clock({milliseconds::zero()});
}

} // namespace acr
