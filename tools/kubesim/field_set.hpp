/// The managers of fields (`managedFields`), and server-side apply on top of it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "protocol/time.hpp"
#include "tools/kubesim/schema.hpp"

namespace acr::kubesim {

/// Paths of fields. A path is its elements ("f:data", "k:{...}", "v:...") joined by U+001F.
using field_set = std::set<std::string>;

boost::json::object to_fields_v1(const field_set& from);
field_set from_fields_v1(const boost::json::object& from);

/// The writer, as recorded in managedFields.
struct writer {
  std::string manager;
  std::string api_version;
};

/// After a plain write: the writer owns the fields that it has changed or added; removed fields
/// have no owner. Returns the `managedFields` for `next`; unchanged entries keep their times.
boost::json::array managed_after_update(const structure& what, const boost::json::object& before,
                                        const boost::json::object& next, const writer& by,
                                        wall_time now);

struct applied {
  boost::json::object object; ///< Not parsed as the type yet.
  boost::json::array managed;
};
/// Server-side apply of `config` onto `live`. Throws refusal 409 with all conflicts unless `force`.
applied apply_config(const structure& what, const boost::json::object& live,
                     const boost::json::object& config, const writer& by, bool force,
                     wall_time now);

/// Whether the lists are equal, except for times.
bool same_managed(const boost::json::array& a, const boost::json::array& b);

} // namespace acr::kubesim
