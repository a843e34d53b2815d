#include "runtime/kubernetes/request_kind.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace acr::kubernetes {

namespace {

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto end = path.find('/');
    if (end != 0)
      parts.push_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return parts;
}

std::string verb_of(const std::string& method, bool named, bool watching) {
  if (method == "GET")
    return named ? "get" : watching ? "watch" : "list";
  if (method == "POST")
    return "create";
  if (method == "PUT")
    return "update";
  if (method == "PATCH")
    return "patch";
  if (method == "DELETE")
    return "delete";
  return "other";
}

} // namespace

request_kind kind_of(const http_request& request) {
  const std::string_view url = request.url;
  const auto query = url.find('?');
  auto parts = parts_of(url.substr(0, query));
  // /api/v1/... or /apis/GROUP/VERSION/...
  const std::size_t root = parts.empty() ? 0 : parts[0] == "api" ? 2 : parts[0] == "apis" ? 3 : 0;
  if (root == 0 || parts.size() <= root)
    return {verb_of(request.method, true, false), "other"};
  parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(root));
  // namespaces/NS/RESOURCE... , but namespaces/NAME itself is a Namespace.
  if (parts[0] == "namespaces" && parts.size() > 2)
    parts.erase(parts.begin(), parts.begin() + 2);
  std::string resource{parts[0]};
  if (parts.size() > 2)
    resource.append("/").append(parts[2]);
  const bool watching = query != std::string_view::npos &&
                        url.substr(query).find("watch=true") != std::string_view::npos;
  return {verb_of(request.method, parts.size() > 1, watching), std::move(resource)};
}

} // namespace acr::kubernetes
