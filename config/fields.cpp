#include "config/fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>

#include "config/values.hpp"

namespace acr::config {

namespace {

/// The vendor's pages have several spellings of these: not the user's mistake.
bool printed_by_the_vendor(std::string_view field) {
  constexpr std::array<std::string_view, 6> printed{"instanceID", "InstanceId", "InstanceID",
                                                    "regionID",   "RegionId",   "RegionID"};
  return std::find(printed.begin(), printed.end(), field) != printed.end();
}

} // namespace

field_reader::field_reader(const node& mapping, std::string key,
                           std::span<const std::string_view> names, entry_verdict& verdict)
    : mapping_{mapping}, key_{std::move(key)}, names_{names}, verdict_{verdict} {
  for (std::size_t i = 0; i < mapping_.keys.size(); ++i) {
    const auto& written = mapping_.keys[i];
    const auto same = std::find_if(names_.begin(), names_.end(), [&](auto name) {
      return written.is_text() && boost::iequals(name, written.text);
    });
    if (same == names_.end()) {
      unknown(written);
      continue;
    }
    if (*same != written.text && !printed_by_the_vendor(written.text))
      warn("", written.at, written.text, "is read as " + std::string{*same});
    if (!fields_.emplace(*same, &mapping_.items[i]).second)
      reject(*same, written.at, "", "is given twice");
  }
}

void field_reader::unknown(const node& key) {
  if (suggestion(key.text, names_))
    reject("", key.at, key.text, "unknown field" + did_you_mean(key.text, names_));
  else
    warn("", key.at, key.text, "unknown field, ignored");
}

std::string field_reader::path(std::string_view field) const {
  return field.empty() ? key_ : key_ + "." + std::string{field};
}

const node* field_reader::find(std::string_view field) const {
  const auto found = fields_.find(field);
  if (found == fields_.end() || found->second->is_null() ||
      (found->second->is_text() && trimmed(found->second->text).empty()))
    return nullptr;
  return found->second;
}

const node* field_reader::given(std::string_view field) const {
  const auto found = fields_.find(field);
  return found == fields_.end() ? nullptr : found->second;
}

std::string field_reader::text(std::string_view field) {
  const auto* const value = find(field);
  if (value == nullptr)
    return {};
  if (!value->is_text()) {
    reject(field, "must be a text");
    return {};
  }
  std::string read{trimmed(value->text)};
  if (read.find(" //") != std::string::npos || read.find(" #") != std::string::npos) {
    reject(field, "must be one value: a comment begins with ` #`, outside of quotes");
    return {};
  }
  return read;
}

std::string field_reader::secret_text(std::string_view field) {
  const auto* const value = find(field);
  if (value == nullptr)
    return {};
  std::string read{trimmed(value->text)};
  if (!value->is_text() || std::any_of(read.begin(), read.end(),
                                       [](unsigned char c) { return c <= ' ' || c >= 0x7F; })) {
    reject_hidden(field, "must be one text without blanks (a comment begins with ` #`)");
    return {};
  }
  return read;
}

void field_reader::reject(std::string_view field, position at, std::string_view value,
                          std::string message) {
  verdict_.good = false;
  verdict_.problems.add(severity::entry_rejected, path(field), at, value, std::move(message));
}

void field_reader::reject(std::string_view field, std::string message) {
  const auto& value = *fields_.at(field);
  reject(field, value.at, trimmed(value.text), std::move(message));
}

void field_reader::reject_hidden(std::string_view field, std::string message) {
  reject(field, fields_.at(field)->at, "", std::move(message));
}

void field_reader::warn(std::string_view field, position at, std::string_view value,
                        std::string message) {
  verdict_.problems.add(severity::warning, path(field), at, value, std::move(message));
}

void field_reader::warn(std::string_view field, std::string message) {
  const auto& value = *fields_.at(field);
  warn(field, value.at, trimmed(value.text), std::move(message));
}

} // namespace acr::config
