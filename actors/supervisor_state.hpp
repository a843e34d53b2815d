/// The state of the supervisor: its children, and what they are to do. Private to it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/running_identities.hpp"
#include "actors/supervision/configuration_brake.hpp"
#include "actors/supervision/issued_credentials.hpp"
#include "actors/supervision/leadership_state.hpp"
#include "actors/supervisor.hpp"
#include "config/diff.hpp"
#include "runtime/clock/monotonic.hpp"
#include "runtime/supervision/child_table.hpp"
#include "runtime/supervision/random_source.hpp"

namespace acr {

/// Children, leadership and crashes are in supervisor.cpp, configuration and instances in
/// supervisor_instances.cpp. Its knowledge is in separate objects: `child_table`,
/// `leadership_state`, `issued_credentials`, `running_identities`, `configuration_brake`.
class supervisor_state {
public:
  using milliseconds = std::chrono::milliseconds;
  using pointer = supervisor::stateful_pointer<supervisor_state>;

  static inline const char* name = "acr.supervisor";

  explicit supervisor_state(pointer self) : self_{self} {}
  supervisor_state(const supervisor_state&) = delete;
  supervisor_state& operator=(const supervisor_state&) = delete;

  // Runs on exit, on kill and after an exception: no actor goes on without supervision, and a
  // program without a supervisor ends.
  ~supervisor_state();

  supervisor::behavior_type make_behavior(supervisor_deps deps);

private:
  struct running_instance {
    config::instance wanted;
    token_actor who;
    milliseconds threshold{}; ///< Sent to it last.
  };

  // Children.

  template <class Handle>
  Handle watch_over(Handle handle, const std::string& group) {
    self_->monitor(handle);
    children_.add(caf::actor_cast<caf::strong_actor_ptr>(handle), group, mono());
    return handle;
  }

  void kill(const std::vector<caf::strong_actor_ptr>& whom);
  /// Ends all children of a group, the last one started first, and cancels a pending restart. Each
  /// start begins with it: so no group ever runs twice.
  void stop(const std::string& group);
  void await_the_stopping();
  /// Gives up if a child does not stop: a handler that blocks occupies a thread that all need.
  void look_for_late_ones();
  void stop_everything();
  void start_everything();
  void start_writing();
  void start_recording();
  void start_electing();
  void start_admitting();
  void start_configuring();
  /// What the watches reported is out of date: they list again.
  void list_anew();

  // The lead.

  bool leads() const { return lead_.leads(); }
  /// Caches are warm in every replica; only the leader calls the cloud.
  void lead(const leadership& m);
  void lead_changes(leadership_state::change how);
  void watch_the_lead();
  /// The next leader writes its own credentials: those must not be blanked when the ones of this
  /// replica expire. Caches and watches stay.
  void forget_credentials();
  void resign_and_quit();

  // Crashes.

  void died(const caf::down_msg& m);
  void restart(const restart_due& m);
  void give_up(const std::string& group, const std::string& why);

  // Instances (supervisor_instances.cpp).

  static std::string group_of(const std::string& instance) { return "instance/" + instance; }
  /// Applies it at once, or later if it changes all the time.
  void hear_of(std::shared_ptr<const config::configuration> value);
  void follow_the_waiting();
  void configure(std::shared_ptr<const config::configuration> value);
  void drop(const std::string& instance);
  /// Stops it and forgets its crashes: it is no longer wanted, or its meaning has changed.
  void discard(const std::string& group);
  /// Only its name differs, as far as the credential is concerned.
  void rename(const config::renaming& what);
  /// A new instance. One that was there a moment ago gets its credential back.
  void add(const config::instance& wanted);
  /// Its meaning has changed: earlier failures are retried at once; a credential stays until there
  /// is another.
  void replace(const config::instance& wanted);
  /// Only its domains differ: the credential is as good for the new ones. Where they are not
  /// configured, a call has to find them.
  void move(const config::instance& wanted);
  /// Sends a new threshold to the running actor, or to its successor.
  void reschedule_one(const std::string& which);
  wall_time renewal_of(const token_issued& last);
  void renew(const renewal_request& request);
  /// Returns the one shared identity per distinct chain.
  identity_source identity_of(const config::role_chain& wanted);
  void drop_identities();
  /// Starts it with its credential, if there is one.
  void start(running_instance& instance);
  void stop_using(const std::string& instance_name, running_instance& instance);
  /// Stops all that hold the handle of this identity, which has crashed; else does nothing.
  void stop_users_of(const std::string& identity);

  // Credentials.

  /// Whether the current message comes from the present actor of the instance, and not from one
  /// that was stopped because its meaning changed or the lead was lost.
  bool speaks_for(const std::string& instance) const;
  void issued(token_issued m);
  void tell_of_clock(const clock_changed& m);
  /// An answer may have corrected the clock for all.
  void judge_clock();

  milliseconds mono() const { return monotonic(*self_); }

  pointer self_;
  supervisor_deps deps_;
  random_source random_; ///< Of each group.
  bool ended_ = false;   ///< Asked to stop, or it gave up.
  std::shared_ptr<const config::configuration> config_;
  std::shared_ptr<const config::configuration> waiting_; ///< The newest, if it has to wait.
  bool waiting_armed_ = false;                           ///< A `configuration_due` is in flight.
  configuration_brake brake_;
  std::optional<milliseconds> clock_ahead_; ///< Wall minus monotonic time, at the last credential.
  http_gateway gateway_;
  http_gateway api_;
  cloud_session cloud_;
  secret_writer writer_;
  leader_elector elector_; ///< None: there is only one replica.
  leadership_state lead_;
  bool lead_watched_ = false; ///< A `lead_due` is armed.
  namespace_watcher namespaces_;
  admission_keeper admission_; ///< None: there is no webhook.
  child_table children_{
      [this](const std::string& group) -> const child_spec& { return deps_.specs.of(group); }};
  std::map<std::string, running_instance> instances_;
  running_identities identities_;
  issued_credentials credentials_;
};

} // namespace acr
