#include "tools/helper/findings.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/text.hpp"

namespace acr::helper {

namespace {

namespace json = boost::json;

const char* word_of(finding_level level) {
  switch (level) {
  case finding_level::good:
    return "ok     ";
  case finding_level::note:
    return "note   ";
  case finding_level::fault:
    return "FAULT  ";
  }
  return "";
}

const char* name_of(finding_level level) {
  switch (level) {
  case finding_level::good:
    return "ok";
  case finding_level::note:
    return "note";
  case finding_level::fault:
    return "fault";
  }
  return "";
}

} // namespace

bool any_fault(const std::vector<finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const finding& one) { return one.level == finding_level::fault; });
}

finding fault_of(const std::string& about, const failure& reason) {
  finding out{finding_level::fault, about + to_string(reason), reason.remedy};
  if (!reason.cause.empty())
    out.text += ": " + reason.cause;
  return out;
}

std::string in_words(const finding& one) {
  auto text = word_of(one.level) + one_line(one.text) + "\n";
  if (!one.remedy.empty())
    text += "       -> " + one_line(one.remedy) + "\n";
  return text;
}

std::string to_json(std::string_view name, const std::vector<finding>& findings,
                    std::optional<bool> verdict) {
  json::array list;
  for (const auto& one : findings)
    list.push_back({{"level", name_of(one.level)}, {"text", one.text}, {"remedy", one.remedy}});
  json::object out;
  out[name] = verdict ? json::value(*verdict) : json::value(nullptr);
  out["findings"] = std::move(list);
  return json::serialize(out);
}

} // namespace acr::helper
