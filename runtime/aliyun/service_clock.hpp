/// The time as the service has it: ours, corrected by what its answers say.
#pragma once

#include <chrono>
#include <string_view>
#include <utility>

#include "protocol/time.hpp"

namespace acr::aliyun {

/// Signatures are refused if they are more than 15 minutes off. The Date header has whole seconds:
/// what is within one second counts as equal.
class service_clock {
public:
  explicit service_clock(wall_clock ours, std::chrono::milliseconds offset = {})
      : ours_{std::move(ours)}, offset_{offset} {}

  wall_time now() const { return ours_() + offset_; }

  /// To be called when an answer has come, with its Date header; nothing happens without one.
  void observe(std::string_view date);

  /// What is added to our time.
  std::chrono::milliseconds offset() const { return offset_; }

private:
  wall_clock ours_;
  std::chrono::milliseconds offset_;
};

} // namespace acr::aliyun
