/// Container Registry: Enterprise edition (2018-12-01) and Personal edition (2016-06-07).
#pragma once

#include "tools/cloudsim/operation.hpp"

namespace acr::cloudsim {

/// The answers without RequestId (personal: without requestId). Throw refusal.
boost::json::object enterprise_token(const setting& at, const caller& who);
boost::json::object list_instance_endpoint(const setting& at, const caller& who);
boost::json::object list_instance(const setting& at, const caller& who);
boost::json::object one_instance(const setting& at, const caller& who);
boost::json::object personal_token(const setting& at, const caller& who);

} // namespace acr::cloudsim
