/// The values inside an entry that all spellings share: instance IDs, regions, domains, ARNs, keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/fields.hpp"
#include "config/model.hpp"

namespace acr::config {

/// Each reads a field, tells what is wrong with it, and gives an empty value then.

/// `cri-...`; of `crpi-...`, which is Personal edition, nothing, with `new_personal` set.
struct instance_id {
  std::string id;
  bool new_personal = false; ///< A Personal edition instance of the new kind.
};
instance_id read_instance_id(field_reader& entry, std::string_view field, const char* otherwise);

std::string read_region(field_reader& entry, std::string_view field);

/// Lower case, without doubles; of a text with commas, or of a list.
std::vector<std::string> read_domains(field_reader& entry, std::string_view field);

std::string read_role(field_reader& entry, std::string_view field);
std::string read_provider(field_reader& entry, std::string_view field);
std::string read_external_id(field_reader& entry, std::string_view field);

/// Both or neither; `origin` is left alone then.
void read_access_key(field_reader& entry, std::string_view id, std::string_view secret,
                     identity_origin& origin);

/// What a `crpi-...` entry without domains is told.
std::string needs_domains(std::string_view field, std::string_view id, std::string_view region);

} // namespace acr::config
