/// The simulated cloud's world and the helper's configuration for a lab's world.
#pragma once

#include <string>
#include <vector>

#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

inline constexpr const char* lab_region = "cn-hangzhou";
inline constexpr const char* lab_issuer = "https://api.lab";
inline constexpr const char* lab_key_id = "LTAIlabPuller000000001";
inline constexpr const char* lab_key_secret = "lab-secret-of-the-puller-00001";

std::string instance_id(int number);
/// Hosts of its images: the public one, and if a configuration names none, that of the VPC.
std::vector<std::string> instance_hosts(const world_spec& about, int number);

/// The one of our Secrets that has the credential of an instance for one of its hosts.
std::string secret_for(const world_spec& about, int number, const std::string& host);

/// A world file of cloudsim.
std::string cloud_world(const world_spec& about, int instances);

/// The desired behaviour of the helper, as an operator configures it.
struct wish {
  int instances = 0; ///< The first ones up to this number.
  std::string scope;
  std::string accounts;
  std::chrono::seconds threshold{900};
  std::string limits; ///< As `world_spec::limits`.

  /// Whether the credentials of that instance go to the namespace.
  bool gives(int instance, const std::string& ns) const;
  bool serves(const std::string& ns) const;
  bool links(const std::string& account) const;
};

/// The data of the ConfigMap.
std::string config_map(const world_spec& about, const wish& wanted);

} // namespace acr::faultlab
