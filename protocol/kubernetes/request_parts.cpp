#include "protocol/kubernetes/request_parts.hpp"

#include <utility>

namespace acr::kubernetes {

namespace {

// Only the metadata of the answer to a write is read; a server that cannot reduce it sends the
// whole object, which is read the same way.
constexpr const char* metadata_only =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

} // namespace

std::string escaped(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  constexpr std::string_view plain = "-._~";
  std::string out;
  for (const char c : text) {
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
        plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4U];
      out += hex[byte & 15U];
    }
  }
  return out;
}

std::string collection(const char* resource, const std::string& ns, const char* group_path) {
  std::string path = group_path;
  if (!ns.empty())
    path += "namespaces/" + escaped(ns) + "/";
  return path + resource;
}

std::string collection(object_kind kind, const std::string& ns) {
  return collection(plural(kind), kind == object_kind::name_space ? std::string{} : ns,
                    kind == object_kind::lease ? "/apis/coordination.k8s.io/v1/" : "/api/v1/");
}

std::string path_of(object_kind kind, const object_ref& ref) {
  return collection(kind, ref.ns) + "/" + escaped(ref.name);
}

http_request get(std::string url) {
  http_request request;
  request.url = std::move(url);
  request.headers = {{"Accept", "application/json"}};
  return request;
}

http_request write(std::string method, std::string url, std::string type, std::string body) {
  http_request request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.headers = {{"Accept", metadata_only}, {"Content-Type", std::move(type)}};
  request.body = std::move(body);
  return request;
}

} // namespace acr::kubernetes
