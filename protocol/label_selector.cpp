#include "protocol/label_selector.hpp"

#include <algorithm>

namespace acr {

using is = label_requirement::is;

bool label_requirement::holds(const std::map<std::string, std::string>& labels) const {
  const auto found = labels.find(key);
  const bool there = found != labels.end();
  const bool named =
      there && std::find(values.begin(), values.end(), found->second) != values.end();
  switch (what) {
  case is::in:
    return named;
  case is::not_in: // true of an object without that label, as in Kubernetes
    return !named;
  case is::exists:
    return there;
  case is::does_not_exist:
    break;
  }
  return !there;
}

const char* to_string(label_requirement::is what) {
  switch (what) {
  case is::in:
    return "In";
  case is::not_in:
    return "NotIn";
  case is::exists:
    return "Exists";
  case is::does_not_exist:
    break;
  }
  return "DoesNotExist";
}

bool label_selector::selects(const std::map<std::string, std::string>& labels) const {
  return std::all_of(all.begin(), all.end(),
                     [&](const label_requirement& one) { return one.holds(labels); });
}

std::string in_words(const label_selector& chosen) {
  std::string text;
  for (const auto& one : chosen.all) {
    text.append(text.empty() ? "" : ",").append(one.what == is::does_not_exist ? "!" : "");
    text.append(one.key);
    if (one.what == is::exists || one.what == is::does_not_exist)
      continue;
    text.append(one.what == is::in ? " in (" : " notin (");
    for (std::size_t i = 0; i < one.values.size(); ++i)
      text.append(i == 0 ? "" : ",").append(one.values[i]);
    text.append(")");
  }
  return text;
}

} // namespace acr
