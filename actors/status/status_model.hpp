/// The state of the helper, computed from the facts that its actors report.
#pragma once

#include "protocol/messages/status.hpp"

namespace acr {

/// Pure: takes facts and their times. It grows with the number of instances, not with time: the
/// kinds of requests, failures and components are few.
class status_model {
public:
  explicit status_model(wall_time started_at) { state_.started_at = started_at; }

  void apply(const fact& what, wall_time now);
  const helper_status& state() const { return state_; }

private:
  void add(const configuration_read& what, wall_time now);
  void add(const lead_changed& what, wall_time now);
  void add(const password_held& what, wall_time now);
  void add(const attempt_ended& what, wall_time now);
  void add(const password_withdrawn& what, wall_time now);
  void add(const credential_found& what, wall_time now);
  void add(const logins_tried& what, wall_time now);
  void add(const endpoints_examined& what, wall_time now);
  void add(const writing_progress& what, wall_time now);
  void add(const api_answered& what, wall_time now);
  void add(const watch_restarted& what, wall_time now);
  void add(const part_died& what, wall_time now);
  void add(const event_handled& what, wall_time now);
  /// Foreign Secrets, failing writes and renewals are for Events only.
  void add(const foreign_secret&, wall_time) {}
  void add(const credentials_left_out& what, wall_time) { state_.left_out = what.entries; }
  void add(const writes_failing&, wall_time) {}
  void add(const writes_recovered&, wall_time) {}
  void add(const renewals_ended&, wall_time) {}

  instance_status* find(const std::string& instance);

  helper_status state_;
};

} // namespace acr
