/// Paths of fields, in the format of managedFields.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "tools/kubesim/schema.hpp"

namespace acr::kubesim {

/// Between the elements of a path: "f:data", "k:{...}", "v:...".
inline constexpr char path_separator = '\x1f';

std::string join_path(const std::string& path, const std::string& part);

/// The path element of an item of a set or a keyed list.
std::string item_element(const type& list, const boost::json::value& item);

/// ".data.k", `.metadata.labels.x`, `.spec.containers[name="c"].image`
std::string readable_path(const std::string& path);

/// The server's order of walking a set: members that end at a level precede deeper ones.
bool walked_before(const std::string& a, const std::string& b);

} // namespace acr::kubesim
