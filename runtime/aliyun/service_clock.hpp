/// The time as the service has it: what its answers say, carried on by a clock that nobody sets.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "protocol/time.hpp"

namespace acr::aliyun {

/// Passwords end, and signatures are judged, by the service's clock. Until an answer has told it,
/// that of another server counts which is known better than ours (the API server's), and until that
/// is known the wall clock of the machine; afterwards this may be wrong and be set as it likes. One
/// for the process, shared by all threads.
///
/// Signatures are refused if they are more than 15 minutes off. The Date header has whole seconds,
/// and an answer takes time: what may be right, within a second, is not corrected.
class service_clock {
public:
  using boot_clock = std::function<std::chrono::milliseconds()>;

  service_clock(wall_clock ours, boot_clock boot)
      : ours_{std::move(ours)}, boot_{std::move(boot)} {}

  wall_time now() const;

  /// To be called when an answer has come, with its Date header; nothing happens without one.
  /// `took`: since the request was sent, by `uptime`.
  void observe(std::string_view date, std::chrono::milliseconds took = {});

  /// The same with the answer of another server that is to be trusted more than this machine.
  void suggest(std::string_view date, std::chrono::milliseconds took = {});

  /// The clock that nobody sets.
  std::chrono::milliseconds uptime() const { return boot_(); }

  /// What the machine's wall clock lacks.
  std::chrono::milliseconds offset() const;

private:
  static constexpr auto unknown = std::numeric_limits<std::int64_t>::min();

  wall_clock ours_;
  boot_clock boot_;
  void learn(std::string_view date, std::chrono::milliseconds took,
             std::atomic<std::int64_t>& into) const;

  // The time when the machine was booted, in milliseconds.
  std::atomic<std::int64_t> booted_at_{unknown}; ///< As the service has it.
  std::atomic<std::int64_t> suggested_{unknown}; ///< As another server has it.
};

} // namespace acr::aliyun
