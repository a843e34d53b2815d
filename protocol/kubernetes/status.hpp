/// Shared by the codecs of this folder.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>

#include "protocol/failure.hpp"
#include "protocol/kubernetes/objects.hpp"

namespace acr::kubernetes {

/// The metadata of any object. Errors: `malformed_answer`.
result<object_meta> decode_meta(std::string_view text);

/// The failure in a Status object, without a step; one without a plausible code counts as 500.
failure failure_from_status(const boost::json::object& status);

} // namespace acr::kubernetes
