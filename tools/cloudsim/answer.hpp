/// Answers and error bodies in the two spellings of the gateway.
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "tools/cloudsim/faults.hpp"
#include "tools/cloudsim/operation.hpp"

namespace acr::cloudsim {

response json_answer(int status, const boost::json::object& body);
/// Adds the request id to the body of a success, and as a header.
response success_answer(bool roa, boost::json::object body, const std::string& request_id);
/// RPC: Code, Message, RequestId, HostId; ROA: the same in lower case.
response error_answer(const setting& at, const refusal& why, const std::string& request_id);
/// The answer to a client instead of an executed call.
response fault_answer(const setting& at, const fault& what, const std::string& request_id);

} // namespace acr::cloudsim
