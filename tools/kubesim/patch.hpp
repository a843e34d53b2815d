/// Patches as the API server applies them: JSON Patch, merge patch, strategic merge patch.
#pragma once

#include <string>

#include <boost/json/value.hpp>

#include "tools/kubesim/schema.hpp"

namespace acr::kubesim {

/// RFC 6902 with the server's leniency: `test` of an absent member against null succeeds. Throws
/// refusal: 400 if the patch is invalid, 422 if it does not apply.
boost::json::value apply_json_patch(boost::json::value to, const boost::json::value& patch);

/// RFC 7386.
void apply_merge_patch(boost::json::value& to, const boost::json::value& patch);

/// Merge patch in which keyed lists and sets are merged, with the directives `$patch`,
/// `$deleteFromPrimitiveList/`, `$setElementOrder/` and `$retainKeys`. Throws refusal (500) for
/// anything else. In strategic.cpp.
void apply_strategic_patch(const structure& what, boost::json::object& to,
                           const boost::json::object& patch);

/// A document as Go prints it: `map[a:b c:[d e]]`.
std::string as_go_prints(const boost::json::value& value);

} // namespace acr::kubesim
