#include "tools/faultlab/network/site.hpp"

#include "tools/simkit/form.hpp"

namespace acr::faultlab {

namespace {

http_response to_response(int status, std::vector<http_header>&& headers, const std::string& body) {
  return {status, std::move(headers), secret_string{std::string_view{body}}};
}

} // namespace

site_answer kubernetes_site::handle(const http_request& request, const std::string&,
                                    const std::string& target, const std::string& source,
                                    wall_time now) {
  kubesim::request asked{request.method, target, request.headers, request.body, now, source};
  behind_.advance(now); // the site's own timers belong to no request
  source_ = source;
  auto out = behind_.handle(asked);
  source_.clear();
  auto& answer = out.answer;
  return {to_response(answer.status, std::move(answer.headers), answer.body), answer.delay,
          answer.how, std::move(out.stream)};
}

std::string kubernetes_site::flow_of(const http_request& request, const std::string& target) const {
  const auto [path, query] = simkit::split_target(target);
  auto flow = request.method + " ";
  flow.append(path);
  // The four watches of our Secrets differ only by their selector.
  if (const auto at = query.find("fieldSelector="); at != std::string_view::npos)
    flow.append(" ").append(query.substr(at, query.find('&', at) - at));
  return flow;
}

site_answer cloud_site::handle(const http_request& request, const std::string& host,
                               const std::string& target, const std::string& source,
                               wall_time now) {
  cloudsim::request asked{simkit::incoming{request.method, target, request.headers, request.body,
                                           now, source, request.url.starts_with("https:")}};
  if (find_header(asked.headers, "host").empty())
    asked.headers.push_back({"Host", host});
  auto out = behind_.handle(asked);
  if (out.keys) {
    behind_.put_keys(out.keys->issuer, fetch_(*out.keys));
    asked.keys_fetched = true;
    out = behind_.handle(asked);
  }
  auto& answer = out.answer;
  auto response = to_response(answer.status, std::move(answer.headers), answer.body);
  for (const auto& [name, how] : absurdities)
    distort(response, flow_of(request, target), how);
  return {std::move(response), answer.delay, answer.how, nullptr};
}

std::string cloud_site::flow_of(const http_request& request, const std::string& target) const {
  const auto [path, query] = simkit::split_target(target);
  std::string flow{path};
  const std::string_view action = find_header(request.headers, "x-acs-action");
  flow.append(" ").append(action);
  for (const auto& list : {simkit::form_decode(query), simkit::form_decode(request.body)})
    for (const char* name : {"Action", "InstanceId", "RoleArn", "RoleSessionName"})
      if (const auto value = simkit::value_of(list, name); !value.empty())
        flow.append(" ").append(value);
  return flow;
}

result<simkit::key_set> keys_of(kubesim::cluster& cluster, wall_time now) {
  kubesim::request asked;
  asked.target = "/openid/v1/jwks";
  asked.headers = {{"Authorization", "Bearer admin"}};
  asked.now = now;
  const auto out = cluster.handle(asked);
  if (out.answer.status != 200)
    return make_failure(errc::http_status, "fetch keys", "the issuer does not show its keys");
  return simkit::key_set::parse(out.answer.body);
}

} // namespace acr::faultlab
