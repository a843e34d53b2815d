/// Merges an applied configuration into an object, and removes fields that have no owner.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>

#include "tools/kubesim/schema.hpp"

namespace acr::kubesim {

/// Server-side apply, without managers: structures, maps and keyed lists are merged, everything
/// else is replaced. Common items are in the order of `config`; those that only `live` has are
/// among them, as late as that order allows.
void merge_config(const structure& what, boost::json::object& live,
                  const boost::json::object& config);

/// Removes the field at the path (`field_path.hpp`), if it exists.
void prune(const structure& what, boost::json::object& from, std::string_view path);

} // namespace acr::kubesim
