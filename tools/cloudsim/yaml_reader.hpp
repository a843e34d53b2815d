/// Strict reading of a YAML document: every error has the line and the path.
#pragma once

#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace acr::cloudsim {

/// An error in a document; the text is `12:5: accounts[0].users: ...` (line:column: path).
class document_error : public std::runtime_error {
public:
  document_error(const YAML::Mark& mark, std::string_view place, std::string_view complaint);
  using std::runtime_error::runtime_error;
};

/// One node and its path. Every reading function throws document_error.
class yaml_reader {
public:
  yaml_reader(const YAML::Node& node, std::string place) : node_{node}, place_{std::move(place)} {}

  /// Requires a mapping with no other keys.
  void only(std::initializer_list<std::string_view> keys) const;

  bool has(std::string_view key) const { return find(key).has_value(); }
  std::optional<yaml_reader> find(std::string_view key) const; ///< Nothing if absent or null.
  yaml_reader need(std::string_view key) const;

  std::vector<yaml_reader> items() const;                         ///< Of a sequence.
  std::vector<std::pair<std::string, yaml_reader>> pairs() const; ///< Of a mapping.
  std::vector<std::string> texts() const; ///< A scalar, or a sequence of them.

  std::string text() const;
  bool flag() const;
  long whole(long least, long most) const;
  double number(double least, double most) const;
  std::string one_of(std::initializer_list<std::string_view> words) const; ///< Case-insensitive.

  std::string text_or(std::string_view key, std::string_view otherwise) const;
  bool flag_or(std::string_view key, bool otherwise) const;
  std::vector<std::string> texts_or_none(std::string_view key) const;
  std::vector<yaml_reader> items_or_none(std::string_view key) const;

  bool is_scalar() const { return node_.IsScalar(); }
  [[noreturn]] void complain(std::string_view complaint) const;

private:
  YAML::Node node_;
  std::string place_;
};

} // namespace acr::cloudsim
