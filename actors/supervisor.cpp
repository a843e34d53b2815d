#include "actors/supervisor.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/configured.hpp"
#include "actors/identity/running_identities.hpp"
#include "actors/renewal_round.hpp"
#include "config/diff.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/supervision/child_table.hpp"
#include "runtime/supervision/luck.hpp"

namespace acr {

namespace {

using std::chrono::milliseconds;

using parts::configuring;
using parts::electing;
using parts::everything;
using parts::recording;
using parts::writing;

class supervisor_state {
public:
  using pointer = supervisor::stateful_pointer<supervisor_state>;

  static inline const char* name = "acr.supervisor";

  explicit supervisor_state(pointer self) : self_{self} {}
  supervisor_state(const supervisor_state&) = delete;
  supervisor_state& operator=(const supervisor_state&) = delete;

  // Runs on exit, on kill and after an exception: nobody goes on without supervision, and a program
  // without a supervisor ends.
  ~supervisor_state() {
    stop_everything();
    if (!ended_ && deps_.on_giving_up)
      deps_.on_giving_up();
  }

  supervisor::behavior_type make_behavior(supervisor_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log, log_level::error); // nobody else would tell
    luck_ = luck{deps_.seed};
    self_->set_down_handler([this](caf::down_msg& m) { died(m); });
    start_everything();
    return {
        [this](const config_changed& m) { configure(m.value); },
        [this](const renewal_wanted& m) { renew(m.wish); },
        [this](const shut_down&) {
          ended_ = true;
          resign_and_quit();
        },
        [this](const leadership& m) { lead(m); },
        [this](const clock_changed& m) { tell_of_clock(m); },
        [](const are_you_there&) { return here_i_am{}; },
        [this](const ask_namespaces& m) -> caf::result<namespaces_reply> {
          if (!writer_) // it is being started again
            return caf::make_error(caf::sec::runtime_error);
          return self_->delegate(writer_, m);
        },
        [this](const restart_due& m) { restart(m); },
        [this](const stop_due&) { look_for_late_ones(); },
        [this](const token_issued& m) {
          if (!speaks_for(m.instance))
            return;
          issued(m);
          judge_clock();
        },
        [this](const token_withdrawn& m) {
          if (!speaks_for(m.instance))
            return;
          issued_.erase(m.instance);
          self_->send(writer_, m);
        },
    };
  }

private:
  struct running_instance {
    config::instance wanted;
    token_actor who;
    milliseconds threshold{};   ///< That it was told.
    bool means_another = false; ///< Than its last password.
  };

  // Children.

  template <class Handle>
  Handle watch_over(Handle handle, const std::string& group) {
    self_->monitor(handle);
    children_.add(caf::actor_cast<caf::strong_actor_ptr>(handle), group, mono());
    return handle;
  }

  /// Ends all children of a group, the last one started first.
  void kill(const std::string& group) {
    for (const auto& who : children_.stop(group, mono()))
      caf::anon_send_exit(who, caf::exit_reason::kill);
  }

  void stop(const std::string& group) {
    kill(group);
    await_the_stopping();
  }

  void await_the_stopping() {
    if (const auto span = children_.until_late(mono()))
      self_->delayed_send(self_, *span, stop_due{});
  }

  /// Handlers do not block; one that does holds a thread that all need.
  void look_for_late_ones() {
    if (const auto group = children_.late(mono()))
      give_up(*group, "a part of the program does not end when it is told to");
  }

  void stop_everything() {
    while (const auto group = children_.last_group())
      kill(*group);
    identities_.clear();
    for (auto& [instance_name, instance] : instances_)
      instance.who = token_actor{};
  }

  void start_everything() {
    stop_everything(); // a configuration may have come while it was down
    await_the_stopping();
    const auto gateway = gateway_ = watch_over(deps_.make.gateway(), everything);
    api_ = watch_over(deps_.make.kubernetes(gateway), everything);
    cloud_ = watch_over(deps_.make.cloud(gateway), everything);
    start_recording(); // first: the others have something to tell
    start_writing();
    start_configuring();
    start_electing();
    for (auto& [instance_name, instance] : instances_)
      start(instance, resumed(instance_name));
  }

  void start_writing() {
    writer_ = watch_over(deps_.make.writer(api_), writing);
    namespaces_ = watch_over(deps_.make.namespaces(api_, writer_), writing);
    self_->send(writer_, leadership_);
    if (!config_)
      return;
    self_->send(writer_, instances_of(*config_));
    for (const auto& [instance_name, token] : issued_)
      self_->send(writer_, token);
    const auto selected = scope_of(*config_);
    self_->send(writer_, selected);
    self_->send(namespaces_, selected);
  }

  void start_recording() {
    if (deps_.make.events)
      watch_over(deps_.make.events(api_), recording);
    if (deps_.make.elector)
      deps_.report(lead_changed{leads()});
  }

  void start_electing() {
    if (deps_.make.elector)
      elector_ =
          watch_over(deps_.make.elector(api_, caf::actor_cast<leadership_sink>(self_)), electing);
  }

  bool leads() const { return !deps_.make.elector || leadership_.until; }

  /// Caches are warm in every replica; the cloud is asked by the one that leads.
  void lead(const leadership& m) {
    const bool before = leads();
    leadership_ = m;
    self_->send(writer_, m);
    if (before == leads())
      return;
    deps_.report(lead_changed{leads()});
    for (auto& [instance_name, instance] : instances_)
      if (leads())
        start(instance, resumed(instance_name));
      else
        stop_using(instance_name, instance);
    if (!leads())
      forget_passwords();
  }

  /// Those of the leader to come are in the cluster: who leads again one day must not take its own,
  /// long expired, for the last ones. A writer that starts anew looks, and carries over.
  void forget_passwords() {
    for (const auto& group : identities_.unused({}))
      discard(group);
    issued_.clear();
    if (ended_)
      return;
    stop(writing);
    start_writing();
  }

  void resign_and_quit() {
    const auto quit = [this] { self_->quit(caf::exit_reason::user_shutdown); };
    if (!elector_)
      return quit(); // the program waits for all, so long
    lead({});
    self_->request(elector_, std::chrono::seconds{2}, resign{})
        .then([quit](const resigned&) { quit(); }, [quit](const caf::error&) { quit(); });
  }

  void start_configuring() {
    watch_over(deps_.make.config(api_, caf::actor_cast<config_sink>(self_)), configuring);
  }

  /// Whether the message at hand comes from who stands for the instance now, and not from one that
  /// was stopped because it meant something else.
  bool speaks_for(const std::string& instance) const {
    const auto found = instances_.find(instance);
    return found != instances_.end() &&
           (!found->second.who ||
            self_->current_sender() == caf::actor_cast<caf::strong_actor_ptr>(found->second.who));
  }

  /// One identity for each distinct way into the cloud; it is shared.
  identity_source identity_of(const config::role_chain& wanted) {
    return identities_.obtain(wanted, [this](const config::role_chain& chain,
                                             const identity_source& base,
                                             const std::string& group) {
      const bool origin = !base && chain.rrsa_role_arn.empty();
      return watch_over(origin ? deps_.make.origin(chain.origin, api_, cloud_)
                               : deps_.make.role_chain(chain, user_of(chain, config_->instances),
                                                       api_, cloud_, base),
                        group);
    });
  }

  void issued(token_issued m) {
    const auto found = instances_.find(m.instance);
    if (found != instances_.end() && std::exchange(found->second.means_another, false))
      m.at_once = true;
    issued_.insert_or_assign(m.instance, m);
    self_->send(writer_, std::move(m));
  }

  static std::string group_of(const std::string& instance) { return "instance/" + instance; }

  void start(running_instance& instance, std::optional<token_issued> resume) {
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
    deps.seed = luck_.seed(group_of(deps.name));
    deps.resume = std::move(resume);
    instance.threshold = deps_.policy.threshold;
    instance.who = watch_over(deps_.make.token(std::move(deps)), group_of(instance.wanted.name));
  }

  std::optional<token_issued> resumed(const std::string& instance) const {
    const auto it = issued_.find(instance);
    return it == issued_.end() ? std::nullopt : std::optional{it->second};
  }

  // Configuration.

  void configure(std::shared_ptr<const config::configuration> value) {
    const auto changes = config::diff(config_.get(), *value);
    config_ = std::move(value);
    deps_.policy.threshold = config_->expiring_threshold;
    for (const auto& instance : changes.gone)
      drop(instance);
    if (changes.entries)
      self_->send(writer_, instances_of(*config_));
    if (changes.scope) {
      const auto selected = scope_of(*config_);
      self_->send(writer_, selected);
      self_->send(namespaces_, selected);
    }
    for (const auto& wanted : config_->instances)
      if (contains(changes.fresh, wanted.name))
        replace(wanted);
      else if (contains(changes.moved, wanted.name))
        move(wanted);
      else if (changes.threshold)
        reschedule_one(wanted.name);
    drop_identities();
  }

  static bool contains(const std::vector<std::string>& names, const std::string& one) {
    return std::find(names.begin(), names.end(), one) != names.end();
  }

  void drop(const std::string& instance) {
    discard(group_of(instance));
    instances_.erase(instance);
    issued_.erase(instance);
  }

  /// It is no longer wanted, or means something else from now on.
  void discard(const std::string& group) {
    stop(group);
    children_.forgive(group);
    luck_.forget(group);
  }

  /// New, or it means something else now. What was in vain before is tried at once; a password in
  /// hand stays until there is another.
  void replace(const config::instance& wanted) {
    auto& instance = instances_[wanted.name];
    if (const auto last = issued_.find(wanted.name); last != issued_.end()) {
      last->second.renew_at = deps_.wall();
      instance.means_another = true;
    }
    discard(group_of(wanted.name));
    instance.wanted = wanted;
    start(instance, resumed(wanted.name));
  }

  /// Only its domains differ: the password is as good for the new ones. Where they are not named, a
  /// call has to find them.
  void move(const config::instance& wanted) {
    const auto last = issued_.find(wanted.name);
    if (wanted.domains.empty() || last == issued_.end())
      return replace(wanted);
    auto& instance = instances_[wanted.name];
    last->second.value.domains = wanted.domains;
    if (deps_.policy.threshold != instance.threshold)
      last->second.renew_at = renewal_of(last->second);
    self_->send(writer_, last->second);
    stop(group_of(wanted.name));
    instance.wanted = wanted;
    start(instance, resumed(wanted.name));
  }

  /// Another threshold: told to the one that is running, or to its successor.
  void reschedule_one(const std::string& which) {
    auto& instance = instances_.at(which);
    instance.threshold = deps_.policy.threshold;
    std::optional<wall_time> renew_at;
    if (const auto last = issued_.find(which); last != issued_.end())
      renew_at = last->second.renew_at = renewal_of(last->second);
    if (instance.who)
      self_->send(instance.who, reschedule{deps_.policy.threshold, renew_at});
  }

  wall_time renewal_of(const token_issued& last) {
    return deps_.wall() + rescheduled_delay(deps_.policy, last.value.expires_at - last.issued_at,
                                            last.value.expires_at - deps_.wall(),
                                            luck_.jitter(group_of(last.instance)));
  }

  void renew(const renewal_wish& wish) {
    if (!leads())
      return; // another one does it
    std::vector<std::pair<std::string, token_actor>> whom;
    renewals_ended answer{wish.request, {}};
    for (const auto& [instance_name, instance] : instances_) {
      if (!concerns(wish, instance_name))
        continue;
      if (instance.who)
        whom.emplace_back(instance_name, instance.who);
      else
        answer.outcomes.push_back(
            {instance_name, make_failure(errc::actor_down, "renew", "it is being started again")});
    }
    if (whom.empty() && answer.outcomes.empty())
      answer.outcomes.push_back(
          {wish.instance, make_failure(errc::not_found, "renew", "there is no such instance")});
    if (whom.empty())
      return deps_.report(std::move(answer));
    renew_all(self_, whom, [this, answer](std::vector<renewal_outcome> outcomes) mutable {
      std::move(outcomes.begin(), outcomes.end(), std::back_inserter(answer.outcomes));
      deps_.report(answer);
    });
  }

  void drop_identities() {
    for (const auto& group : identities_.unused(config_->instances))
      discard(group);
  }

  // Deaths.

  void died(const caf::down_msg& m) {
    const auto found = children_.gone(m.source);
    if (!found)
      return;
    const auto& group = *found;
    const auto delay = children_.died(group, mono(), luck_.jitter(group));
    if (!delay)
      return give_up(group, "a part of the program dies again and again");
    deps_.report(part_died{group});
    const auto deaths = children_.deaths_in_a_row(group);
    // Whoever dies for ever is told of ever more seldom.
    const auto tell = std::has_single_bit(deaths) ? &logger::error : &logger::debug;
    (deps_.log.*tell)("actor_died", "a part of the program died; it will be started again",
                      {{"part", group},
                       {"reason", self_->home_system().render(m.reason)},
                       {"deaths_in_a_row", static_cast<std::int64_t>(deaths)},
                       {"restart_in_ms", static_cast<std::int64_t>(delay->count())}});
    group == everything ? stop_everything() : kill(group);
    await_the_stopping();
    stop_users_of(group);
    self_->delayed_send(self_, *delay, restart_due{group, children_.generation(group)});
  }

  void stop_using(const std::string& instance_name, running_instance& instance) {
    stop(group_of(instance_name));
    instance.who = token_actor{};
  }

  /// They hold the handle of the identity that died, if it was one.
  void stop_users_of(const std::string& identity) {
    for (auto& [instance_name, instance] : instances_)
      if (identities_.uses(instance.wanted.chain, identity))
        stop_using(instance_name, instance);
    for (const auto& above : identities_.lost(identity))
      stop(above);
  }

  void restart(const restart_due& m) {
    if (m.generation != children_.generation(m.child))
      return;
    if (m.child == everything)
      return start_everything();
    if (m.child == writing)
      return start_writing();
    if (m.child == configuring)
      return start_configuring();
    if (m.child == electing)
      return start_electing();
    if (m.child == recording)
      return start_recording();
    // An instance, or an identity with the instances that use it.
    for (auto& [instance_name, instance] : instances_) {
      const bool itself = m.child == group_of(instance_name);
      if (itself || (!instance.who && identities_.uses(instance.wanted.chain, m.child)))
        start(instance, resumed(instance_name));
    }
  }

  void give_up(const std::string& group, const std::string& why) {
    deps_.log.error("giving_up", why, {{"part", group}});
    self_->quit(caf::exit_reason::unhandled_exception);
  }

  void tell_of_clock(const clock_changed& m) {
    for (auto& [instance_name, instance] : instances_)
      if (instance.who)
        self_->send(instance.who, m);
    self_->send(writer_, m);
  }

  /// The answer to one may have corrected the clock for all.
  void judge_clock() {
    const auto ahead = deps_.wall().time_since_epoch() - mono();
    const auto before = std::exchange(clock_ahead_, ahead);
    if (before && std::chrono::abs(ahead - *before) >= std::chrono::minutes{1})
      tell_of_clock({milliseconds::zero()});
  }

  milliseconds mono() const {
    return std::chrono::duration_cast<milliseconds>(self_->clock().now().time_since_epoch());
  }

  pointer self_;
  supervisor_deps deps_;
  luck luck_;          ///< Of each group.
  bool ended_ = false; ///< Told to, or it gave up.
  std::shared_ptr<const config::configuration> config_;
  std::optional<milliseconds> clock_ahead_; ///< Of the monotonic one, when a password came last.
  http_gateway gateway_;
  http_gateway api_;
  cloud_session cloud_;
  secret_writer writer_;
  leader_elector elector_; ///< None: there is only one replica.
  leadership leadership_;
  namespace_watcher namespaces_;
  child_table children_{
      [this](const std::string& group) -> const child_spec& { return deps_.specs.of(group); }};
  std::map<std::string, running_instance> instances_;
  running_identities identities_;
  std::map<std::string, token_issued> issued_; ///< Last good ones.
};

supervisor::behavior_type supervisor_body(supervisor_state::pointer self, supervisor_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

supervisor spawn_supervisor(caf::actor_system& system, supervisor_deps deps) {
  return system.spawn(supervisor_body, std::move(deps));
}

} // namespace acr
