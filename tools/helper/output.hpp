/// How a command prints: for people, or for programs.
#pragma once

#include <cstdint>
#include <string>

namespace acr::helper {

enum class output_format : std::uint8_t { text, json, yaml };

/// A JSON document in the format that programs asked for, with a line end. `text` is as JSON.
std::string for_programs(const std::string& json, output_format format);

} // namespace acr::helper
