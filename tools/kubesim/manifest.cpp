#include "tools/kubesim/manifest.hpp"

#include <stdexcept>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "tools/simkit/form.hpp"

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

void apply_manifest(cluster& to, const std::string& text, const std::string& token, wall_time now) {
  for (const auto& node : YAML::LoadAll(text)) {
    if (!node.IsMap())
      continue;
    const auto version = node["apiVersion"].as<std::string>();
    const auto kind = node["kind"].as<std::string>();
    const auto name = node["metadata"]["name"].as<std::string>();
    auto path = (version.find('/') == std::string::npos ? "/api/" : "/apis/") + version;
    if (node["metadata"]["namespace"])
      path += "/namespaces/" + node["metadata"]["namespace"].as<std::string>();
    path += "/" + simkit::lower(kind) + "s/" + name + "?fieldManager=testcluster&force=true";
    YAML::Emitter body;
    body << node;
    const auto answer = to.handle(
        as_admin(token, "PATCH", path, now, body.c_str(), "application/apply-patch+yaml"));
    if (answer.answer.status >= 300)
      throw std::runtime_error{
          std::string{kind}.append(" ").append(name).append(": ").append(answer.answer.body)};
  }
}

} // namespace acr::kubesim
