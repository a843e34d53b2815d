#include "tools/kubesim/manifest.hpp"

#include <stdexcept>
#include <utility>

#include <boost/json/serialize.hpp>
#include <yaml-cpp/yaml.h>

#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

request as_admin(const std::string& token, const std::string& method, const std::string& target,
                 wall_time now, std::string body, const char* type) {
  request out;
  out.method = method;
  out.target = target;
  out.headers = {{"Authorization", "Bearer " + token}, {"Content-Type", type}};
  out.body = std::move(body);
  out.now = now;
  return out;
}

std::vector<manifest_document> read_manifest(const std::string& text) {
  std::vector<manifest_document> out;
  for (const auto& node : YAML::LoadAll(text)) {
    if (!node.IsMap())
      continue;
    const auto version = node["apiVersion"].as<std::string>();
    // No CEL here: the effect of the policies is tested on the real server.
    if (version.starts_with("admissionregistration.k8s.io/"))
      continue;
    auto target = (version.find('/') == std::string::npos ? "/api/" : "/apis/") + version;
    if (node["metadata"]["namespace"])
      target += "/namespaces/" + node["metadata"]["namespace"].as<std::string>();
    target.append("/").append(simkit::lower(node["kind"].as<std::string>())).append("s/");
    target.append(node["metadata"]["name"].as<std::string>());
    YAML::Emitter body;
    body << node;
    out.push_back({std::move(target), boost::json::serialize(read_document(body.c_str(), true))});
  }
  return out;
}

void apply_manifest(cluster& to, const std::vector<manifest_document>& documents,
                    const std::string& token, wall_time now) {
  for (const auto& [target, body] : documents) {
    const auto answer =
        to.handle(as_admin(token, "PATCH", target + "?fieldManager=testcluster&force=true", now,
                           body, "application/apply-patch+yaml"));
    if (answer.answer.status >= 300)
      throw std::runtime_error{std::string{target}.append(": ").append(answer.answer.body)};
  }
}

void apply_manifest(cluster& to, const std::string& text, const std::string& token, wall_time now) {
  apply_manifest(to, read_manifest(text), token, now);
}

} // namespace acr::kubesim
