/// The spellings of a configuration, distinguished by their keys.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/model.hpp"

namespace acr::config {

/// Values of `apiVersion` and `kind` in our own form, if present.
inline constexpr std::string_view api_version = "acr-credential-helper/v1";
inline constexpr std::string_view kind = "Configuration";

/// One key with its value: a text, or (in a file) a structure.
struct setting {
  std::string key;
  position key_at; ///< None in a ConfigMap.
  node value;
};

/// Each spelling's names for the common settings.
struct vocabulary {
  spelling form;
  std::string_view instances;
  std::string_view namespaces;
  std::string_view service_accounts;
  std::string_view threshold;
  std::string_view email;
  std::string_view rrsa;                  ///< A mapping with `enable`; empty: none.
  std::string_view rrsa_flag;             ///< The switch itself; empty: each instance has its own.
  std::string_view rrsa_turn_on;          ///< How to turn it on, in words.
  std::span<const std::string_view> keys; ///< All keys, also those without effect.
};
const vocabulary& vocabulary_of(spelling form);

/// "the ConfigMap form" and so on.
std::string_view in_words(spelling form);

/// Whether the spelling has this key, whatever its case.
bool belongs_to(std::string_view key, spelling form);

/// The spelling that the keys belong to, whatever their case; without any, the ConfigMap's. Keys of
/// two spellings in one document are fatal, and so are keys of which none is known: nothing is
/// returned.
std::optional<spelling> tell_apart(const std::vector<setting>& settings, problem_list& problems);

/// Whether a key of a ConfigMap holds a whole file: its name ends in .yaml, .yml or .json.
bool names_a_file(std::string_view key);

} // namespace acr::config
