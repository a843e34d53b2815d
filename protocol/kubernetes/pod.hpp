/// A Pod, reduced to what decides whether its images can be pulled.
#pragma once

#include <string>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/kubernetes/objects.hpp"

namespace acr::kubernetes {

struct pod_container {
  std::string name;
  std::string image;          ///< As in the spec.
  std::string waiting;        ///< "ImagePullBackOff" and the like; empty: it is not waiting.
  std::string waiting_detail; ///< The kubelet's message.
  bool pulled = false;        ///< It is or was running: its image is on the node.
};

struct pod {
  object_meta meta;
  std::string service_account;
  std::vector<std::string> pull_secrets; ///< The list that it was admitted with: it never changes.
  std::vector<pod_container> containers; ///< Init containers first, ephemeral last.
};

/// The answer to `get_pod`. Errors: those of `failure_of`, `malformed_answer`.
result<pod> read_pod(std::string step, const http_response& answer);

} // namespace acr::kubernetes
