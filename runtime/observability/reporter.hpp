/// How an actor reports facts: to the StatusBoard, or in a test to the test.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "protocol/messages/status.hpp"

namespace acr {

/// Passed to actors like a logger. Copies share one sink; thread-safe.
class reporter {
public:
  using sink = std::function<void(fact)>;

  /// Discards everything.
  reporter() = default;
  explicit reporter(sink tell) : tell_{std::make_shared<const sink>(std::move(tell))} {}

  void operator()(fact what) const {
    if (tell_)
      (*tell_)(std::move(what));
  }

private:
  std::shared_ptr<const sink> tell_;
};

} // namespace acr
