/// The table of how each component is restarted and stopped.
#pragma once

#include <string>

#include "runtime/supervision/child_table.hpp"

namespace acr {

namespace parts {
/// Gateway and sessions: all others hold their handles, so all stop with them.
inline constexpr const char* everything = "core";
/// SecretWriter and NamespaceWatcher: a restart of either requires new lists from the other.
inline constexpr const char* writing = "writing";
/// ConfigWatcher.
inline constexpr const char* configuring = "config";
/// The elector, if there is one.
inline constexpr const char* electing = "election";
/// EventRecorder.
inline constexpr const char* recording = "events";
/// AdmissionKeeper.
inline constexpr const char* admitting = "admission";
// And "identity/..." (with its users), "instance/...": each separately.
} // namespace parts

struct child_specs {
  /// After more than ten crashes in two minutes the process exits, and Kubernetes restarts it.
  child_spec core{{std::chrono::milliseconds{100}, std::chrono::seconds{5}, std::chrono::minutes{1},
                   10, std::chrono::minutes{2}}};
  /// May fail without end, at the cost of one start per half minute.
  child_spec identity{{std::chrono::milliseconds{100}, std::chrono::seconds{30},
                       std::chrono::minutes{1}, 0, std::chrono::minutes{1}}};
  child_spec instance{{std::chrono::milliseconds{100}, std::chrono::seconds{30},
                       std::chrono::minutes{1}, 0, std::chrono::minutes{1}}};
  /// No other component depends on it.
  child_spec recorder = instance;

  const child_spec& of(const std::string& group) const {
    return group.starts_with("identity/")                           ? identity
           : group.starts_with("instance/")                         ? instance
           : group == parts::recording || group == parts::admitting ? recorder
                                                                    : core;
  }
};

} // namespace acr
