#include "protocol/kubernetes/decode.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <boost/json/array.hpp>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"
#include "protocol/kubernetes/status.hpp"

namespace acr::kubernetes {

namespace json = boost::json;

namespace {

constexpr const char* docker_config_key = ".dockerconfigjson";

result<object_meta> meta_from(const json::object& from) {
  const auto* metadata = object_at(&from, "metadata");
  if (metadata == nullptr)
    return malformed("an object without metadata");
  object_meta meta;
  meta.ref = {string_at(metadata, "namespace"), string_at(metadata, "name")};
  meta.uid = string_at(metadata, "uid");
  meta.resource_version = string_at(metadata, "resourceVersion");
  if (meta.ref.name.empty())
    return malformed("an object without a name");
  return meta;
}

bool being_deleted(const json::object& from) {
  return !string_at(object_at(&from, "metadata"), "deletionTimestamp").empty();
}

/// Whether an entry of managedFields with our name contains the field at `path`, or any if that is
/// empty.
bool managed_by_us(const json::object& from, std::initializer_list<std::string_view> path) {
  const auto* metadata = object_at(&from, "metadata");
  const auto* managers = metadata != nullptr ? metadata->if_contains("managedFields") : nullptr;
  if (managers == nullptr || !managers->is_array())
    return false;
  const auto& list = managers->get_array();
  return std::any_of(list.begin(), list.end(), [path](const json::value& item) {
    const auto* entry = item.if_object();
    if (string_at(entry, "manager") != field_manager)
      return false;
    const auto* fields = object_at(entry, "fieldsV1");
    for (const auto part : path)
      if (fields = object_at(fields, part); fields == nullptr)
        return false;
    return true;
  });
}

/// The manager, other than ours, with the newest entry in managedFields that contains the field
/// `part` (any, if that is empty).
std::string other_manager(const json::object& from, std::string_view part) {
  const auto* metadata = object_at(&from, "metadata");
  const auto* managers = metadata != nullptr ? metadata->if_contains("managedFields") : nullptr;
  std::string name;
  std::string newest;
  if (managers == nullptr || !managers->is_array())
    return name;
  for (const auto& item : managers->get_array()) {
    const auto* entry = item.if_object();
    const auto manager = string_at(entry, "manager");
    const auto* fields = object_at(entry, "fieldsV1");
    if (manager == field_manager || fields == nullptr || (!part.empty() && !fields->contains(part)))
      continue;
    if (auto time = string_at(entry, "time"); name.empty() || time >= newest) { // RFC 3339, UTC
      newest = std::move(time);
      name = manager;
    }
  }
  return name;
}

std::map<std::string, std::string> text_map(const json::object* from, std::string_view key) {
  std::map<std::string, std::string> map;
  if (const auto* members = object_at(from, key))
    for (const auto& member : *members)
      if (const auto* text = member.value().if_string())
        map.emplace(std::string{member.key()}, std::string{text->data(), text->size()});
  return map;
}

bool ignored(const json::object& from) {
  return string_at(object_at(object_at(&from, "metadata"), "annotations"), ignore_annotation) ==
         "true";
}

result<object> name_space_from(object_meta meta, const json::object& from) {
  name_space value;
  value.meta = std::move(meta);
  value.terminating =
      being_deleted(from) || string_at(object_at(&from, "status"), "phase") == "Terminating";
  value.labels = text_map(object_at(&from, "metadata"), "labels");
  value.ignored = ignored(from);
  return value;
}

result<object> account_from(object_meta meta, const json::object& from) {
  service_account value;
  value.meta = std::move(meta);
  value.terminating = being_deleted(from);
  value.managed_by_us = managed_by_us(from, {"f:imagePullSecrets"});
  value.list_manager = other_manager(from, "f:imagePullSecrets");
  value.ignored = ignored(from);
  const auto* list = from.if_contains("imagePullSecrets");
  if (list == nullptr || list->is_null())
    return value;
  // A JSON Patch will test for exactly what is read here: guessing would never converge.
  if (!list->is_array())
    return malformed("imagePullSecrets is not a list");
  value.pull_secrets.emplace();
  for (const auto& item : list->get_array()) {
    if (!item.is_object())
      return malformed("an entry of imagePullSecrets is not an object");
    value.pull_secrets->push_back(string_at(&item.get_object(), "name"));
  }
  return value;
}

result<object> secret_from(object_meta meta, const json::object& from) {
  secret value;
  value.meta = std::move(meta);
  value.type = string_at(&from, "type");
  const auto* metadata = object_at(&from, "metadata");
  value.labels = text_map(metadata, "labels");
  value.annotations = text_map(metadata, "annotations");
  value.managed_by_us = managed_by_us(from, {});
  value.last_manager = other_manager(from, {});
  value.written_by_us_last =
      managed_by_us(from, {"f:data", "f:.dockerconfigjson"}) &&
      managed_by_us(from, {"f:metadata", "f:annotations", "f:acr-credential-helper/instances"});
  if (const auto* data = object_at(&from, "data")) {
    for (const auto& member : *data) {
      if (member.key() != docker_config_key) {
        value.other_data = true;
      } else if (const auto* text = member.value().if_string()) {
        if (auto decoded = decode_base64({text->data(), text->size()}))
          value.docker_config = secret_string{std::move(*decoded)};
      }
    }
  }
  return value;
}

result<object> config_map_from(object_meta meta, const json::object& from) {
  config_map value;
  value.meta = std::move(meta);
  value.annotations = text_map(object_at(&from, "metadata"), "annotations");
  value.data = text_map(&from, "data");
  for (const auto& [key, text] : text_map(&from, "binaryData")) // never a key of `data`
    value.data.emplace(key, decode_base64(text).value_or(text));
  return value;
}

std::int64_t number_at(const json::object* from, std::string_view key) {
  const auto* member = from != nullptr ? from->if_contains(key) : nullptr;
  const auto* number = member != nullptr ? member->if_int64() : nullptr;
  return number != nullptr ? *number : 0;
}

result<object> lease_from(object_meta meta, const json::object& from) {
  const auto* spec = object_at(&from, "spec");
  lease value;
  value.meta = std::move(meta);
  value.holder = string_at(spec, "holderIdentity");
  value.duration = std::chrono::seconds{number_at(spec, "leaseDurationSeconds")};
  value.acquired_at = parse_rfc3339(string_at(spec, "acquireTime"));
  value.renewed_at = parse_rfc3339(string_at(spec, "renewTime"));
  value.transitions = number_at(spec, "leaseTransitions");
  return value;
}

result<object> object_from(object_kind kind, const json::object& from) {
  auto meta = meta_from(from);
  if (!meta)
    return meta.error();
  switch (kind) {
  case object_kind::name_space:
    return name_space_from(std::move(*meta), from);
  case object_kind::service_account:
    return account_from(std::move(*meta), from);
  case object_kind::secret:
    return secret_from(std::move(*meta), from);
  case object_kind::config_map:
    return config_map_from(std::move(*meta), from);
  case object_kind::lease:
    return lease_from(std::move(*meta), from);
  }
  return malformed("an unknown kind");
}

} // namespace

const char* plural(object_kind kind) noexcept {
  switch (kind) {
  case object_kind::name_space:
    return "namespaces";
  case object_kind::service_account:
    return "serviceaccounts";
  case object_kind::secret:
    return "secrets";
  case object_kind::config_map:
    return "configmaps";
  case object_kind::lease:
    return "leases";
  }
  return "unknown";
}

result<object> decode_object(object_kind kind, std::string_view text) {
  auto document = parse_json_object(text);
  if (!document)
    return document.error();
  return object_from(kind, *document);
}

result<object_meta> decode_meta(std::string_view text) {
  auto document = parse_json_object(text);
  if (!document)
    return document.error();
  return meta_from(*document);
}

result<object_page> decode_page(object_kind kind, std::string_view text) {
  auto document = parse_json_object(text);
  if (!document)
    return document.error();
  const auto* metadata = object_at(&*document, "metadata");
  object_page page;
  page.resource_version = string_at(metadata, "resourceVersion");
  page.continue_token = string_at(metadata, "continue");
  if (page.resource_version.empty())
    return malformed("a list without a resourceVersion");
  if (const auto* remaining = metadata->if_contains("remainingItemCount"))
    if (const auto* number = remaining->if_int64())
      page.remaining = *number;
  const auto* items = document->if_contains("items");
  // Go programs that did not allocate the list write null.
  if (items == nullptr || items->is_null())
    return page;
  if (!items->is_array())
    return malformed("the items of a list are not a list");
  page.items.reserve(items->get_array().size());
  for (const auto& item : items->get_array()) {
    if (!item.is_object())
      return malformed("an item of a list is not an object");
    auto value = object_from(kind, item.get_object());
    if (!value)
      return value.error();
    page.items.push_back(std::move(*value));
  }
  return page;
}

result<stream_event> decode_event(object_kind kind, std::string_view line) {
  auto document = parse_json_object(line);
  if (!document)
    return document.error();
  const auto type = string_at(&*document, "type");
  const auto* body = object_at(&*document, "object");
  if (body == nullptr)
    return malformed("a watch event without an object");
  stream_event event;
  if (type == "ERROR") {
    event.kind = stream_event_kind::error;
    event.reason = failure_from_status(*body);
    return event;
  }
  if (type == "BOOKMARK") {
    event.kind = stream_event_kind::bookmark;
    const auto* metadata = object_at(body, "metadata");
    event.resource_version = string_at(metadata, "resourceVersion");
    event.initial_events_end =
        string_at(object_at(metadata, "annotations"), "k8s.io/initial-events-end") == "true";
    if (event.resource_version.empty())
      return malformed("a bookmark without a resourceVersion");
    return event;
  }
  if (type == "ADDED")
    event.kind = stream_event_kind::added;
  else if (type == "MODIFIED")
    event.kind = stream_event_kind::modified;
  else if (type == "DELETED")
    event.kind = stream_event_kind::removed;
  else
    return malformed("an unknown type of watch event");
  auto value = object_from(kind, *body);
  if (!value)
    return value.error();
  event.resource_version = meta_of(*value).resource_version;
  if (event.resource_version.empty())
    return malformed("a watch event without a resourceVersion");
  event.value = std::move(*value);
  return event;
}

} // namespace acr::kubernetes
