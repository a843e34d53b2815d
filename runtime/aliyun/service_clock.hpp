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
/// the wall clock of the machine counts; afterwards it may be wrong and be set as it likes. One for
/// the process, shared by all threads.
///
/// Signatures are refused if they are more than 15 minutes off. The Date header has whole seconds:
/// what is within one second counts as equal.
class service_clock {
public:
  using boot_clock = std::function<std::chrono::milliseconds()>;

  service_clock(wall_clock ours, boot_clock boot)
      : ours_{std::move(ours)}, boot_{std::move(boot)} {}

  wall_time now() const;

  /// To be called when an answer has come, with its Date header; nothing happens without one.
  void observe(std::string_view date);

  /// What the machine's wall clock lacks.
  std::chrono::milliseconds offset() const;

private:
  static constexpr auto unknown = std::numeric_limits<std::int64_t>::min();

  wall_clock ours_;
  boot_clock boot_;
  std::atomic<std::int64_t> booted_at_{unknown}; ///< The service's time then, in milliseconds.
};

} // namespace acr::aliyun
