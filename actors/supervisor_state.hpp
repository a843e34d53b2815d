/// The state of the supervisor: who its children are, and what they are to do. Private to it.
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
#include "runtime/supervision/luck.hpp"

namespace acr {

/// Children, leadership and deaths are in supervisor.cpp, configuration and instances in
/// supervisor_instances.cpp. What it knows is in objects of their own: `child_table`,
/// `leadership_state`, `issued_credentials`, `running_identities`, `configuration_brake`.
class supervisor_state {
public:
  using milliseconds = std::chrono::milliseconds;
  using pointer = supervisor::stateful_pointer<supervisor_state>;

  static inline const char* name = "acr.supervisor";

  explicit supervisor_state(pointer self) : self_{self} {}
  supervisor_state(const supervisor_state&) = delete;
  supervisor_state& operator=(const supervisor_state&) = delete;

  // Runs on exit, on kill and after an exception: nobody goes on without supervision, and a program
  // without a supervisor ends.
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
  /// Ends all children of a group, the last one started first, and overtakes a restart that is
  /// armed. Each start begins with it: so no group ever runs twice.
  void stop(const std::string& group);
  void await_the_stopping();
  /// Handlers do not block; one that does holds a thread that all need.
  void look_for_late_ones();
  void stop_everything();
  void start_everything();
  void start_writing();
  void start_recording();
  void start_electing();
  void start_admitting();
  void start_configuring();
  /// What the watches told before holds no more, and they do not tell what does.
  void list_anew();

  // The lead.

  bool leads() const { return lead_.leads(); }
  /// Caches are warm in every replica; the cloud is asked by the one that leads.
  void lead(const leadership& m);
  void lead_changes(leadership_state::change how);
  void watch_the_lead();
  /// The next leader has credentials of its own in the cluster: those of this replica are to
  /// blank none of them. Caches and watches stay.
  void forget_credentials();
  void resign_and_quit();

  // Deaths.

  void died(const caf::down_msg& m);
  void restart(const restart_due& m);
  void give_up(const std::string& group, const std::string& why);

  // Instances (supervisor_instances.cpp).

  static std::string group_of(const std::string& instance) { return "instance/" + instance; }
  /// Follows it, at once or, if it changes all the time, later.
  void hear_of(std::shared_ptr<const config::configuration> value);
  void follow_the_waiting();
  void configure(std::shared_ptr<const config::configuration> value);
  void drop(const std::string& instance);
  /// It is no longer wanted, or means something else from now on.
  void discard(const std::string& group);
  /// Only its name differs, as far as this goes.
  void rename(const config::renaming& what);
  /// New. One that was there a moment ago goes on with its credential.
  void add(const config::instance& wanted);
  /// It means something else now: what failed before is tried at once; a credential stays until
  /// there is another.
  void replace(const config::instance& wanted);
  /// Only its domains differ: the password is as good for the new ones. Where they are not named, a
  /// call has to find them.
  void move(const config::instance& wanted);
  /// Another threshold: told to the one that is running, or to its successor.
  void reschedule_one(const std::string& which);
  wall_time renewal_of(const token_issued& last);
  void renew(const renewal_wish& wish);
  /// One identity for each distinct way into the cloud; it is shared.
  identity_source identity_of(const config::role_chain& wanted);
  void drop_identities();
  /// Goes on with its credential, if there is one.
  void start(running_instance& instance);
  void stop_using(const std::string& instance_name, running_instance& instance);
  /// They hold the handle of the identity that died, if it was one.
  void stop_users_of(const std::string& identity);

  // Their credentials.

  /// Whether the message at hand comes from the actor of the instance as it is now, and not from
  /// one that was stopped because the instance meant something else or the lead was lost.
  bool speaks_for(const std::string& instance) const;
  void issued(token_issued m);
  void tell_of_clock(const clock_changed& m);
  /// The answer to one may have corrected the clock for all.
  void judge_clock();

  milliseconds mono() const { return monotonic(*self_); }

  pointer self_;
  supervisor_deps deps_;
  luck luck_;          ///< Of each group.
  bool ended_ = false; ///< Told to, or it gave up.
  std::shared_ptr<const config::configuration> config_;
  std::shared_ptr<const config::configuration> waiting_; ///< The newest, if it is to wait.
  bool waiting_armed_ = false;                           ///< A `configuration_due` is on its way.
  configuration_brake brake_;
  std::optional<milliseconds> clock_ahead_; ///< Of the monotonic one, when a password came last.
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
