/// Requests of an administrator, made by the program that owns the cluster.
#pragma once

#include <string>
#include <vector>

#include "tools/kubesim/cluster.hpp"

namespace acr::kubesim {

/// A request with the administrator's bearer token.
request as_admin(const std::string& token, const std::string& method, const std::string& target,
                 wall_time now, std::string body = {}, const char* type = "application/json");

/// One document of a manifest: its target, and its content as JSON.
struct manifest_document {
  std::string target;
  std::string body;
};

/// Reads a manifest, which takes longer than applying it; admission policies are skipped. Throws
/// std::runtime_error if it is invalid.
std::vector<manifest_document> read_manifest(const std::string& text);

/// Applies every document of a manifest, as `kubectl apply --server-side` does. Throws
/// std::runtime_error if one is refused.
void apply_manifest(cluster& to, const std::vector<manifest_document>& documents,
                    const std::string& token, wall_time now);
void apply_manifest(cluster& to, const std::string& text, const std::string& token, wall_time now);

} // namespace acr::kubesim
