/// Which objects a label selector selects, by the rules of Kubernetes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace acr {

/// One entry of `matchExpressions`.
struct label_requirement {
  enum class is : std::uint8_t { in, not_in, exists, does_not_exist };
  std::string key;
  is what = is::in;
  std::vector<std::string> values{}; ///< Of `in` and `not_in`: sorted, at least one.

  bool holds(const std::map<std::string, std::string>& labels) const;

  friend bool operator==(const label_requirement&, const label_requirement&) = default;
};

/// "In", "NotIn", "Exists", "DoesNotExist".
const char* to_string(label_requirement::is what);

/// All of them must hold; empty: every object is selected. An entry of `matchLabels` is an `in`
/// with one value.
struct label_selector {
  std::vector<label_requirement> all{};

  bool empty() const { return all.empty(); }
  bool selects(const std::map<std::string, std::string>& labels) const;

  friend bool operator==(const label_selector&, const label_selector&) = default;
};

/// As kubectl has it: `team in (a,b),!legacy`.
std::string in_words(const label_selector& chosen);

} // namespace acr
