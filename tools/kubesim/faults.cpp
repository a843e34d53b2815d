#include "tools/kubesim/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/json.hpp"
#include "tools/kubesim/refusal.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

constexpr std::array<std::pair<const char*, std::string fault_subject::*>, 6> subject_members{{
    {"verb", &fault_subject::verb},
    {"resource", &fault_subject::resource},
    {"namespace", &fault_subject::ns},
    {"name", &fault_subject::name},
    {"user", &fault_subject::user},
    {"source", &fault_subject::source},
}};

constexpr std::array kinds{"throttle", "http_status", "gone", "delay",
                           "silence",  "truncate",    "reset"};

std::int64_t number(const json::object& from, const char* name, std::int64_t otherwise) {
  const auto* value = from.if_contains(name);
  if (!value)
    return otherwise;
  if (!value->is_number() || value->to_number<double>() < 0)
    throw bad_request(std::string{name} + " must be a number that is not negative");
  return value->to_number<std::int64_t>();
}

} // namespace

fault read_fault(const json::object& from) {
  fault out;
  out.kind = string_at(&from, "kind");
  if (std::find(kinds.begin(), kinds.end(), out.kind) == kinds.end())
    throw bad_request("kind must be one of throttle, http_status, gone, delay, silence, truncate, "
                      "reset");
  if (const auto* match = from.if_contains("match"); match && match->is_object())
    for (const auto& item : match->get_object()) {
      const auto* const found =
          std::find_if(subject_members.begin(), subject_members.end(),
                       [&](const auto& known) { return item.key() == known.first; });
      if (found == subject_members.end() || !item.value().is_string())
        throw bad_request("match knows the texts verb, resource, namespace, name, user, source");
      out.match.*(found->second) = item.value().get_string().c_str();
    }
  out.status = static_cast<int>(number(from, "status", 503));
  if (out.status < 200 || out.status > 599)
    throw bad_request("status must be from 200 to 599");
  out.retry_after = static_cast<int>(number(from, "retry_after", 1));
  out.delay = std::chrono::milliseconds{number(from, "ms", 0)};
  out.body = string_at(&from, "body");
  if (const auto* times = from.if_contains("times"); times && times->is_number())
    out.times_left = static_cast<std::uint64_t>(number(from, "times", 1));
  return out;
}

json::array fault_table::list() const {
  json::array out;
  for (const auto& item : all()) {
    json::object match;
    for (const auto& [name, member] : subject_members)
      if (!(item.match.*member).empty())
        match[name] = item.match.*member;
    json::object entry{
        {"id", item.id}, {"kind", item.kind}, {"match", std::move(match)}, {"hits", item.hits}};
    if (item.times_left)
      entry["times_left"] = *item.times_left;
    out.push_back(std::move(entry));
  }
  return out;
}

std::optional<fault> fault_table::hit(const fault_subject& subject) {
  return first([&](const fault& item) {
    return std::all_of(subject_members.begin(), subject_members.end(), [&](const auto& known) {
      const auto& wanted = item.match.*(known.second);
      return wanted.empty() || wanted == subject.*(known.second);
    });
  });
}

} // namespace acr::kubesim
