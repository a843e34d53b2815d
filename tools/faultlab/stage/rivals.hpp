/// Other controllers that watch the cluster and revert the helper's writes, within milliseconds.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/faultlab/scenario/scenario.hpp"
#include "tools/faultlab/stage/witness.hpp"

namespace acr::faultlab {

/// Flow: `begin` and `end` follow the timeline; after each change that provokes a rival, it sends
/// `request_of` to the API server when its reaction time has passed. Refers to the events by
/// address.
class rivals {
public:
  struct request {
    std::string method;
    std::string target;
    std::string body;
    const char* content_type = "application/json";
  };

  /// Throws std::runtime_error if there is no such rival.
  void begin(const lab_event& what);
  void end(const lab_event& what);

  /// The rivals that this change by the helper provokes, and that have not reacted yet.
  std::vector<const lab_event*> provoked_by(const change_seen& seen);

  /// Its request now; nothing: it has ended.
  std::optional<request> request_of(const lab_event& what);

  /// `ms` of the event: from the change to the request.
  static std::chrono::milliseconds reaction_of(const lab_event& what);

  /// "serviceaccounts" or "secrets", and the name of the contested object.
  static std::string resource_of(const lab_event& what);
  static std::string object_of(const lab_event& what);
  static std::string space_of(const lab_event& what);

private:
  std::set<const lab_event*> active_;
  std::set<const lab_event*> reacting_;
};

} // namespace acr::faultlab
