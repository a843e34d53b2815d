/// Patches as the API server applies them: JSON Patch, merge patch, strategic merge patch.
#pragma once

#include <boost/json/value.hpp>

#include "tools/kubesim/schema.hpp"

namespace acr::kubesim {

/// RFC 6902 with the server's leniency: `test` of an absent member against null holds. Throws
/// refusal: 400 if the patch is not one, 422 if it does not fit.
boost::json::value apply_json_patch(boost::json::value to, const boost::json::value& patch);

/// RFC 7386.
void apply_merge_patch(boost::json::value& to, const boost::json::value& patch);

/// Merge patch in which lists that have a key or are sets merge, with `$patch: delete|replace`,
/// `$deleteFromPrimitiveList/`, `$setElementOrder/` (read over) and `$retainKeys` (read over).
void apply_strategic_patch(const structure& what, boost::json::object& to,
                           const boost::json::object& patch);

} // namespace acr::kubesim
