#include "tools/cloudsim/answer.hpp"

#include <boost/json/serialize.hpp>

#include "tools/simkit/form.hpp"

namespace acr::cloudsim {

namespace {

namespace json = boost::json;

// Format of AccessDeniedDetail in a real answer: a role is shown as `name:session`.
json::object denied_detail(const refusal& why) {
  json::object out{
      {"AuthAction", why.denied_action},
      {"NoPermissionType", why.no_permission_type},
      {"PolicyType", why.policy_type},
      {"EncodedDiagnosticMessage", simkit::base64(why.denied_action + " " + why.policy_type)}};
  const std::string_view arn{why.denied_caller};
  const std::string_view prefix = "acs:ram::";
  if (!arn.starts_with(prefix))
    return out;
  const auto owner = arn.substr(prefix.size(), arn.find(':', prefix.size()) - prefix.size());
  auto name = std::string{arn.substr(prefix.size() + owner.size() + 1)};
  const bool role = name.starts_with("role/");
  const bool user = name.starts_with("user/");
  if (role || user)
    name.erase(0, 5);
  if (const auto slash = name.find('/'); role && slash != std::string::npos)
    name[slash] = ':';
  out["AuthPrincipalOwnerId"] = owner;
  out["AuthPrincipalType"] = role ? "AssumedRoleUser" : user ? "SubUser" : "RootUser";
  out["AuthPrincipalDisplayName"] = role || user ? name : std::string{owner};
  return out;
}

response throttled(const setting& at, const fault& what, const std::string& request_id) {
  const auto code = what.code.empty() ? "Throttling.User" : what.code;
  const auto text =
      what.message.empty() ? "Request was denied due to user flow control." : what.message;
  auto out = error_answer(at, refusal{what.status, code, text}, request_id);
  if (what.retry_after)
    out.headers.push_back(
        {"x-ratelimit-user-api",
         "Limit:1,Remain:0,TimeLeft:" + std::to_string(what.retry_after->count()) + ",Reset:1234"});
  return out;
}

response text_answer(int status, const char* type, std::string body) {
  response out;
  out.status = status;
  out.headers = {{"Content-Type", type}};
  out.body = std::move(body);
  return out;
}

} // namespace

response json_answer(int status, const json::object& body) {
  return text_answer(status, "application/json;charset=utf-8", json::serialize(body));
}

response success_answer(bool roa, json::object body, const std::string& request_id) {
  body[roa ? "requestId" : "RequestId"] = request_id;
  auto out = json_answer(200, body);
  out.headers.push_back({"x-acs-request-id", request_id});
  return out;
}

response error_answer(const setting& at, const refusal& why, const std::string& request_id) {
  json::object body;
  if (at.what.roa) {
    body = {{"requestId", request_id}, {"code", why.code()}, {"message", why.what()}};
    if (!why.denied_action.empty())
      body["accessDeniedDetail"] = denied_detail(why);
  } else if (why.in_body) {
    body = {{"RequestId", request_id}, {"Code", why.code()}, {"IsSuccess", false}};
  } else {
    body = {{"RequestId", request_id},
            {"HostId", find_header(at.from.headers, "host")},
            {"Code", why.code()},
            {"Message", why.what()},
            {"Recommend", "https://api.aliyun.com/troubleshoot?q=" + why.code()}};
    if (!why.denied_action.empty())
      body["AccessDeniedDetail"] = denied_detail(why);
  }
  auto out = json_answer(why.status(), body);
  out.headers.push_back({"x-acs-request-id", request_id});
  return out;
}

response fault_answer(const setting& at, const fault& what, const std::string& request_id) {
  switch (what.what) {
  case fault::kind::throttle:
    return throttled(at, what, request_id);
  case fault::kind::http_status: {
    auto out = text_answer(what.status, "text/plain", what.body);
    if (what.retry_after)
      out.headers.push_back(
          {"Retry-After",
           std::to_string(std::chrono::ceil<std::chrono::seconds>(*what.retry_after).count())});
    return out;
  }
  case fault::kind::html:
    return text_answer(what.status, "text/html",
                       "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>"
                       "502 Bad Gateway</h1></center>\n</body>\n</html>\n");
  case fault::kind::garbage:
    return text_answer(what.status, "application/json", std::string{"\xff{\"Code\": succ"});
  case fault::kind::answer:
    return text_answer(what.status,
                       what.content_type.empty() ? "application/json" : what.content_type.c_str(),
                       what.body);
  default: {
    refusal why{what.status, what.code, what.message.empty() ? "injected fault" : what.message};
    why.in_body = what.status == 200;
    return error_answer(at, why, request_id);
  }
  }
}

} // namespace acr::cloudsim
