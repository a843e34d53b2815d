/// How an applied configuration goes into an object, and how a field that nobody wants goes out.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>

#include "tools/kubesim/schema.hpp"

namespace acr::kubesim {

/// Server-side apply, without managers: structures, maps and keyed lists are merged, all else is
/// replaced. Items that both have stand in the order of `config`, among them, as late as that order
/// allows, those that only `live` has.
void merge_config(const structure& what, boost::json::object& live,
                  const boost::json::object& config);

/// Removes what is at the path (`field_path.hpp`), if it is there.
void prune(const structure& what, boost::json::object& from, std::string_view path);

} // namespace acr::kubesim
