/// What actors report of themselves, and the state that the StatusBoard makes of it: one source for
/// metrics, health, Events and a status page. Nothing here may hold a secret.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/aliyun/causes.hpp"
#include "protocol/failure.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/registry/login.hpp"
#include "protocol/time.hpp"

namespace acr {

// Facts: each is told when it happens, by whom it happens to.

enum class configuration_verdict : std::uint8_t { accepted, rejected, missing };

/// ConfigWatcher: it has read the configuration, or there is none.
struct configuration_read {
  configuration_verdict verdict = configuration_verdict::missing;
  std::string source; ///< "kube-system/acr-configuration", or the file.
  /// The ConfigMap; nothing: a file. Its uid is empty if it was never seen.
  std::optional<kubernetes::object_meta> about;
  bool in_force = false;              ///< Some good configuration is in force now.
  std::vector<std::string> problems;  ///< One line each, with key, line and column.
  std::size_t entries_rejected = 0;   ///< How many of them leave an entry out.
  std::vector<std::string> instances; ///< Of the one that was accepted.
  std::string namespaces;             ///< "all", or the names.
  std::string service_accounts;       ///< The same.
  std::chrono::seconds threshold{};   ///< Renew when a password has less left.
};

/// TokenActor: this password is in hand.
struct password_held {
  std::string instance;
  std::vector<std::string> domains;
  wall_time issued_at;
  wall_time expires_at;
  wall_time renew_at;
};

/// TokenActor: an attempt to get one has ended.
struct attempt_ended {
  std::string instance;
  std::optional<failure> reason; ///< Nothing: it succeeded.
  std::chrono::milliseconds took{};
  unsigned failures = 0;    ///< In a row, with this one.
  bool still_valid = false; ///< The last password is, although this attempt failed.
  wall_time next_at;        ///< When the next one is due.
};

/// TokenActor: the password has expired, and is offered no more.
struct password_withdrawn {
  std::string instance;
};

/// SecretWriter: after a start the Secrets of the cluster hold a credential of this instance that
/// an earlier helper wrote, or none. Reported for each instance once all lists are complete, and
/// again when that changes before the instance has a credential of this process.
struct credential_found {
  std::string instance;
  std::vector<std::string> domains;
  std::optional<wall_time> expires_at; ///< The earliest expiry; nothing: there is none any more.
  std::size_t namespaces = 0;          ///< Whose Secrets hold it.
};

/// What was found and is there no more had expired if its end was no further away than this.
inline constexpr std::chrono::seconds expiry_vagueness{5};

/// TokenActor: the password in hand was tried at the instance's domains.
struct logins_tried {
  std::string instance;
  std::vector<registry::login_outcome> outcomes; ///< One per domain that can be asked.
};

/// TokenActor: what the instance's endpoints let through, as ListInstanceEndpoint tells it.
/// Reported when that changes.
struct endpoints_examined {
  std::string instance;
  std::vector<aliyun::endpoint_finding> findings; ///< Empty: nothing keeps nodes from pulling.
};

/// Supervisor, where replicas elect a leader: whether it is this one.
struct lead_changed {
  bool leads = false;
};

/// SecretWriter: how far it is. Told when it changes, at most once a second.
struct writing_progress {
  bool warm = false; ///< All lists that it needs are complete.
  std::size_t namespaces = 0;
  std::size_t namespaces_served = 0;
  std::size_t accounts = 0;
  std::size_t accounts_linked = 0;
  std::size_t foreign = 0; ///< Secrets of our name that are not ours, in namespaces in scope.
  std::size_t failing = 0; ///< Namespaces in which the last write failed.
  std::size_t waiting = 0; ///< Namespaces to be looked at, now or later.
  std::size_t in_work = 0;
  /// Since when the namespace has been in scope that waits longest to be served, or since when the
  /// writes to it fail.
  std::optional<wall_time> unserved_since;
  /// Successful writes since the start, by resource ("secrets", "serviceaccounts"), reason ("new
  /// link").
  std::map<std::pair<std::string, std::string>, std::uint64_t> writes;

  friend bool operator==(const writing_progress&, const writing_progress&) = default;
};

/// SecretWriter: a Secret of our name in this namespace is not ours.
struct foreign_secret {
  kubernetes::object_meta secret;
  kubernetes::object_meta account; ///< One that would have been linked.
};

/// SecretWriter: writes are failing for this reason, in so many namespaces.
struct writes_failing {
  failure reason;
  std::size_t namespaces = 0;
  std::vector<std::string> examples;
  std::optional<kubernetes::object_meta> account; ///< One of the first example.
};

/// SecretWriter: they work again, in all of them.
struct writes_recovered {
  std::size_t namespaces = 0; ///< In which they had failed.
};

/// SecretWriter: these credentials are in none of our Secrets. Reported when that changes.
struct credentials_left_out {
  struct entry {
    std::string instance;
    std::string domain;
    bool no_room = false; ///< Our Secrets are full; else more than four instances claim the domain.

    friend bool operator==(const entry&, const entry&) = default;
  };
  std::vector<entry> entries; ///< Empty: all are there.
};

/// Kubernetes session and watchers: the API server has answered, or could not be reached.
struct api_answered {
  std::string verb;     ///< As Kubernetes names them: get, list, watch, create, patch, delete.
  std::string resource; ///< "secrets", "serviceaccounts/token"
  std::string code;     ///< "200", or the name of the failure where there was no answer.
};

/// A watcher opens its stream once more.
struct watch_restarted {
  std::string resource;
  std::string reason; ///< "ended" as planned, or the name of the failure.
};

/// What became of one instance when an operator asked for a new password.
struct renewal_outcome {
  std::string instance;
  result<wall_time> expires_at; ///< Of the new one.
};
/// Supervisor: all that an operator asked for has been tried.
struct renewals_ended {
  std::string request; ///< Which asking it was.
  std::vector<renewal_outcome> outcomes;
};

/// Supervisor: a part of the program died, and is started again.
struct part_died {
  std::string part; ///< "writing", "instance/cri-1", ...
};

/// EventRecorder: what became of an Event.
enum class event_outcome : std::uint8_t { written, suppressed, dropped, failed };
struct event_handled {
  event_outcome outcome = event_outcome::written;
};

using fact =
    std::variant<configuration_read, lead_changed, password_held, attempt_ended, password_withdrawn,
                 logins_tried, writing_progress, foreign_secret, writes_failing, writes_recovered,
                 api_answered, watch_restarted, renewals_ended, part_died, event_handled,
                 credential_found, credentials_left_out, endpoints_examined>;

// The state.

/// Counts of durations up to each bound, in seconds; the last counts all.
struct duration_histogram {
  static constexpr std::array<double, 8> bounds{0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60};
  std::array<std::uint64_t, bounds.size() + 1> counts{};
  double sum = 0;

  void add(std::chrono::milliseconds took);
};

struct instance_status {
  std::vector<std::string> domains;
  std::optional<wall_time> issued_at;
  std::optional<wall_time> expires_at;
  std::optional<wall_time> renew_at; ///< When the next attempt is due.
  /// Until when what an earlier helper wrote is valid, as long as there is nothing of this process.
  std::optional<wall_time> found_until;
  std::size_t found_in = 0; ///< So many namespaces hold it.
  bool withdrawn = false;
  unsigned failures = 0; ///< In a row.
  std::optional<failure> last_failure;
  std::optional<wall_time> failed_at;              ///< When it came.
  std::vector<registry::login_outcome> logins;     ///< Of the password in hand, once it was tried.
  std::vector<aliyun::endpoint_finding> endpoints; ///< What keeps nodes from pulling through them.
  std::uint64_t successes = 0;
  std::map<std::pair<std::string, std::string>, std::uint64_t> failures_by; ///< (step, code)
  duration_histogram durations;

  /// What Pods pull with now: valid until then, by any helper. Nothing: there is none.
  std::optional<wall_time> valid_until(wall_time now) const;
  /// That is of before the start of this process.
  bool from_before(wall_time now) const { return !expires_at && valid_until(now); }
  /// One word for all this, the worst that is true: "withdrawn", "failing", "renewal failing",
  /// "pending" or "valid".
  const char* state(wall_time now) const;
};

struct configuration_status {
  configuration_verdict verdict = configuration_verdict::missing; ///< Of what was read last.
  bool read = false;                                              ///< Anything at all.
  bool in_force = false;
  std::string source;
  std::vector<std::string> problems;
  std::size_t entries_rejected = 0;
  std::optional<wall_time> accepted_at;
  std::string namespaces;
  std::string service_accounts;
  std::chrono::seconds threshold{};
};

/// A change of state, in words.
struct state_change {
  wall_time at;
  bool good = false;   ///< Nothing to be done about it.
  std::string subject; ///< The instance, or a part of the helper.
  std::string what;
};

struct helper_status {
  wall_time started_at;
  bool elected = false; ///< Replicas elect a leader.
  bool leads = true;    ///< This one does the work; the others stand by.
  configuration_status configuration;
  std::map<std::string, instance_status> instances;
  writing_progress writing;
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t>
      api_requests;                                                     ///< (verb, resource, code)
  std::map<std::pair<std::string, std::string>, std::uint64_t> watches; ///< (resource, reason)
  std::map<std::string, std::uint64_t> deaths;                          ///< By kind of part.
  std::array<std::uint64_t, 4> events{};                                ///< By `event_outcome`.
  std::vector<state_change> happened;                ///< The last ones, the newest first.
  std::vector<credentials_left_out::entry> left_out; ///< Credentials that are in no Secret.
  /// Since when no connection to the API server has been trusted; nothing: the last one was.
  std::optional<wall_time> untrusted_since;

  /// A good configuration is in force, and all that it concerns is known.
  bool ready() const { return configuration.in_force && writing.warm; }
  /// False after five minutes without a trusted connection to the API server: certificates are read
  /// again while the program runs, so what is wrong will not pass by itself and has to be seen.
  bool trusts_api_server(wall_time now) const {
    return !untrusted_since || now - *untrusted_since < std::chrono::minutes{5};
  }
};

// Messages.

/// Anyone -> StatusBoard, and StatusBoard -> who follows it.
struct noted {
  fact what;
};

using fact_sink = caf::typed_actor<
    // It happened.
    caf::reacts_to<noted>>;

/// Program -> StatusBoard: tell this one all facts, too, until it dies.
struct follow_facts {
  fact_sink follower;
};

/// Anyone -> StatusBoard.
struct ask_status {};
struct status_reply {
  helper_status value;
};

using status_board = fact_sink::extend<
    // Another one wants to know.
    caf::reacts_to<follow_facts>,
    // How are things?
    caf::replies_to<ask_status>::with<status_reply>>;

/// Private: an Event that was put off is due.
struct event_due {
  std::uint64_t generation;
};

/// The EventRecorder: makes Events of facts.
using event_recorder = fact_sink::extend<
    // Private.
    caf::reacts_to<event_due>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::noted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::follow_facts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::ask_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::status_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::event_due)
