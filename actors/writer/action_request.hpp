/// Turns an action into a request, and applies its answer to the observed state.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "actors/writer/observed_state.hpp"
#include "actors/writer/reconciler.hpp"
#include "protocol/http.hpp"

namespace acr {

/// Pure. `finish` takes the answer, or why there was none, and returns why the action has failed:
/// also where it was accepted without effect (`overruled`).
struct action_request {
  using answer = result<http_response>;

  http_request request;
  std::function<std::optional<failure>(observed_state& observed, const answer& value)> finish;
  std::string version{}; ///< Of the object as it was known then; empty: there was none.
};

/// For an action that calls the API server. Nothing: there is nothing to do after all.
std::optional<action_request> request_for(const observed_state& observed, const object_key& key,
                                          const action& todo);

/// The failure of an object whose changes another client reverts. `manager`: that client, from
/// managedFields; empty: unknown.
failure overruled(const object_key& key, const std::string& manager);

} // namespace acr
