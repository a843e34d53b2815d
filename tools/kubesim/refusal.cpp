#include "tools/kubesim/refusal.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace acr::kubesim {

namespace json = boost::json;

refusal::refusal(int code, std::string reason, std::string message)
    : code_{code}, reason_{std::move(reason)}, message_{std::move(message)} {}

refusal refusal::about(const subject& whom) {
  has_details_ = true;
  if (!whom.name.empty())
    details_["name"] = whom.name;
  if (!whom.group.empty())
    details_["group"] = whom.group;
  if (!whom.kind.empty())
    details_["kind"] = whom.kind;
  return *this;
}

refusal refusal::because(const std::vector<cause>& causes) {
  has_details_ = true;
  json::array list;
  for (const auto& item : causes) {
    json::object entry{{"message", item.message}};
    if (!item.reason.empty())
      entry["reason"] = item.reason;
    if (!item.field.empty())
      entry["field"] = item.field;
    list.push_back(std::move(entry));
  }
  details_["causes"] = std::move(list);
  return *this;
}

refusal refusal::retry_after(int seconds) {
  has_details_ = true;
  retry_after_s_ = seconds;
  details_["retryAfterSeconds"] = seconds;
  return *this;
}

refusal refusal::with_details() {
  has_details_ = true;
  return *this;
}

refusal refusal::but(int code, std::string reason) {
  code_ = code;
  reason_ = std::move(reason);
  return *this;
}

refusal refusal::go_on_with(const std::string& continue_token) {
  continue_ = continue_token;
  return *this;
}

json::object refusal::status() const {
  json::object metadata;
  if (!continue_.empty())
    metadata["continue"] = continue_;
  json::object out{{"kind", "Status"},
                   {"apiVersion", "v1"},
                   {"metadata", std::move(metadata)},
                   {"status", "Failure"},
                   {"message", message_}};
  if (!reason_.empty())
    out["reason"] = reason_;
  if (has_details_)
    out["details"] = details_;
  out["code"] = code_;
  return out;
}

refusal bad_request(std::string message) { return {400, "BadRequest", std::move(message)}; }

namespace {

/// `secrets "x"`, `leases.coordination.k8s.io "x"`.
std::string named(const subject& what) {
  return what.kind + (what.group.empty() ? "" : "." + what.group) + " " + as_go_quotes(what.name);
}

} // namespace

refusal not_found(const subject& what) {
  return refusal{404, "NotFound", named(what) + " not found"}.about(what);
}

refusal no_such_resource() {
  return refusal{404, "NotFound", "the server could not find the requested resource"}
      .with_details();
}

refusal method_not_allowed() {
  return refusal{405, "MethodNotAllowed",
                 "the server does not allow this method on the requested resource"}
      .with_details();
}

refusal already_exists(const subject& what, bool being_deleted) {
  return refusal{409, "AlreadyExists",
                 (being_deleted ? "object is being deleted: " : "") + named(what) +
                     " already exists"}
      .about(what);
}

refusal conflict(const subject& what, const std::string& why) {
  return refusal{409, "Conflict", "Operation cannot be fulfilled on " + named(what) + ": " + why}
      .about(what);
}

refusal modified(const subject& what) {
  return conflict(what, "the object has been modified; please apply your changes to the latest "
                        "version and try again");
}

refusal forbidden(const subject& what, const std::string& why) {
  const auto whom =
      what.name.empty() ? what.kind + (what.group.empty() ? "" : "." + what.group) : named(what);
  return refusal{403, "Forbidden", whom + " is forbidden: " + why}.about(what);
}

refusal expired(std::string message) { return {410, "Expired", std::move(message)}; }

refusal broken_patch() {
  return refusal{422, "Invalid", "the server rejected our request due to an error in our request"}
      .with_details();
}

refusal throttled(int seconds) {
  return refusal{429, "TooManyRequests", "Too many requests, please try again later."}.retry_after(
      seconds);
}

refusal internal(std::string message) { return {500, "", std::move(message)}; }

refusal invalid(const subject& what, const std::vector<cause>& causes) {
  std::vector<std::string> texts; // each once
  for (const auto& item : causes)
    if (auto text = item.field + ": " + item.message;
        std::find(texts.begin(), texts.end(), text) == texts.end())
      texts.push_back(std::move(text));
  std::string all;
  for (const auto& text : texts)
    all.append(all.empty() ? "" : ", ").append(text);
  if (texts.size() > 1)
    all = "[" + all + "]";
  const auto kind = what.kind + (what.group.empty() ? "" : "." + what.group);
  return refusal{422, "Invalid", kind + " " + as_go_quotes(what.name) + " is invalid: " + all}
      .about(what)
      .because(causes);
}

cause invalid_value(std::string field, const std::string& value, const std::string& why) {
  return {"FieldValueInvalid", "Invalid value: " + value + ": " + why, std::move(field)};
}

cause too_long(std::string field, std::size_t most) {
  return {"FieldValueTooLong", "Too long: may not be more than " + std::to_string(most) + " bytes",
          std::move(field)};
}

cause required(std::string field, const std::string& why) {
  return {"FieldValueRequired", "Required value" + (why.empty() ? "" : ": " + why),
          std::move(field)};
}

std::string as_go_quotes(std::string_view text) { return json::serialize(json::value(text)); }

} // namespace acr::kubesim
