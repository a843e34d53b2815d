/// The server's requirements for an object besides its shape, and its defaults.
#pragma once

#include <vector>

#include <boost/json/object.hpp>

#include "tools/kubesim/kinds.hpp"

namespace acr::kubesim {

/// Applies the defaults and conversions of reading: Secret type and stringData, the label of a
/// Namespace, a Role's empty group.
void fill_in(const resource& what, boost::json::object& object);

/// Throws refusal (422) with these causes and those that it finds.
void validate(const resource& what, const boost::json::object& object,
              std::vector<cause> found = {});
/// Changes of immutable fields.
std::vector<cause> changes_refused(const resource& what, const boost::json::object& before,
                                   const boost::json::object& next);

} // namespace acr::kubesim
