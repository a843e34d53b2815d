#include "protocol/kubernetes/operator_requests.hpp"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/json.hpp"
#include "protocol/kubernetes/request_parts.hpp"

namespace acr::kubernetes {

namespace json = boost::json;

http_request annotate_config_map(const object_ref& ref, const std::string& name,
                                 const std::string& value) {
  json::object annotations;
  annotations[name] = value;
  const json::object change{{"metadata", {{"annotations", std::move(annotations)}}}};
  return write("PATCH",
               path_of(object_kind::config_map, ref) +
                   query{}.add("fieldManager", "kubectl-acr").text(),
               "application/merge-patch+json", json::serialize(change));
}

namespace {

failure unreadable(const char* step, const http_response& answer, std::string message) {
  auto reason = malformed(std::move(message));
  reason.step = step;
  reason.status = answer.status;
  return reason;
}

http_request events_about(const char* kind, const object_ref& what) {
  return get(collection("events", what.ns) +
             query{}
                 .add("fieldSelector", std::string{"involvedObject.kind="} + kind +
                                           ",involvedObject.name=" + what.name)
                 .text());
}

} // namespace

http_request list_events(const object_ref& config_map) {
  return events_about("ConfigMap", config_map);
}

http_request list_pod_events(const object_ref& pod) { return events_about("Pod", pod); }

result<std::vector<told_event>> read_events(const http_response& answer) {
  constexpr const char* step = "list events";
  if (answer.status != 200)
    return failure_of(step, answer);
  const auto read = parse_json_object(answer.body.reveal());
  if (!read)
    return unreadable(step, answer, read.error().message);
  const auto* member = read->if_contains("items");
  const auto* items = member != nullptr ? member->if_array() : nullptr;
  if (items == nullptr)
    return unreadable(step, answer, "that is no list");
  std::vector<told_event> out;
  for (const auto& item : *items)
    if (const auto* event = item.if_object())
      out.push_back({string_at(event, "type") == "Warning", string_at(event, "reason"),
                     string_at(event, "message"),
                     string_at(object_at(event, "source"), "component"),
                     string_at(event, "lastTimestamp")});
  return out;
}

std::string to_string(const access_question& question) {
  auto text = question.verb + " " + question.resource;
  if (!question.subresource.empty())
    text += "/" + question.subresource;
  if (!question.name.empty())
    text += " " + question.name;
  return text + (question.ns.empty() ? " in all namespaces" : " in " + question.ns);
}

http_request review_access(const access_question& question) {
  const json::object document{{"apiVersion", "authorization.k8s.io/v1"},
                              {"kind", "SelfSubjectAccessReview"},
                              {"spec",
                               {{"resourceAttributes",
                                 {{"verb", question.verb},
                                  {"group", question.group},
                                  {"resource", question.resource},
                                  {"subresource", question.subresource},
                                  {"namespace", question.ns},
                                  {"name", question.name}}}}}};
  auto request = write("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                       "application/json", json::serialize(document));
  request.headers[0].value = "application/json"; // the answer is in the status
  return request;
}

result<bool> read_access(const http_response& answer) {
  constexpr const char* step = "review access";
  if (answer.status / 100 != 2)
    return failure_of(step, answer);
  const auto read = parse_json_object(answer.body.reveal());
  if (!read)
    return unreadable(step, answer, read.error().message);
  const auto* status = object_at(&*read, "status");
  const auto* allowed = status != nullptr ? status->if_contains("allowed") : nullptr;
  if (allowed == nullptr || !allowed->is_bool())
    return unreadable(step, answer, "it does not say whether it is allowed");
  return allowed->get_bool();
}

} // namespace acr::kubernetes
