/// The kinds of objects that the simulated API server supports, and their addresses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/kubesim/refusal.hpp"
#include "tools/kubesim/schema.hpp"

namespace acr::kubesim {

struct resource {
  std::string group; ///< Empty: the core group.
  std::string version = "v1";
  std::string plural;
  std::string singular;
  std::string kind;
  bool namespaced = true;
  std::vector<std::string> short_names;
  const structure* is = nullptr;
  std::string stored_as;                ///< Of a second view: the first one's storage key.
  const structure* stored_is = nullptr; ///< Of a second view: the first one's structure.
  bool create_only = false;             ///< A review: never stored.
  bool created_by_update = false;       ///< A PUT of a missing object creates it.
  bool answers_deleted = false;         ///< A deletion returns the object, not a Status.
  std::vector<std::string> selectable;  ///< Fields of a field selector besides the metadata.

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  std::string storage() const { return stored_as.empty() ? group + "/" + plural : stored_as; }
  const structure& stored_form() const { return stored_is ? *stored_is : *is; }
  subject about(const std::string& name) const { return {group, plural, name}; }
  subject as_kind(const std::string& name) const { return {group, kind, name}; }
};

const std::vector<resource>& resources();
const resource* find_resource(std::string_view group, std::string_view version,
                              std::string_view plural);
/// The first of that plural in any group; null if there is none.
const resource* any_resource(std::string_view plural);

/// Between core/v1 Events, as they are stored, and events.k8s.io/v1.
boost::json::object to_new_event(const boost::json::object& from);
boost::json::object from_new_event(const boost::json::object& from);

} // namespace acr::kubesim
