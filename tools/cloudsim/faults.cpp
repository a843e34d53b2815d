#include "tools/cloudsim/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tools/cloudsim/policy.hpp"

namespace acr::cloudsim {

namespace {

namespace json = boost::json;
using kind = fault::kind;

constexpr std::array<std::pair<std::string_view, kind>, 10> kinds{{
    {"error_code", kind::error_code},
    {"http_status", kind::http_status},
    {"throttle", kind::throttle},
    {"delay", kind::delay},
    {"silence", kind::silence},
    {"truncate", kind::truncate},
    {"garbage", kind::garbage},
    {"html", kind::html},
    {"reset", kind::reset},
    {"answer", kind::answer},
}};

constexpr std::array<std::pair<std::string_view, std::string fault_subject::*>, 6> subjects{{
    {"instance", &fault_subject::instance},
    {"account", &fault_subject::account},
    {"key", &fault_subject::key},
    {"role", &fault_subject::role},
    {"host", &fault_subject::host},
    {"region", &fault_subject::region},
}};

failure bad(std::string message) {
  failure out;
  out.code = errc::parameter_bad;
  out.step = "read fault";
  out.message = std::move(message);
  return out;
}

/// Reads an optional member, which must be a text; false if it is something else.
bool read_text(const json::object& from, std::string_view name, std::string& into) {
  const auto* value = from.if_contains(name);
  if (value && value->is_string())
    into = value->as_string().c_str();
  return !value || value->is_string();
}

std::optional<std::int64_t> read_number(const json::object& from, std::string_view name,
                                        std::string& complaint) {
  const auto* value = from.if_contains(name);
  if (!value)
    return std::nullopt;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (error || number < 0) {
    complaint = std::string{name} + " must be a number that is not negative";
    return std::nullopt;
  }
  return number;
}

std::string read_match(const json::object& from, fault_subject& into) {
  const auto* match = from.if_contains("match");
  if (!match)
    return {};
  if (!match->is_object())
    return "match must be an object";
  for (const auto& item : match->as_object()) {
    const auto* found = std::find_if(subjects.begin(), subjects.end(), [&](const auto& known) {
      return known.first == std::string_view{item.key()};
    });
    if (found == subjects.end() || !item.value().is_string())
      return "match knows the texts instance, account, key, role, host, region";
    into.*(found->second) = item.value().as_string().c_str();
  }
  return {};
}

int usual_status(kind what) {
  switch (what) {
  case kind::http_status:
    return 503;
  case kind::html:
    return 502;
  case kind::error_code:
  case kind::throttle:
    return 400;
  default:
    return 200;
  }
}

} // namespace

bool fault::in_place_of_the_call() const noexcept {
  switch (what) {
  case kind::error_code:
  case kind::http_status:
  case kind::throttle:
  case kind::garbage:
  case kind::html:
  case kind::answer:
    return true;
  default:
    return false;
  }
}

result<fault> read_fault(const json::object& from) {
  constexpr std::array known{"operation", "match",        "kind", "code",
                             "status",    "message",      "ms",   "retry_after",
                             "body",      "content_type", "times"};
  for (const auto& item : from)
    if (std::find(known.begin(), known.end(), std::string_view{item.key()}) == known.end())
      return bad("unknown member " + std::string{item.key()});
  fault out;
  if (!read_text(from, "operation", out.match.operation) || !read_text(from, "kind", out.name) ||
      !read_text(from, "code", out.code) || !read_text(from, "message", out.message) ||
      !read_text(from, "body", out.body) || !read_text(from, "content_type", out.content_type))
    return bad("operation, kind, code, message, body and content_type are texts");
  const auto* found = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const auto& item) { return item.first == out.name; });
  if (found == kinds.end())
    return bad("kind must be one of error_code, http_status, throttle, delay, silence, truncate, "
               "garbage, html, reset, answer");
  out.what = found->second;
  auto complaint = read_match(from, out.match);
  out.status =
      static_cast<int>(read_number(from, "status", complaint).value_or(usual_status(out.what)));
  if (out.status < 200 || out.status > 599)
    complaint = "status must be from 200 to 599";
  out.delay = std::chrono::milliseconds{read_number(from, "ms", complaint).value_or(0)};
  if (const auto seconds = read_number(from, "retry_after", complaint))
    out.retry_after = std::chrono::seconds{*seconds};
  const auto* times = from.if_contains("times");
  if (times && !(times->is_string() && times->as_string() == "forever"))
    out.times_left = static_cast<std::uint64_t>(read_number(from, "times", complaint).value_or(0));
  if (out.times_left == std::uint64_t{0} && complaint.empty())
    complaint = "times must be a number above 0, or \"forever\"";
  if (out.what == kind::error_code && out.code.empty())
    complaint = "error_code needs a code";
  if (!complaint.empty())
    return bad(complaint);
  return out;
}

json::array fault_table::list() const {
  json::array out;
  for (const auto& item : all()) {
    json::object match;
    for (const auto& [name, member] : subjects)
      if (!(item.match.*member).empty())
        match[name] = item.match.*member;
    json::object entry{{"id", item.id},
                       {"operation", item.match.operation},
                       {"match", std::move(match)},
                       {"kind", item.name},
                       {"hits", item.hits}};
    if (item.times_left)
      entry["times_left"] = *item.times_left;
    else
      entry["times_left"] = "forever";
    out.push_back(std::move(entry));
  }
  return out;
}

std::optional<fault> fault_table::hit(const fault_subject& subject) {
  const auto fits = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || matches(wanted, is);
  };
  return first([&](const fault& item) {
    return fits(item.match.operation, subject.operation) &&
           std::all_of(subjects.begin(), subjects.end(), [&](const auto& known) {
             return fits(item.match.*(known.second), subject.*(known.second));
           });
  });
}

} // namespace acr::cloudsim
