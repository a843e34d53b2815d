#include "config/wrapping.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>

#include "config/spelling.hpp"
#include "config/values.hpp"

namespace acr::config {

namespace {

constexpr int most_texts_within_texts = 4;

bool has_known_key(const node& mapping) {
  return std::any_of(mapping.keys.begin(), mapping.keys.end(), [](const node& key) {
    return key.is_text() &&
           (belongs_to(key.text, spelling::config_map) || belongs_to(key.text, spelling::add_on));
  });
}

/// The document in the text, if it may be one.
std::optional<node> document_in(const node& value, bool of_config) {
  const auto start = trimmed(value.text);
  if (!start.starts_with('{') && !start.starts_with('[') && !of_config)
    return std::nullopt;
  problem_list untold; // if it is no document, it is an ordinary text
  return load(value.text, "", value.inside, untold);
}

void look(const node& value, bool of_config, int texts, std::vector<node>& found) {
  if (value.is_mapping() && has_known_key(value)) {
    found.push_back(value);
  } else if (value.is_mapping()) {
    for (std::size_t i = 0; i < value.items.size(); ++i)
      look(value.items[i], boost::iequals(value.keys[i].text, "config"), texts, found);
  } else if (value.is_list()) {
    for (const auto& item : value.items)
      look(item, false, texts, found);
  } else if (value.is_text() && texts < most_texts_within_texts) {
    if (const auto inner = document_in(value, of_config); inner && !inner->is_text())
      look(*inner, false, texts + 1, found);
  }
}

} // namespace

std::vector<node> wrapped_in(const node& root) {
  std::vector<node> found;
  look(root, false, 0, found);
  return found;
}

} // namespace acr::config
