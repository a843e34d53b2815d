/// Requests of an administrator, made by the program that holds the cluster.
#pragma once

#include <string>

#include "tools/kubesim/cluster.hpp"

namespace acr::kubesim {

/// A request with the administrator's bearer token.
request as_admin(const std::string& token, const std::string& method, const std::string& target,
                 wall_time now, std::string body = {}, const char* type = "application/json");

/// Applies every document of a manifest, as `kubectl apply --server-side` does. Throws
/// std::runtime_error if one is refused.
void apply_manifest(cluster& to, const std::string& text, const std::string& token, wall_time now);

} // namespace acr::kubesim
