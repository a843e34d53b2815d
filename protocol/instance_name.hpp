/// The names of instances: "cri-1", "cri-1@cn-hangzhou", "personal", "cri-1#5e0c1a7f".
#pragma once

#include <string_view>

namespace acr {

/// The part that all entries of one instance share: "cri-1@cn-hangzhou" of
/// "cri-1@cn-hangzhou#5e0c1a7f". The suffix distinguishes them (`config::instance::name`).
inline std::string_view base_of_name(std::string_view name) {
  return name.substr(0, name.find('#'));
}

/// The instance alone, without region and suffix: "cri-1".
inline std::string_view instance_of_name(std::string_view name) {
  return name.substr(0, name.find_first_of("@#"));
}

} // namespace acr
