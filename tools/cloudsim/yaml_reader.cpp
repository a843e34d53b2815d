#include "tools/cloudsim/yaml_reader.hpp"

#include <algorithm>
#include <charconv>

#include "tools/cloudsim/kit.hpp"
#include "tools/simkit/form.hpp"

namespace acr::cloudsim {

namespace {

std::string located(const YAML::Mark& mark, std::string_view place, std::string_view complaint) {
  std::string out;
  if (!mark.is_null())
    out = std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1) + ": ";
  if (!place.empty())
    out.append(place).append(": ");
  return out.append(complaint);
}

std::string listed(std::initializer_list<std::string_view> words) {
  std::string out;
  for (const auto word : words)
    out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

} // namespace

document_error::document_error(const YAML::Mark& mark, std::string_view place,
                               std::string_view complaint)
    : std::runtime_error{located(mark, place, complaint)} {}

void yaml_reader::complain(std::string_view complaint) const {
  throw document_error{node_.Mark(), place_, complaint};
}

void yaml_reader::only(std::initializer_list<std::string_view> keys) const {
  if (!node_.IsMap())
    complain("must be a mapping with the keys " + listed(keys));
  for (const auto& item : node_) {
    const auto key = item.first.as<std::string>("");
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      throw document_error{item.first.Mark(), place_,
                           "unknown key \"" + key + "\"; known are " + listed(keys)};
  }
}

std::optional<yaml_reader> yaml_reader::find(std::string_view key) const {
  if (!node_.IsMap())
    return std::nullopt;
  const YAML::Node& constant = node_; // a lookup in a mutable node would add the key
  auto child = constant[std::string{key}];
  if (!child || child.IsNull())
    return std::nullopt;
  return yaml_reader{child, place_.empty() ? std::string{key} : place_ + "." + std::string{key}};
}

yaml_reader yaml_reader::need(std::string_view key) const {
  if (!node_.IsMap())
    complain("must be a mapping");
  auto child = find(key);
  if (!child)
    complain("needs \"" + std::string{key} + "\"");
  return *child;
}

std::vector<yaml_reader> yaml_reader::items() const {
  if (!node_.IsSequence())
    complain("must be a list");
  std::vector<yaml_reader> out;
  for (const auto& item : node_)
    out.emplace_back(item, place_ + "[" + std::to_string(out.size()) + "]");
  return out;
}

std::vector<std::pair<std::string, yaml_reader>> yaml_reader::pairs() const {
  if (!node_.IsMap())
    complain("must be a mapping");
  std::vector<std::pair<std::string, yaml_reader>> out;
  for (const auto& item : node_) {
    const auto key = item.first.as<std::string>("");
    out.emplace_back(key, yaml_reader{item.second, place_ + "." + key});
  }
  return out;
}

std::vector<std::string> yaml_reader::texts() const {
  if (node_.IsScalar())
    return {text()};
  std::vector<std::string> out;
  for (const auto& item : items())
    out.push_back(item.text());
  return out;
}

std::string yaml_reader::text() const {
  if (!node_.IsScalar())
    complain("must be a text");
  return node_.Scalar();
}

bool yaml_reader::flag() const {
  const auto word = text();
  if (same_word(word, "true"))
    return true;
  if (!same_word(word, "false"))
    complain("must be true or false, not \"" + word + "\"");
  return false;
}

long yaml_reader::whole(long least, long most) const {
  const auto word = text();
  long value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || value < least || value > most)
    complain("must be a whole number from " + std::to_string(least) + " to " +
             std::to_string(most) + ", not \"" + word + "\"");
  return value;
}

double yaml_reader::number(double least, double most) const {
  const auto word = text();
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  // Written so that a NaN fails, too.
  if (error != std::errc{} || end != word.data() + word.size() ||
      !(value >= least && value <= most))
    complain("must be a number from " + std::to_string(least) + " to " + std::to_string(most) +
             ", not \"" + word + "\"");
  return value;
}

std::string yaml_reader::one_of(std::initializer_list<std::string_view> words) const {
  const auto word = text();
  const auto* found = std::find_if(words.begin(), words.end(),
                                   [&](std::string_view known) { return same_word(known, word); });
  if (found == words.end())
    complain("must be one of " + listed(words) + ", not \"" + word + "\"");
  return std::string{*found};
}

std::string yaml_reader::text_or(std::string_view key, std::string_view otherwise) const {
  const auto child = find(key);
  return child ? child->text() : std::string{otherwise};
}

bool yaml_reader::flag_or(std::string_view key, bool otherwise) const {
  const auto child = find(key);
  return child ? child->flag() : otherwise;
}

std::vector<std::string> yaml_reader::texts_or_none(std::string_view key) const {
  const auto child = find(key);
  return child ? child->texts() : std::vector<std::string>{};
}

std::vector<yaml_reader> yaml_reader::items_or_none(std::string_view key) const {
  const auto child = find(key);
  return child ? child->items() : std::vector<yaml_reader>{};
}

} // namespace acr::cloudsim
