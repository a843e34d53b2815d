/// Facts that actors report, and the state that the StatusBoard derives from them: the one source
/// for metrics, health, Events and a status page. Nothing here may hold a secret.
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

// Facts: each is reported when it happens, by the actor concerned.

enum class configuration_verdict : std::uint8_t { accepted, rejected, missing };

/// ConfigWatcher: the configuration was read, or there is none.
struct configuration_read {
  configuration_verdict verdict = configuration_verdict::missing;
  std::string source; ///< "kube-system/acr-configuration", or the file.
  /// The ConfigMap; nothing: a file. Its uid is empty if it was never seen.
  std::optional<kubernetes::object_meta> about;
  bool in_force = false;              ///< A valid configuration is in force now.
  std::vector<std::string> problems;  ///< One line each, with key, line and column.
  std::size_t entries_rejected = 0;   ///< How many of them drop an entry.
  std::vector<std::string> instances; ///< Of the accepted one.
  /// The namespaces, in words, of each instance that is limited to some.
  std::map<std::string, std::string> limits;
  std::string namespaces;           ///< "all", or the names.
  std::string service_accounts;     ///< The same.
  std::chrono::seconds threshold{}; ///< Renew when a credential is valid for less than this.
};

/// TokenActor: this credential is current.
struct password_held {
  std::string instance;
  std::vector<std::string> domains;
  wall_time issued_at;
  wall_time expires_at;
  wall_time renew_at;
};

/// TokenActor: an attempt to obtain one has ended.
struct attempt_ended {
  std::string instance;
  std::optional<failure> reason; ///< Nothing: it succeeded.
  std::chrono::milliseconds took{};
  unsigned failures = 0;    ///< In a row, with this one.
  bool still_valid = false; ///< The last credential is, although this attempt failed.
  wall_time next_at;        ///< When the next one is due.
};

/// TokenActor: the credential has expired and is withdrawn.
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
  std::size_t namespaces = 0;          ///< Namespaces whose Secrets hold it.
};

/// A found credential that disappears counts as expired if it was within this of its end.
inline constexpr std::chrono::seconds expiry_vagueness{5};

/// TokenActor: result of the login check of the current credential at the instance's domains.
struct logins_tried {
  std::string instance;
  std::vector<registry::login_outcome> outcomes; ///< One per domain that can be asked.
};

/// TokenActor: the instance's access restrictions according to ListInstanceEndpoint. Reported when
/// they change.
struct endpoints_examined {
  std::string instance;
  std::vector<aliyun::endpoint_finding> findings; ///< Empty: nothing keeps nodes from pulling.
};

/// Supervisor, where replicas elect a leader: whether this one leads.
struct lead_changed {
  bool leads = false;
};

/// SecretWriter: its progress. Reported when it changes, at most once a second.
struct writing_progress {
  bool warm = false; ///< All lists that it needs are complete.
  std::size_t namespaces = 0;
  std::size_t namespaces_served = 0;
  std::size_t accounts = 0;
  std::size_t accounts_linked = 0;
  std::size_t foreign = 0; ///< Foreign Secrets of our name in namespaces in scope.
  std::size_t failing = 0; ///< Namespaces in which the last write failed.
  std::size_t waiting = 0; ///< Namespaces waiting for a check, now or later.
  std::size_t in_work = 0;
  /// Since when the namespace that waits longest has been unsynced, or writes to it have failed;
  /// nothing: none waits.
  std::optional<wall_time> unserved_since;
  /// Successful writes since the start, by resource ("secrets", "serviceaccounts"), reason ("new
  /// link").
  std::map<std::pair<std::string, std::string>, std::uint64_t> writes;

  friend bool operator==(const writing_progress&, const writing_progress&) = default;
};

/// SecretWriter: a Secret of our name in this namespace is foreign.
struct foreign_secret {
  kubernetes::object_meta secret;
  kubernetes::object_meta account; ///< An account that would have been linked.
};

/// SecretWriter: writes fail for this reason, in this many namespaces.
struct writes_failing {
  failure reason;
  std::size_t namespaces = 0;
  std::vector<std::string> examples;
  std::optional<kubernetes::object_meta> account; ///< An account there, as an example.
};

/// SecretWriter: all writes succeed again.
struct writes_recovered {
  std::size_t namespaces = 0; ///< Where they had failed.
};

/// SecretWriter: these credentials are in none of our Secrets. Reported when that changes.
struct credentials_left_out {
  struct entry {
    std::string instance;
    std::string domain;
    bool no_room = false; ///< Our Secrets are full; else more than four instances claim the domain.

    friend bool operator==(const entry&, const entry&) = default;
  };
  std::vector<entry> entries; ///< Empty: none is left out.
};

/// Kubernetes session and watchers: the API server has answered, or could not be reached.
struct api_answered {
  std::string verb;     ///< As Kubernetes names them: get, list, watch, create, patch, delete.
  std::string resource; ///< "secrets", "serviceaccounts/token"
  std::string code;     ///< "200", or the name of the failure where there was no answer.
};

/// A watcher reopens its stream.
struct watch_restarted {
  std::string resource;
  std::string reason; ///< "ended" as planned, or the name of the failure.
};

/// The outcome of a renewal request for one instance.
struct renewal_outcome {
  std::string instance;
  result<wall_time> expires_at; ///< Of the new one.
};
/// Supervisor: a renewal request of an operator is completed.
struct renewals_ended {
  std::string request; ///< The id of the request.
  std::vector<renewal_outcome> outcomes;
};

/// Supervisor: a component crashed, and is restarted.
struct part_died {
  std::string part; ///< "writing", "instance/cri-1", ...
};

/// EventRecorder: the outcome of an Event.
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
  std::string limited_to; ///< The namespaces that alone get its credentials; empty: all in scope.
  std::vector<std::string> domains;
  std::optional<wall_time> issued_at;
  std::optional<wall_time> expires_at;
  std::optional<wall_time> renew_at; ///< When the next attempt is due.
  /// When an earlier helper's credential expires, while there is none of this process.
  std::optional<wall_time> found_until;
  std::size_t found_in = 0; ///< Number of namespaces that hold it.
  bool withdrawn = false;
  unsigned failures = 0; ///< In a row.
  std::optional<failure> last_failure;
  std::optional<wall_time> failed_at;          ///< When it came.
  std::vector<registry::login_outcome> logins; ///< Of the current credential, once it was checked.
  std::vector<aliyun::endpoint_finding> endpoints; ///< Obstacles to pulls through them.
  std::uint64_t successes = 0;
  std::map<std::pair<std::string, std::string>, std::uint64_t> failures_by; ///< (step, code)
  duration_histogram durations;

  /// Expiry of the credential that Pods pull with now, of any helper. Nothing: there is none.
  std::optional<wall_time> valid_until(wall_time now) const;
  /// Whether that dates from before the start of this process.
  bool from_before(wall_time now) const { return !expires_at && valid_until(now); }
  /// The worst applicable state in one word: "withdrawn", "failing", "renewal failing", "pending"
  /// or "valid".
  const char* state(wall_time now) const;
};

struct configuration_status {
  configuration_verdict verdict = configuration_verdict::missing; ///< Of the last one read.
  bool read = false;                                              ///< Whether any was read.
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
  bool good = false;   ///< No action needed.
  std::string subject; ///< The instance, or a component of the helper.
  std::string what;
};

struct helper_status {
  wall_time started_at;
  bool elected = false; ///< Replicas elect a leader.
  bool leads = true;    ///< This one is active; the others are on hot standby.
  configuration_status configuration;
  std::map<std::string, instance_status> instances;
  writing_progress writing;
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t>
      api_requests;                                                     ///< (verb, resource, code)
  std::map<std::pair<std::string, std::string>, std::uint64_t> watches; ///< (resource, reason)
  std::map<std::string, std::uint64_t> deaths;                          ///< By kind of component.
  std::array<std::uint64_t, 4> events{};                                ///< By `event_outcome`.
  std::vector<state_change> happened;                ///< The last ones, newest first.
  std::vector<credentials_left_out::entry> left_out; ///< Credentials that are in no Secret.
  /// Since when TLS to the API server has failed; nothing: its last answer was trusted.
  std::optional<wall_time> untrusted_since;

  /// A valid configuration is in force, and the state of everything concerned is known.
  bool ready() const { return configuration.in_force && writing.warm; }
  /// False after five minutes without a trusted connection to the API server: certificates are read
  /// again while the program runs, so the problem will not go away by itself and has to be seen.
  bool trusts_api_server(wall_time now) const {
    return !untrusted_since || now - *untrusted_since < std::chrono::minutes{5};
  }
};

// Messages.

/// Any actor -> StatusBoard, and StatusBoard -> its followers.
struct fact_reported {
  fact what;
};

using fact_sink = caf::typed_actor<
    // A fact.
    caf::reacts_to<fact_reported>>;

/// Program -> StatusBoard: forward all facts to this actor, until it dies.
struct follow_facts {
  fact_sink follower;
};

/// Any actor -> StatusBoard.
struct ask_status {};
struct status_reply {
  helper_status value;
};

using status_board = fact_sink::extend<
    // Another follower.
    caf::reacts_to<follow_facts>,
    // The current state.
    caf::replies_to<ask_status>::with<status_reply>>;

/// Private: a postponed Event is due.
struct event_due {
  std::uint64_t generation;
};

/// The EventRecorder: turns facts into Events.
using event_recorder = fact_sink::extend<
    // Private.
    caf::reacts_to<event_due>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::fact_reported)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::follow_facts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::ask_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::status_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::event_due)
