/// Whether an actor has ended. A request that is not answered does not tell: it may only be silent.
#pragma once

#include <memory>

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>

namespace acr::testing {

template <class Handle>
bool has_ended(const Handle& whom) {
  // Shared: one that lives calls it when it ends, which may be after the test.
  const auto ended = std::make_shared<bool>(false);
  caf::actor_cast<caf::actor>(whom)->attach_functor([ended] { *ended = true; }); // or at once
  return *ended;
}

} // namespace acr::testing
