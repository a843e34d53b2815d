/// Asks several TokenActors for a new credential in parallel, inside the calling actor.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "protocol/messages/status.hpp"
#include "protocol/messages/token.hpp"

namespace acr {

/// `done` is called in `self` when the last of them has answered or died: an attempt has its own
/// deadlines, so this one fires only if an answer is lost. Never called if `self` dies.
template <class Self, class Done>
void renew_all(Self self, const std::vector<std::pair<std::string, token_actor>>& whom, Done done) {
  constexpr auto deadline = std::chrono::minutes{8};
  struct round {
    std::vector<renewal_outcome> outcomes;
    std::size_t missing;
    Done done;

    void ended(std::size_t at, result<wall_time> how) {
      outcomes[at].expires_at = std::move(how);
      if (--missing == 0)
        done(std::move(outcomes));
    }
  };
  auto all = std::make_shared<round>(round{{}, whom.size(), std::move(done)});
  const auto lost = make_failure(errc::actor_down, "renew", "it was stopped, or does not answer");
  for (const auto& [instance, actor] : whom)
    all->outcomes.push_back({instance, lost});
  for (std::size_t i = 0; i < whom.size(); ++i)
    self->request(whom[i].second, deadline, renew_now{})
        .then([all, i](const renewal& answer) { all->ended(i, answer.expires_at); },
              [all, i, lost](const caf::error&) { all->ended(i, lost); });
}

} // namespace acr
