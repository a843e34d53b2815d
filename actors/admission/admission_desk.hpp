/// State shared by the webhook's server and the AdmissionKeeper: requests are answered from memory,
/// on the server's own thread, whatever the actors do meanwhile.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "protocol/kubernetes/admission_review.hpp"
#include "runtime/serving/http_server.hpp"

namespace acr {

/// Thread-safe.
class admission_desk {
public:
  using scope = std::shared_ptr<const kubernetes::admission_scope>;

  void publish(scope now_in_force) {
    const std::lock_guard lock{guard_};
    scope_ = std::move(now_in_force);
  }
  /// Null if there is no configuration yet.
  scope in_force() const {
    const std::lock_guard lock{guard_};
    return scope_;
  }

  /// All exceptions but the foreign Secrets, which are watched by another actor.
  void publish(kubernetes::admission_exceptions as_watched) {
    const std::lock_guard lock{guard_};
    as_watched.foreign = exceptions_->foreign;
    exceptions_ = std::make_shared<const kubernetes::admission_exceptions>(std::move(as_watched));
  }
  void publish_foreign(std::set<std::pair<std::string, std::string>> secrets) {
    const std::lock_guard lock{guard_};
    auto all = *exceptions_;
    all.foreign = std::move(secrets);
    exceptions_ = std::make_shared<const kubernetes::admission_exceptions>(std::move(all));
  }
  std::shared_ptr<const kubernetes::admission_exceptions> exceptions() const {
    const std::lock_guard lock{guard_};
    return exceptions_;
  }

  /// Called when a client refuses our certificate; empty: not reported.
  void on_refused(std::function<void()> tell) {
    const std::lock_guard lock{guard_};
    refused_ = std::move(tell);
  }
  void refused() {
    ++refusals_;
    const std::lock_guard lock{guard_};
    if (refused_)
      refused_();
  }

  void count(kubernetes::admission_outcome what) { ++answers_.at(static_cast<std::size_t>(what)); }
  std::uint64_t answers(kubernetes::admission_outcome what) const {
    return answers_.at(static_cast<std::size_t>(what));
  }
  std::uint64_t refusals() const { return refusals_; }

private:
  mutable std::mutex guard_;
  scope scope_;
  std::shared_ptr<const kubernetes::admission_exceptions> exceptions_ =
      std::make_shared<const kubernetes::admission_exceptions>();
  std::function<void()> refused_;
  std::array<std::atomic<std::uint64_t>, 4> answers_{};
  std::atomic<std::uint64_t> refusals_{0};
};

/// The answer to a request of the API server: POST of an AdmissionReview. Without a configuration
/// everything is admitted as it is.
served_answer answer_admission(admission_desk& desk, const served_request& asked);

} // namespace acr
