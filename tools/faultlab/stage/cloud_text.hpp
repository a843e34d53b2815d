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
/// Where its images are: the public host, and where a configuration names none, that of the VPC.
std::vector<std::string> instance_hosts(const world_spec& about, int number);

/// Which of our Secrets has the credential of an instance for one of its hosts.
std::string secret_for(const world_spec& about, int number, const std::string& host);

/// A world file of cloudsim.
std::string cloud_world(const world_spec& about, int instances);

/// What the helper is to do, as an operator writes it.
struct wish {
  int instances = 0; ///< The first so many.
  std::string scope;
  std::string accounts;
  std::chrono::seconds threshold{900};

  bool serves(const std::string& ns) const;
  bool links(const std::string& account) const;
};

/// The data of the ConfigMap.
std::string config_map(const world_spec& about, const wish& wanted);

} // namespace acr::faultlab
