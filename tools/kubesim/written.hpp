/// Shared by all writes: turns a document into an object of the stored kind.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

boost::json::object& metadata_of(boost::json::object& object);
boost::json::array managed_of(const boost::json::object& object);
/// An empty list removes it.
void set_managed(boost::json::object& object, boost::json::array list);

/// In lower case, without parameters.
std::string media_type(std::string_view header);
bool is_yaml(std::string_view type);

// The server's message for documents of another kind.
std::string cannot_be(const resource& what, const std::string& why);
std::string cannot_become(const std::string& kind, const resource& what);

/// An object of the stored kind, read and filled in; unknown members matter only in strict mode.
/// Throws unreadable, refusal.
boost::json::object read_object(const call& about, const boost::json::object& from,
                                bool from_patch);

/// Name and namespace must be those of the request. Throws refusal.
void check_place(const call& about, boost::json::object& object, bool with_name);

} // namespace acr::kubesim
