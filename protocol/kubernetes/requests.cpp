#include "protocol/kubernetes/requests.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"
#include "protocol/kubernetes/request_parts.hpp"
#include "protocol/secret_json.hpp"
#include "protocol/text.hpp"

namespace acr::kubernetes {

namespace json = boost::json;

namespace {

// Limit of an Event's message in core/v1 clients and events.k8s.io alike.
constexpr std::size_t max_event_message = 1024;

query watched_by(const watch_spec& what) {
  query parameters;
  if (!what.field_selector.empty())
    parameters.add("fieldSelector", what.field_selector);
  return parameters;
}

std::string url_of(const watch_spec& what, const query& parameters) {
  return collection(what.kind, what.ns) + parameters.text();
}

query& for_a_watch(query& parameters, std::chrono::seconds timeout) {
  return parameters.add("watch", "true")
      .add("allowWatchBookmarks", "true")
      .add("timeoutSeconds", std::to_string(timeout.count()));
}

json::value reference(const std::string& name) {
  // The server writes an entry without a name as {}: a `test` of anything else would always fail.
  if (name.empty())
    return json::object{};
  return json::object{{"name", name}};
}

json::value references(const std::vector<std::string>& names) {
  json::array list;
  for (const auto& name : names)
    list.push_back(reference(name));
  return list;
}

json::object operation(std::string_view what, std::string_view path) {
  return {{"op", what}, {"path", path}};
}

json::object operation(std::string_view what, std::string_view path, json::value value) {
  return {{"op", what}, {"path", path}, {"value", std::move(value)}};
}

/// The list as last seen. An empty list is absent on the wire (the field is `omitempty`).
const std::vector<std::string>& list_of(const service_account& account) {
  static const std::vector<std::string> none;
  return account.pull_secrets ? *account.pull_secrets : none;
}

json::object test_of_list(const std::vector<std::string>& list) {
  return operation("test", "/imagePullSecrets", list.empty() ? json::value{} : references(list));
}

bool holds(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

http_request json_patch(const service_account& account, const json::array& operations) {
  auto request = write("PATCH",
                       path_of(object_kind::service_account, account.meta.ref) +
                           query{}.add("fieldManager", field_manager).text(),
                       "application/json-patch+json", json::serialize(operations));
  // The current list: admission may have changed it once more.
  request.headers[0].value = "application/json";
  return request;
}

/// MicroTime of Kubernetes: six digits of fraction.
std::string micro_time(wall_time time) {
  auto text = to_rfc3339(time);
  const auto fraction = (time.time_since_epoch() % 1000 + std::chrono::milliseconds{1000}) % 1000;
  const auto digits = std::to_string(fraction.count());
  text.pop_back();
  return text.append(".").append(3 - digits.size(), '0').append(digits).append("000Z");
}

json::object text_map(const std::map<std::string, std::string>& from) {
  json::object members;
  for (const auto& [name, value] : from)
    members.emplace(name, value);
  return members;
}

const char* kind_name(object_kind kind) {
  switch (kind) {
  case object_kind::name_space:
    return "Namespace";
  case object_kind::service_account:
    return "ServiceAccount";
  case object_kind::secret:
    return "Secret";
  case object_kind::config_map:
    return "ConfigMap";
  case object_kind::lease:
    return "Lease";
  }
  return "Unknown";
}

/// Events about cluster-scoped objects belong to "default".
std::string home_of(const event_note& what) {
  return what.about.ref.ns.empty() ? std::string{"default"} : what.about.ref.ns;
}

} // namespace

http_request list_page(const watch_spec& what, int limit, const std::string& continue_token) {
  auto parameters = watched_by(what);
  parameters.add("limit", std::to_string(limit));
  if (!continue_token.empty())
    parameters.add("continue", continue_token);
  return get(url_of(what, parameters));
}

http_request list_stream(const watch_spec& what, std::chrono::seconds timeout) {
  auto parameters = watched_by(what);
  // Without a resourceVersion, NotOlderThan means: not older than now.
  for_a_watch(parameters, timeout)
      .add("sendInitialEvents", "true")
      .add("resourceVersionMatch", "NotOlderThan");
  return get(url_of(what, parameters));
}

http_request watch_from(const watch_spec& what, const std::string& resource_version,
                        std::chrono::seconds timeout) {
  auto parameters = watched_by(what);
  for_a_watch(parameters, timeout).add("resourceVersion", resource_version);
  return get(url_of(what, parameters));
}

http_request get_object(object_kind kind, const object_ref& ref) { return get(path_of(kind, ref)); }

http_request get_pod(const object_ref& ref) {
  return get(collection("pods", ref.ns) + "/" + escaped(ref.name));
}

std::optional<http_request> link_account(const service_account& seen,
                                         const std::vector<std::string>& names) {
  const auto& list = list_of(seen);
  std::vector<std::string> missing;
  for (const auto& name : names)
    if (!holds(list, name) && !holds(missing, name))
      missing.push_back(name);
  if (missing.empty())
    return std::nullopt;
  json::array operations{test_of_list(list)};
  if (list.empty())
    operations.push_back(operation("add", "/imagePullSecrets", references(missing)));
  else
    for (const auto& name : missing)
      operations.push_back(operation("add", "/imagePullSecrets/-", reference(name)));
  return json_patch(seen, operations);
}

std::optional<http_request> unlink_account(const service_account& seen,
                                           const std::vector<std::string>& names) {
  const auto& list = list_of(seen);
  json::array operations{test_of_list(list)};
  // From the highest index, so that the lower ones stay valid.
  for (auto index = list.size(); index-- > 0;)
    if (holds(names, list[index]))
      operations.push_back(operation("remove", "/imagePullSecrets/" + std::to_string(index)));
  const auto removed = operations.size() - 1;
  if (removed == 0)
    return std::nullopt;
  // Restore the account's original shape: most had no list. (Servers drop an empty one anyway.)
  if (removed == list.size())
    operations = {test_of_list(list), operation("remove", "/imagePullSecrets")};
  return json_patch(seen, operations);
}

http_request apply_secret(const secret_manifest& what) {
  auto encoded = encode_base64(what.docker_config.reveal());
  json::object document{cleansing_storage()};
  document["apiVersion"] = "v1";
  document["kind"] = "Secret";
  document["metadata"] = {{"name", what.ref.name},
                          {"namespace", what.ref.ns},
                          {"labels", text_map(what.labels)},
                          {"annotations", text_map(what.annotations)}};
  if (!what.uid.empty())
    document["metadata"].as_object()["uid"] = what.uid;
  if (!what.resource_version.empty())
    document["metadata"].as_object()["resourceVersion"] = what.resource_version;
  document["type"] = docker_config_type;
  document["data"].emplace_object()[".dockerconfigjson"] = encoded;
  wipe(encoded);
  query parameters;
  parameters.add("fieldManager", field_manager);
  // The observed object decides whose fields may be taken. Without force, an object that another
  // manager has just created under our name stays its.
  if (!what.uid.empty())
    parameters.add("force", "true");
  return write("PATCH", path_of(object_kind::secret, what.ref) + parameters.text(),
               "application/apply-patch+yaml", serialize_secret(document));
}

http_request only_metadata(http_request list) {
  list.headers[0].value =
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
  return list;
}

http_request delete_secret(const object_meta& seen) {
  return delete_object(object_kind::secret, seen);
}

http_request delete_object(object_kind kind, const object_meta& seen) {
  const json::object options{
      {"apiVersion", "v1"},
      {"kind", "DeleteOptions"},
      {"preconditions", {{"uid", seen.uid}, {"resourceVersion", seen.resource_version}}}};
  return write("DELETE", path_of(kind, seen.ref), "application/json", json::serialize(options));
}

http_request token_request(const object_ref& account, const std::string& audience,
                           std::chrono::seconds expiration) {
  const json::object document{
      {"apiVersion", "authentication.k8s.io/v1"},
      {"kind", "TokenRequest"},
      {"spec", {{"audiences", json::array{audience}}, {"expirationSeconds", expiration.count()}}}};
  auto request = write("POST", path_of(object_kind::service_account, account) + "/token",
                       "application/json", json::serialize(document));
  request.headers[0].value = "application/json"; // the token is not metadata
  return request;
}

http_request put_lease(const lease& what) {
  json::object metadata{{"name", what.meta.ref.name}, {"namespace", what.meta.ref.ns}};
  if (!what.meta.resource_version.empty())
    metadata["resourceVersion"] = what.meta.resource_version;
  json::object spec{{"holderIdentity", what.holder},
                    {"leaseDurationSeconds", what.duration.count()},
                    {"leaseTransitions", what.transitions}};
  if (what.acquired_at)
    spec["acquireTime"] = micro_time(*what.acquired_at);
  if (what.renewed_at)
    spec["renewTime"] = micro_time(*what.renewed_at);
  const json::object document{{"apiVersion", "coordination.k8s.io/v1"},
                              {"kind", "Lease"},
                              {"metadata", std::move(metadata)},
                              {"spec", std::move(spec)}};
  auto request = write("PUT",
                       path_of(object_kind::lease, what.meta.ref) +
                           query{}.add("fieldManager", field_manager).text(),
                       "application/json", json::serialize(document));
  request.headers[0].value = "application/json"; // the content is needed
  return request;
}

http_request create_event(const event_note& what) {
  const auto ns = home_of(what);
  const auto at = to_rfc3339(what.at);
  const json::object document{
      {"apiVersion", "v1"},
      {"kind", "Event"},
      {"metadata", {{"generateName", what.about.ref.name + "."}, {"namespace", ns}}},
      {"involvedObject",
       {{"apiVersion", "v1"},
        {"kind", kind_name(what.kind)},
        {"namespace", what.about.ref.ns},
        {"name", what.about.ref.name},
        {"uid", what.about.uid},
        {"resourceVersion", what.about.resource_version}}},
      {"reason", what.reason},
      {"action", what.action},
      {"message", beginning(what.message, max_event_message)},
      {"type", what.warning ? "Warning" : "Normal"},
      {"source", {{"component", field_manager}}},
      {"reportingComponent", field_manager},
      {"reportingInstance", what.instance},
      {"firstTimestamp", at},
      {"lastTimestamp", at},
      {"count", 1}};
  return write("POST", collection("events", ns) + query{}.add("fieldManager", field_manager).text(),
               "application/json", json::serialize(document));
}

http_request repeat_event(const event_note& what, const std::string& name, unsigned count) {
  const json::object change{{"count", count},
                            {"lastTimestamp", to_rfc3339(what.at)},
                            {"message", beginning(what.message, max_event_message)}};
  return write("PATCH",
               collection("events", home_of(what)) + "/" + escaped(name) +
                   query{}.add("fieldManager", field_manager).text(),
               "application/merge-patch+json", json::serialize(change));
}

} // namespace acr::kubernetes
