/// Documents with secrets in them, as text.
#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace acr {

/// As `boost::json::serialize`, which leaves parts of the text behind: in its own buffer, and each
/// time when its result grows. The caller has to wipe it.
std::string serialize_secret(const boost::json::object& document);

} // namespace acr
