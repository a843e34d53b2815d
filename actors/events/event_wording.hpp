/// Turns facts into the Events that an operator should find, and chooses their objects.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/events/event_aggregator.hpp"
#include "protocol/messages/status.hpp"

namespace acr {

/// Pure. It remembers the ConfigMap, to which most Events belong, and which subjects are failing: a
/// recovery is reported only after a failure was. Of several replicas only the leader reports. The
/// reasons are listed in docs/observability.md.
class event_wording {
public:
  /// `instance`: the name of this Pod or host.
  explicit event_wording(std::string instance) : instance_{std::move(instance)} {}

  std::vector<event_request> of(const fact& what, wall_time now);

private:
  using requests = std::vector<event_request>;

  requests say(const configuration_read& what, wall_time now);
  requests say(const lead_changed& what, wall_time now);
  requests say(const attempt_ended& what, wall_time now);
  requests say(const password_withdrawn& what, wall_time now);
  requests say(const credential_found& what, wall_time now);
  requests say(const logins_tried& what, wall_time now);
  requests say(const endpoints_examined& what, wall_time now);
  requests say(const renewals_ended& what, wall_time now) const;
  requests say(const foreign_secret& what, wall_time now);
  requests say(const credentials_left_out& what, wall_time now);
  requests say(const writes_failing& what, wall_time now);
  requests say(const writes_recovered& what, wall_time now);

  requests read(const configuration_read& what, wall_time now);

  /// An Event on the ConfigMap; nothing if the configuration is a file.
  requests on_config(std::string topic, std::string gist, bool warning, std::string reason,
                     std::string action, std::string message, wall_time now) const;

  std::string instance_;
  std::optional<kubernetes::object_meta> config_map_;
  /// What the Secrets hold and until when it is valid, in words.
  std::string held(const attempt_ended& what, wall_time now) const;

  /// When the entries of earlier helpers expire, by instance; nothing: there is none.
  std::map<std::string, std::optional<wall_time>> found_;
  std::set<std::string> failing_; ///< Instances whose failure was reported.
  std::set<std::string> closed_;  ///< Instances of which a closed endpoint was reported.
  std::set<std::string> refused_; ///< Instances whose refused login was reported.
  bool writes_failing_ = false;
  bool leads_ = true;                        ///< A replica on standby writes no Events.
  std::optional<configuration_read> unsaid_; ///< To be reported when it leads.
};

} // namespace acr
