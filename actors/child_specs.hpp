/// How each part of the program is restarted and stopped: the one table.
#pragma once

#include <string>

#include "runtime/supervision/child_table.hpp"

namespace acr {

namespace parts {
/// Gateway and sessions: all others hold their handles, so they take all with them.
inline constexpr const char* everything = "core";
/// SecretWriter and NamespaceWatcher: one lists anew for the other.
inline constexpr const char* writing = "writing";
/// ConfigWatcher.
inline constexpr const char* configuring = "config";
/// The elector, if there is one.
inline constexpr const char* electing = "election";
/// EventRecorder.
inline constexpr const char* recording = "events";
/// AdmissionKeeper.
inline constexpr const char* admitting = "admission";
// And "identity/..." (with those who use it), "instance/...": each for itself.
} // namespace parts

struct child_specs {
  /// Beyond ten deaths in two minutes the process gives up, and Kubernetes restarts it.
  child_spec core{{std::chrono::milliseconds{100}, std::chrono::seconds{5}, std::chrono::minutes{1},
                   10, std::chrono::minutes{2}}};
  /// They may fail without end, at the cost of one start in half a minute.
  child_spec identity{{std::chrono::milliseconds{100}, std::chrono::seconds{30},
                       std::chrono::minutes{1}, 0, std::chrono::minutes{1}}};
  child_spec instance{{std::chrono::milliseconds{100}, std::chrono::seconds{30},
                       std::chrono::minutes{1}, 0, std::chrono::minutes{1}}};
  /// Nobody needs it to live.
  child_spec recorder = instance;

  const child_spec& of(const std::string& group) const {
    return group.starts_with("identity/")                           ? identity
           : group.starts_with("instance/")                         ? instance
           : group == parts::recording || group == parts::admitting ? recorder
                                                                    : core;
  }
};

} // namespace acr
