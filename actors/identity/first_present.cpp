#include "actors/identity/first_present.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/source.hpp"
#include "runtime/actor_defaults.hpp"

namespace acr {

namespace {

// Longer than the deadlines of any source: it fires only if an answer is lost.
constexpr std::chrono::seconds source_timeout{120};

class first_present_state {
public:
  using pointer = identity_source::stateful_pointer<first_present_state>;

  static inline const char* name = "acr.first_present";

  explicit first_present_state(pointer self) : self_{self} {}

  identity_source::behavior_type make_behavior(first_present_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    sources_.resize(deps_.candidates.size());
    return {[this](const obtain_credentials& m) { return obtain(m); }};
  }

private:
  caf::result<credentials_obtained> obtain(const obtain_credentials& m) {
    auto promise = self_->make_response_promise<credentials_obtained>();
    if (!waiting_.add(promise, m.asked)) {
      wanted_.min_life = std::max(wanted_.min_life, m.min_life);
      return promise;
    }
    wanted_ = m;
    start();
    return promise;
  }

  void start() {
    against_.clear();
    ask(chosen_.value_or(0));
  }

  void ask(std::size_t number) {
    if (number == sources_.size())
      return answer(
          make_failure(errc::unavailable, "identity", "no source of identity: " + against_));
    if (!sources_[number]) {
      sources_[number] = deps_.candidates[number].make();
      self_->link_to(sources_[number]);
    }
    self_->request(sources_[number], source_timeout, wanted_)
        .then([this, number](const credentials_obtained& answer) { heard(number, answer.value); },
              [this, number](const caf::error&) {
                heard(number, make_failure(errc::actor_down, deps_.candidates[number].name,
                                           "the source of identity does not answer"));
              });
  }

  void heard(std::size_t number, const result<aliyun::credentials>& value) {
    if (!value && value.error().code == errc::unavailable)
      return pass_over(number, value.error());
    if (value && chosen_ != number) {
      chosen_ = number;
      deps_.log.info("identity_chosen", "the helper's own identity in Alibaba Cloud",
                     {{"source", deps_.candidates[number].name},
                      {"access_key_id", value->access_key_id},
                      {"passed_over", against_}});
    }
    answer(value);
  }

  void answer(const result<aliyun::credentials>& value) {
    if (!waiting_.answer(value))
      return;
    wanted_.asked = true;
    start();
  }

  void pass_over(std::size_t number, const failure& reason) {
    if (chosen_ == number) { // the source is gone: all candidates are asked again, from the first
      chosen_.reset();
      against_.clear();
      return ask(0);
    }
    against_ +=
        (against_.empty() ? "" : "; ") + deps_.candidates[number].name + ": " + reason.message;
    ask(number + 1);
  }

  pointer self_;
  first_present_deps deps_;
  std::vector<identity_source> sources_; ///< As the candidates; invalid until they are asked.
  std::optional<std::size_t> chosen_;
  obtain_credentials wanted_;
  std::string against_; ///< Why the candidates before this one were passed over.
  waiting_callers waiting_;
};

identity_source::behavior_type first_present_body(first_present_state::pointer self,
                                                  first_present_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

identity_source spawn_first_present(caf::actor_system& system, first_present_deps deps) {
  return system.spawn(first_present_body, std::move(deps));
}

} // namespace acr
