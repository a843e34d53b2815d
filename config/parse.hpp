/// Reads a configuration in any form, and reports all of its problems at once.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "config/model.hpp"

namespace acr::config {

// Limits. A configuration that exceeds one is rejected as a whole.
inline constexpr std::size_t most_bytes = std::size_t{1} << 20; ///< The limit of a ConfigMap.
inline constexpr std::size_t most_entries = 1000;               ///< Of acr-registry-info.
inline constexpr std::size_t most_domains = 64; ///< Of one entry; an instance has a handful.
inline constexpr std::size_t most_names = 1000; ///< Of a list of namespaces or ServiceAccounts.
inline constexpr int most_instances_of_a_domain = 4; ///< The number of Secrets of a namespace.
inline constexpr std::size_t most_roles = 8;         ///< Of one chain, in our own form.
inline constexpr int most_depth = 16;
inline constexpr std::size_t most_nodes = 100000; ///< Values, keys and containers of a document.

/// Reads the `data` of the ConfigMap acr-configuration, with the bytes of its `binaryData`: keys of
/// any spelling, or one key whose name ends in .yaml, .yml or .json and whose value is a file.
/// Lines and columns count in the value of a key.
reading parse_config_map(const std::map<std::string, std::string>& data);

/// Reads a file, YAML or JSON: the manifest of that ConfigMap, or the keys of any spelling as a
/// mapping, in which `acr-registry-info` may also be a list, or the wrapping of such a mapping by
/// the add-ons' API. Lines and columns count in the file.
reading parse_file(std::string_view text);

} // namespace acr::config
