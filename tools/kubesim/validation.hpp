/// What the server demands of an object besides its shape, and what it fills in.
#pragma once

#include <boost/json/object.hpp>

#include "tools/kubesim/kinds.hpp"

namespace acr::kubesim {

/// Defaults and conversions that come with reading: Secret type and stringData, the label of a
/// Namespace, a Role's empty group.
void fill_in(const resource& what, boost::json::object& object);

/// Throws refusal (422).
void validate(const resource& what, const boost::json::object& object);
void validate_change(const resource& what, const boost::json::object& before,
                     const boost::json::object& next);

bool is_subdomain(std::string_view name); ///< RFC 1123.

} // namespace acr::kubesim
