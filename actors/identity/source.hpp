/// Shared by the sources of identity: joining one renewal, and waiting after a failure.
#pragma once

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <caf/typed_response_promise.hpp>

#include "actors/identity/session_cache.hpp"
#include "actors/refresh_policy.hpp"
#include "protocol/messages/identity.hpp"

namespace acr {

/// Callers that wait for the renewal in flight. A caller that asked for fresh credentials does not
/// share the failure of a renewal that began earlier: another one follows. The destructor answers
/// those that are left: no caller waits for a dead actor.
class waiting_callers {
public:
  using promise = caf::typed_response_promise<credentials_obtained>;

  waiting_callers() = default;
  waiting_callers(const waiting_callers&) = delete;
  waiting_callers& operator=(const waiting_callers&) = delete;
  ~waiting_callers() {
    const auto stopped =
        make_failure(errc::actor_down, "identity", "the source of identity was stopped");
    while (answer(stopped)) {
    }
  }

  /// True if no renewal is in flight: the caller has to start one.
  bool add(promise caller, bool asked) {
    if (!callers_.empty() && asked && !asked_) {
      next_.push_back(std::move(caller));
      return false;
    }
    callers_.push_back(std::move(caller));
    if (callers_.size() > 1)
      return false;
    asked_ = asked;
    return true;
  }
  /// True if it failed and has to be started again for those who asked meanwhile.
  [[nodiscard]] bool answer(const result<aliyun::credentials>& value) {
    for (auto& caller : std::exchange(callers_, {}))
      caller.deliver(credentials_obtained{value});
    callers_ = std::exchange(next_, {});
    if (callers_.empty())
      return false;
    asked_ = true;
    if (!value)
      return true;
    return answer(value);
  }
  /// Whether the renewal in flight was requested explicitly.
  bool asked() const { return asked_; }

private:
  std::vector<promise> callers_;
  std::vector<promise> next_; ///< Callers that wait for the renewal after this one.
  bool asked_ = false;
};

/// After a failure the source does not retry at once, however many ask: callers get the same
/// failure until the time is over.
class hold_off {
public:
  std::optional<failure> in_force(std::chrono::milliseconds now) const {
    return reason_ && now < until_ ? reason_ : std::nullopt;
  }
  void failed(const failure& reason, std::chrono::milliseconds now, double jitter) {
    // Short: the callers have a backoff of their own.
    static constexpr refresh_policy policy{std::chrono::minutes{15}, std::chrono::milliseconds{500},
                                           std::chrono::seconds{8}, std::chrono::seconds{8}};
    until_ = now + retry_delay(policy, ++failures_, reason, {}, jitter);
    reason_ = reason;
  }
  void succeeded() {
    failures_ = 0;
    reason_.reset();
  }

private:
  std::optional<failure> reason_;
  std::chrono::milliseconds until_{};
  unsigned failures_ = 0;
};

} // namespace acr
