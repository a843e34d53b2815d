/// Classifies a request to the API server in Kubernetes' own terms: for counting.
#pragma once

#include <string>

#include "protocol/http.hpp"

namespace acr::kubernetes {

struct request_kind {
  std::string verb;     ///< get, list, watch, create, update, patch, delete; "other".
  std::string resource; ///< "secrets", "serviceaccounts/token"; "other" for anything but objects.
};

/// By method and path; never a name out of them, so that the number of kinds stays small.
request_kind kind_of(const http_request& request);

} // namespace acr::kubernetes
