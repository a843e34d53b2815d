/// How large the Secrets of a configuration will be, before there is any password.
#pragma once

#include <cstddef>
#include <optional>

#include "config/model.hpp"

namespace acr::config {

/// What the four Secrets of a namespace hold: 1 MiB of data each, which the API server demands.
inline constexpr std::size_t secret_room = std::size_t{4} << 20U;
/// Of a temporary password, as the service gives them.
inline constexpr std::size_t usual_password_bytes = 900;

struct size_estimate {
  std::size_t domains = 0;
  std::size_t bytes = 0;           ///< Of all documents together.
  std::size_t entries = 0;         ///< Of the configuration, as far as they go there.
  std::size_t entries_fitting = 0; ///< From the first one on, as long as there is room.
};

/// With passwords of the usual size, and two domains where an entry takes all of its instance. Of
/// the namespace that gets most, where entries are limited to some.
size_estimate estimate_size(const configuration& of);

/// A warning, with numbers, if not all entries will fit.
std::optional<problem> size_problem(const configuration& of);

} // namespace acr::config
