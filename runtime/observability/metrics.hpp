/// The metrics of the helper, from a snapshot of its state. Each is described in
/// docs/observability.md.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "protocol/messages/status.hpp"

namespace acr {

/// Resource usage of the process.
struct process_usage {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double open_files = 0;
  double memory_limit_bytes = 0; ///< 0: there is none.
  /// How far this machine's clock is behind that of the servers; not known to `measure_process`.
  double clock_behind_seconds = 0;
};
/// From /proc; nothing if it cannot be read.
std::optional<process_usage> measure_process();
/// The limit of the control group in that folder, of either hierarchy; 0: none.
double memory_limit(const std::filesystem::path& cgroup);

/// In the format of runtime/observability/exposition.hpp. Never holds a secret: `helper_status` has
/// none.
std::string metrics_text(const helper_status& state, const std::string& version,
                         const std::optional<process_usage>& usage);

} // namespace acr
