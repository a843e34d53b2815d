/// Estimates the size of a configuration's Secrets, before there is any credential.
#pragma once

#include <cstddef>
#include <optional>

#include "config/model.hpp"

namespace acr::config {

/// Capacity of the four Secrets of a namespace: 1 MiB of data each, the API server's limit.
inline constexpr std::size_t secret_room = std::size_t{4} << 20U;
/// Size of a temporary password of the service.
inline constexpr std::size_t usual_password_bytes = 900;

struct size_estimate {
  std::size_t domains = 0;
  std::size_t bytes = 0;           ///< Of all documents together.
  std::size_t entries = 0;         ///< Entries that go to that namespace.
  std::size_t entries_fitting = 0; ///< In order, while there is room.
};

/// With passwords of the usual size, and two domains for an entry without domains. Where entries
/// are limited to namespaces: for the namespace that gets most.
size_estimate estimate_size(const configuration& of);

/// A warning, with numbers, if not all entries will fit.
std::optional<problem> size_problem(const configuration& of);

} // namespace acr::config
