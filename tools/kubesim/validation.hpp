/// The server's requirements for an object besides its shape, and its defaults.
#pragma once

#include <vector>

#include <boost/json/object.hpp>

#include "tools/kubesim/kinds.hpp"

namespace acr::kubesim {

/// Applies the defaults and conversions of reading: Secret type and stringData, the label of a
/// Namespace, the groups that a binding leaves out.
void fill_in(const resource& what, boost::json::object& object);

/// Throws refusal (422) with these causes and those that it finds.
void validate(const resource& what, const boost::json::object& object,
              std::vector<cause> found = {});
/// What forbids a change: immutable fields, late finalizers, invalid labels and annotations.
std::vector<cause> changes_refused(const resource& what, const boost::json::object& before,
                                   const boost::json::object& next);

} // namespace acr::kubesim
