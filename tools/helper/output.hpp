/// How a command prints: for people, or for programs.
#pragma once

#include <cstdint>
#include <string>

namespace acr::helper {

enum class output_format : std::uint8_t { text, json, yaml };

/// Of what commands print for programs: it changes when a member changes its meaning or goes, not
/// when one is added.
inline constexpr int schema_version = 1;

/// A JSON object in the format that programs asked for, with a line end; its first member is
/// `schemaVersion`. `text` is as JSON.
std::string for_programs(const std::string& json, output_format format);

} // namespace acr::helper
