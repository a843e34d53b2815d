/// Output formats of a command: for people, or for programs.
#pragma once

#include <cstdint>
#include <string>

namespace acr::helper {

enum class output_format : std::uint8_t { text, json, yaml };

/// A JSON object in the requested format for programs, with a line end; its first member is
/// `schemaVersion`. `text` is the same as JSON.
std::string for_programs(const std::string& json, output_format format);

} // namespace acr::helper
