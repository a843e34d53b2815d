/// Tries a credential at each of its domains in parallel, inside the calling actor.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "protocol/messages/http.hpp"
#include "protocol/messages/token.hpp"
#include "protocol/registry/login.hpp"

namespace acr {

/// Flow: per domain `GET /v2/`, then the login that it asks for; `done` is called in `self`, with
/// one outcome per domain that can be asked, in their order. Guarantees: it is called once, after
/// at most 10 s (enforced by `http_limits` and the gateway; 15 s if the gateway does not answer),
/// or never if `self` dies.
template <class Self, class Done>
class login_check : public std::enable_shared_from_this<login_check<Self, Done>> {
public:
  login_check(Self self, http_gateway gateway, registry_credential what, Done done)
      : self_{self}, gateway_{std::move(gateway)}, what_{std::move(what)}, done_{std::move(done)} {}

  void start() {
    for (const auto& domain : what_.domains)
      if (registry::can_be_asked(domain))
        outcomes_.push_back({domain, registry::login_verdict::undecided, std::nullopt});
    missing_ = outcomes_.size();
    for (std::size_t i = 0; i < outcomes_.size(); ++i)
      ping(i);
    if (missing_ == 0)
      done_(std::move(outcomes_));
  }

private:
  static constexpr auto deadline = std::chrono::seconds{5};

  void ping(std::size_t at) {
    const auto& domain = outcomes_[at].domain;
    send(at, registry::ping(domain), [this, at](const http_response& answer) {
      const auto& asked = outcomes_[at].domain;
      const auto challenge = registry::read_challenge(answer, asked);
      if (!challenge)
        return ended(at, registry::not_tried(challenge.error(), asked));
      login(at, *challenge);
    });
  }

  void login(std::size_t at, const registry::login_challenge& to) {
    const auto& domain = outcomes_[at].domain;
    send(at, registry::login(to, domain, what_.user, what_.password),
         [this, at](const http_response& answer) {
           ended(at, registry::read_login(answer, outcomes_[at].domain));
         });
  }

  template <class OnAnswer>
  void send(std::size_t at, http_request request, OnAnswer on_answer) {
    http_call call{std::move(request), {}};
    call.limits.deadline = deadline;
    call.limits.max_body = std::size_t{64} << 10U;
    const auto me = this->shared_from_this(); // until the answer arrives
    const auto lost = [me, at](const failure& reason) {
      me->ended(at, registry::not_tried(reason, me->outcomes_[at].domain));
    };
    self_->request(gateway_, deadline + std::chrono::seconds{5}, std::move(call))
        .then(
            [me, lost, on_answer](const http_reply& answer) {
              if (answer.value)
                on_answer(*answer.value);
              else
                lost(answer.value.error());
            },
            [lost](const caf::error&) {
              lost(make_failure(errc::actor_down, "registry login", "no answer"));
            });
  }

  void ended(std::size_t at, registry::login_outcome outcome) {
    outcomes_[at] = std::move(outcome);
    if (--missing_ == 0)
      done_(std::move(outcomes_));
  }

  Self self_;
  http_gateway gateway_;
  registry_credential what_;
  Done done_;
  std::vector<registry::login_outcome> outcomes_;
  std::size_t missing_ = 0;
};

template <class Self, class Done>
void try_logins(Self self, http_gateway gateway, registry_credential what, Done done) {
  std::make_shared<login_check<Self, Done>>(self, std::move(gateway), std::move(what),
                                            std::move(done))
      ->start();
}

} // namespace acr
