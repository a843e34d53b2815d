/// The values inside an entry that all spellings share: instance IDs, regions, domains, ARNs, keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/fields.hpp"
#include "config/model.hpp"

namespace acr::config {

/// Each reads a field and reports what is wrong with it; the entry is then rejected.

/// The ID `cri-...`; for `crpi-...`, which is Personal edition, nothing, with `new_personal` set.
struct instance_id {
  std::string id;
  bool new_personal = false; ///< A Personal edition instance of the new kind.
};
/// `region`: the message about a `crpi-...` without `domains` spells its hosts with it.
instance_id read_instance_id(field_reader& entry, std::string_view field, const char* otherwise,
                             std::string_view region);
/// One of several in the field.
instance_id check_instance_id(field_reader& entry, std::string_view field, position at,
                              std::string_view id, const char* otherwise, std::string_view region);

std::string read_region(field_reader& entry, std::string_view field);

/// Lower case, without duplicates; of a comma list, or of a list.
std::vector<std::string> read_domains(field_reader& entry, std::string_view field);

std::string read_role(field_reader& entry, std::string_view field);
std::string read_provider(field_reader& entry, std::string_view field);
std::string read_external_id(field_reader& entry, std::string_view field);

/// `namespaces`: where the credentials go; all if it is absent. `with_mapping`: also
/// `names: [...]`.
selection read_namespaces(field_reader& entry, bool with_mapping);

/// Both or neither; in the latter case `origin` is unchanged.
void read_access_key(field_reader& entry, std::string_view id, std::string_view secret,
                     identity_origin& origin);

/// Warns if the first role and the OIDC provider are of different accounts, at the role's field.
void warn_of_accounts(field_reader& entry, std::string_view role_field, const role_chain& chain);
inline constexpr std::string_view role_again =
    "is assumed earlier in this chain already: it need not assume itself, leave it out";

} // namespace acr::config
