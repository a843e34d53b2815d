/// Reading one Secret by name: the values of its data.
#pragma once

#include <map>
#include <string>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/secret_string.hpp"

namespace acr::kubernetes {

/// One GET, of the whole object. Answer: `read_secret_data`.
http_request get_secret(const object_ref& secret);

/// `data`, decoded. Errors: `not_found`, `denied` and the others of `failure_of`;
/// `malformed_answer`, naming the key of `data`, never its value.
result<std::map<std::string, secret_string>> read_secret_data(std::string step,
                                                              const http_response& answer);

} // namespace acr::kubernetes
