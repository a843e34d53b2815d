/// Caches one STS session, and decides whether it is still sufficient.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "actors/refresh_policy.hpp"
#include "protocol/aliyun/credentials.hpp"

namespace acr {

class session_cache {
public:
  void store(aliyun::credentials value, wall_time now) {
    value_ = std::move(value);
    issued_ = now;
  }
  void clear() { value_.reset(); }

  /// The session, if it suffices for a caller that needs `min_life` of validity; otherwise nothing.
  std::optional<aliyun::credentials> find(wall_time now, std::chrono::milliseconds min_life) const {
    if (value_ && value_->expires_at && session_serves(issued_, *value_->expires_at, now, min_life))
      return value_;
    return std::nullopt;
  }

private:
  std::optional<aliyun::credentials> value_;
  wall_time issued_;
};

} // namespace acr
