#include "protocol/kubernetes/pod.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "protocol/json.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/status.hpp"

namespace acr::kubernetes {

namespace json = boost::json;

namespace {

std::vector<const json::object*> objects_at(const json::object* from, std::string_view key) {
  std::vector<const json::object*> found;
  const auto* member = from != nullptr ? from->if_contains(key) : nullptr;
  if (const auto* list = member != nullptr ? member->if_array() : nullptr)
    for (const auto& item : *list)
      if (const auto* object = item.if_object())
        found.push_back(object);
  return found;
}

void add_containers(const json::object& document, std::string_view kind,
                    std::vector<pod_container>& out) {
  const auto* status = object_at(&document, "status");
  // "containers" -> "containerStatuses"
  const auto states = objects_at(status, std::string{kind.substr(0, kind.size() - 1)} + "Statuses");
  for (const auto* item : objects_at(object_at(&document, "spec"), kind)) {
    pod_container one;
    one.name = string_at(item, "name");
    one.image = string_at(item, "image");
    const auto state = std::find_if(states.begin(), states.end(), [&](const json::object* other) {
      return string_at(other, "name") == one.name;
    });
    if (state != states.end()) {
      const auto* waiting = object_at(object_at(*state, "state"), "waiting");
      one.waiting = string_at(waiting, "reason");
      one.waiting_detail = string_at(waiting, "message");
      one.pulled = !string_at(*state, "imageID").empty() ||
                   object_at(object_at(*state, "state"), "running") != nullptr ||
                   object_at(object_at(*state, "state"), "terminated") != nullptr;
    }
    out.push_back(std::move(one));
  }
}

} // namespace

result<pod> read_pod(std::string step, const http_response& answer) {
  if (answer.status / 100 != 2)
    return failure_of(std::move(step), answer);
  const auto document = parse_json_object(answer.body.reveal());
  auto meta = decode_meta(answer.body.reveal());
  if (!document || !meta) {
    auto reason = document ? meta.error() : document.error();
    reason.step = std::move(step);
    return reason;
  }
  pod value;
  value.meta = std::move(*meta);
  const auto* spec = object_at(&*document, "spec");
  value.service_account = string_at(spec, "serviceAccountName");
  for (const auto* item : objects_at(spec, "imagePullSecrets"))
    value.pull_secrets.push_back(string_at(item, "name"));
  add_containers(*document, "initContainers", value.containers);
  add_containers(*document, "containers", value.containers);
  add_containers(*document, "ephemeralContainers", value.containers);
  return value;
}

} // namespace acr::kubernetes
