#include "actors/supervisor.hpp"

#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/plan.hpp"
#include "runtime/actor_defaults.hpp"

namespace acr {

namespace {

using std::chrono::milliseconds;

constexpr const char* everything = "core";    // gateway and sessions: all depend on them
constexpr const char* writing = "writing";    // SecretWriter and NamespaceWatcher
constexpr const char* configuring = "config"; // ConfigWatcher

class supervisor_state {
public:
  using pointer = supervisor::stateful_pointer<supervisor_state>;

  static inline const char* name = "acr.supervisor";

  explicit supervisor_state(pointer self) : self_{self} {}

  supervisor::behavior_type make_behavior(supervisor_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    random_.seed(static_cast<std::minstd_rand::result_type>(deps_.seed));
    self_->set_down_handler([this](caf::down_msg& m) { died(m); });
    start_everything();
    return {
        [this](const config_changed& m) { configure(m.value); },
        [this](const shut_down&) {
          stop_everything();
          self_->quit(caf::exit_reason::user_shutdown);
        },
        [this](const restart_due& m) { restart(m); },
        [this](const token_issued& m) {
          if (!instances_.contains(m.instance))
            return;
          issued_.insert_or_assign(m.instance, m);
          self_->send(writer_, m);
        },
        [this](const token_withdrawn& m) {
          issued_.erase(m.instance);
          self_->send(writer_, m);
        },
    };
  }

private:
  struct child {
    caf::strong_actor_ptr who;
    std::string group; ///< What to restart when it dies.
  };
  struct running_identity {
    config::role_chain chain;
    identity_source who;
  };
  struct running_instance {
    config::instance wanted;
    token_actor who;
  };

  // Children.

  template <class Handle>
  Handle watch_over(Handle handle, const std::string& group) {
    self_->monitor(handle);
    children_.push_back({caf::actor_cast<caf::strong_actor_ptr>(handle), group});
    records_.try_emplace(group, is_core(group) ? deps_.core_limits : deps_.instance_limits)
        .first->second.started(mono());
    return handle;
  }

  static bool is_core(const std::string& group) {
    return group == everything || group == writing || group == configuring;
  }

  /// Ends all children of a group, the last one started first.
  void stop(const std::string& group) {
    // NOLINTNEXTLINE(modernize-loop-convert): clang 14 cannot compile libstdc++'s reverse views
    for (auto it = children_.rbegin(); it != children_.rend(); ++it)
      if (it->group == group) {
        self_->demonitor(it->who->address());
        caf::anon_send_exit(it->who, caf::exit_reason::kill);
      }
    std::erase_if(children_, [&](const child& c) { return c.group == group; });
    ++generations_[group]; // a restart that is armed has been overtaken
  }

  void stop_everything() {
    while (!children_.empty())
      stop(std::string{children_.back().group});
    identities_.clear();
    for (auto& [instance_name, instance] : instances_)
      instance.who = token_actor{};
  }

  void start_everything() {
    const auto gateway = watch_over(deps_.make.gateway(), everything);
    api_ = watch_over(deps_.make.kubernetes(gateway), everything);
    cloud_ = watch_over(deps_.make.cloud(gateway), everything);
    start_writing();
    start_configuring();
    for (auto& [instance_name, instance] : instances_)
      start(instance, resumed(instance_name));
  }

  void start_writing() {
    writer_ = watch_over(deps_.make.writer(api_), writing);
    namespaces_ = watch_over(deps_.make.namespaces(api_, writer_), writing);
    if (!config_)
      return;
    tell_writer();
    for (const auto& [instance_name, token] : issued_)
      self_->send(writer_, token);
    const select_scope selected{config_->namespaces, config_->service_accounts};
    self_->send(writer_, selected);
    self_->send(namespaces_, selected);
  }

  void start_configuring() {
    watch_over(deps_.make.config(api_, caf::actor_cast<config_sink>(self_)), configuring);
  }

  std::string group_of(const config::role_chain& chain) { return names_.of(essence(chain)); }

  /// Whether an instance or identity with this chain needs the identity of `group`: its own one, or
  /// the one below it.
  bool uses(const config::role_chain& chain, const std::string& group) const {
    const auto wanted = names_.chain_of(group);
    return wanted && builds_on(essence(chain), *wanted);
  }

  /// One identity for each distinct way into the cloud; it is shared.
  identity_source identity_of(const config::role_chain& wanted) {
    const auto chain = essence(wanted);
    const auto group = group_of(chain);
    if (const auto found = identities_.find(group); found != identities_.end())
      return found->second.who;
    identity_source made;
    if (const auto base = base_of(chain))
      made = deps_.make.role_chain(chain, user_of(chain), api_, cloud_, identity_of(*base));
    else if (!chain.rrsa_role_arn.empty())
      made = deps_.make.role_chain(chain, user_of(chain), api_, cloud_, identity_source{});
    else
      made = deps_.make.origin(chain.origin, api_, cloud_);
    watch_over(made, group);
    identities_.emplace(group, running_identity{chain, made});
    return made;
  }

  /// The instance for which an identity is, or "shared".
  std::string user_of(const config::role_chain& chain) const {
    std::string user;
    for (const auto& instance : config_->instances)
      if (builds_on(essence(instance.chain), chain))
        user = user.empty() ? instance.name : "shared";
    return user;
  }

  static std::string group_of(const std::string& instance) { return "instance/" + instance; }

  void start(running_instance& instance, std::optional<token_issued> resume) {
    token_deps deps;
    deps.name = instance.wanted.name;
    deps.instance_id = instance.wanted.instance_id;
    deps.region = instance.wanted.region;
    deps.domains = instance.wanted.domains;
    deps.identity = identity_of(instance.wanted.chain);
    deps.cloud = cloud_;
    deps.sink = caf::actor_cast<token_sink>(self_);
    deps.policy = deps_.policy;
    deps.wall = deps_.wall;
    deps.log = deps_.log;
    deps.seed = random_();
    deps.resume = std::move(resume);
    instance.who = watch_over(deps_.make.token(std::move(deps)), group_of(instance.wanted.name));
  }

  std::optional<token_issued> resumed(const std::string& instance) const {
    const auto found = issued_.find(instance);
    return found == issued_.end() ? std::nullopt : std::optional{found->second};
  }

  // Configuration.

  void configure(std::shared_ptr<const config::configuration> value) {
    config_ = std::move(value);
    const bool other_threshold = deps_.policy.threshold != config_->expiring_threshold;
    deps_.policy.threshold = config_->expiring_threshold;
    drop_instances();
    tell_writer();
    const select_scope selected{config_->namespaces, config_->service_accounts};
    self_->send(writer_, selected);
    self_->send(namespaces_, selected);
    for (const auto& wanted : config_->instances) {
      auto& instance = instances_[wanted.name];
      if (instance.who && instance.wanted.same_as(wanted) && !other_threshold)
        continue;
      if (const auto last = issued_.find(wanted.name); last != issued_.end())
        last->second.renew_at = instance.wanted.same_as(wanted)
                                    ? reschedule(last->second)
                                    : deps_.wall(); // it means something else now: renew at once
      stop(group_of(wanted.name));
      instance.wanted = wanted;
      start(instance, resumed(wanted.name));
    }
    drop_identities();
  }

  /// When to renew a password under another threshold.
  wall_time reschedule(const token_issued& last) {
    const auto left = last.value.expires_at - deps_.wall();
    return deps_.wall() +
           renewal_delay(deps_.policy, left, std::uniform_real_distribution<>{}(random_));
  }

  void drop_instances() {
    std::erase_if(instances_, [this](const auto& item) {
      const auto& wanted = config_->instances;
      const bool gone = std::none_of(wanted.begin(), wanted.end(), [&](const auto& instance) {
        return instance.name == item.first;
      });
      if (gone) {
        stop(group_of(item.first));
        records_.erase(group_of(item.first));
        issued_.erase(item.first);
      }
      return gone;
    });
  }

  void drop_identities() {
    std::erase_if(identities_, [this](const auto& item) {
      const auto& wanted = config_->instances;
      const bool unused = std::none_of(wanted.begin(), wanted.end(), [&](const auto& instance) {
        return uses(instance.chain, item.first);
      });
      if (unused) {
        stop(item.first);
        names_.forget(item.second.chain);
      }
      return unused;
    });
  }

  void tell_writer() {
    expect_instances all;
    all.email = config_->notify_email;
    for (const auto& instance : config_->instances)
      all.instances.push_back({instance.name, instance.domains});
    self_->send(writer_, std::move(all));
  }

  // Deaths.

  void died(const caf::down_msg& m) {
    const auto found = std::find_if(children_.begin(), children_.end(),
                                    [&](const child& c) { return c.who->address() == m.source; });
    if (found == children_.end())
      return;
    const auto group = found->group;
    children_.erase(found);
    const auto delay = records_.at(group).died(mono(), std::uniform_real_distribution<>{}(random_));
    if (!delay)
      return give_up(group);
    deps_.log.error(
        "actor_died", "a part of the program died; it will be started again",
        {{"part", group}, {"restart_in_ms", static_cast<std::int64_t>(delay->count())}});
    if (group == everything)
      stop_everything();
    else
      stop(group);
    if (identities_.erase(group) > 0)
      stop_users_of(group);
    self_->delayed_send(self_, *delay, restart_due{group, generations_[group]});
  }

  /// They hold the handle of the identity that died.
  void stop_users_of(const std::string& identity) {
    for (auto& [instance_name, instance] : instances_)
      if (uses(instance.wanted.chain, identity)) {
        stop(group_of(instance_name));
        instance.who = token_actor{};
      }
    std::erase_if(identities_, [&](const auto& item) {
      const bool above = uses(item.second.chain, identity);
      if (above)
        stop(item.first);
      return above;
    });
  }

  void restart(const restart_due& m) {
    if (m.generation != generations_[m.child])
      return;
    if (m.child == everything)
      return start_everything();
    if (m.child == writing)
      return start_writing();
    if (m.child == configuring)
      return start_configuring();
    // An instance, or an identity with the instances that use it.
    for (auto& [instance_name, instance] : instances_) {
      const bool itself = m.child == group_of(instance_name);
      if (itself || (!instance.who && uses(instance.wanted.chain, m.child)))
        start(instance, resumed(instance_name));
    }
  }

  void give_up(const std::string& group) {
    deps_.log.error("giving_up", "a part of the program dies again and again", {{"part", group}});
    stop_everything();
    if (deps_.on_giving_up)
      deps_.on_giving_up();
    self_->quit(caf::exit_reason::unhandled_exception);
  }

  milliseconds mono() const {
    return std::chrono::duration_cast<milliseconds>(self_->clock().now().time_since_epoch());
  }

  pointer self_;
  supervisor_deps deps_;
  std::minstd_rand random_;
  std::shared_ptr<const config::configuration> config_;
  http_gateway api_;
  cloud_session cloud_;
  secret_writer writer_;
  namespace_watcher namespaces_;
  std::vector<child> children_; ///< In the order of starting.
  std::map<std::string, running_instance> instances_;
  std::map<std::string, running_identity> identities_; ///< By group.
  identity_names names_;
  std::map<std::string, token_issued> issued_;       ///< Last good ones.
  std::map<std::string, restart_record> records_;    ///< By group.
  std::map<std::string, std::uint64_t> generations_; ///< Of armed restarts, by group.
};

supervisor::behavior_type supervisor_body(supervisor_state::pointer self, supervisor_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

supervisor spawn_supervisor(caf::actor_system& system, supervisor_deps deps) {
  return system.spawn(supervisor_body, std::move(deps));
}

} // namespace acr
