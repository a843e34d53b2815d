/// Reads the fields of a mapping within one entry: checks names and values.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "config/document.hpp"
#include "config/model.hpp"

namespace acr::config {

/// The problems of one entry, in any part of it.
struct entry_verdict {
  problem_list& problems;
  bool good = true; ///< Whether nothing in it was rejected so far.
};

/// The fields of one mapping. Fields in another case are read, with a warning; a misspelt field
/// rejects the entry, since the entry would mean something else without it.
class field_reader {
public:
  /// `key` is the path of the mapping: "acr-registry-info[2]". All must outlive the reader.
  field_reader(const node& mapping, std::string key, std::span<const std::string_view> names,
               entry_verdict& verdict);

  const node& mapping() const { return mapping_; }
  const std::string& key() const { return key_; }
  entry_verdict& verdict() { return verdict_; }
  /// The value; null pointer if it is missing, null, or a blank text.
  const node* find(std::string_view field) const;
  /// The value as it is written, also a blank one; null pointer if it is missing.
  const node* given(std::string_view field) const;
  /// The field as text; empty if it is missing or of another type (which is reported).
  std::string text(std::string_view field);
  /// The same for secrets: no problem with it quotes any of it.
  std::string secret_text(std::string_view field);

  void reject(std::string_view field, position at, std::string_view value, std::string message);
  /// Reports the whole value of a field that is present.
  void reject(std::string_view field, std::string message);
  void reject_hidden(std::string_view field, std::string message);
  void warn(std::string_view field, position at, std::string_view value, std::string message);
  void warn(std::string_view field, std::string message);

private:
  void unknown(const node& key);
  std::string path(std::string_view field) const;

  const node& mapping_;
  std::string key_;
  std::span<const std::string_view> names_;
  entry_verdict& verdict_;
  std::map<std::string_view, const node*> fields_;
};

} // namespace acr::config
