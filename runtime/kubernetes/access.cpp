#include "runtime/kubernetes/access.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace acr::kubernetes {

namespace {

constexpr std::size_t max_file = std::size_t{1} << 20;

std::string environment(const char* name) {
  // Read once, at the start, before other threads could write it.
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
  return value != nullptr ? value : "";
}

failure file_failure(const std::string& path, const std::string& why) {
  return make_failure(errc::file_failed, "read " + path, why);
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const auto end = std::min(list.find(':', begin), list.size());
    if (end > begin)
      parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

result<secret_string> load(const pem_source& source) {
  if (source.path.empty())
    return source.data;
  return read_small_file(source.path);
}

result<cluster_access> with_files(kubeconfig_access from) {
  const auto ca = load(from.ca);
  const auto cert = load(from.client_cert);
  const auto key = load(from.client_key);
  for (const auto* file : {&ca, &cert, &key})
    if (!*file)
      return file->error();
  tls_options tls;
  tls.ca_pem = ca->reveal();
  tls.client_cert_pem = cert->reveal();
  tls.client_key_pem = *key;
  tls.server_name = std::move(from.tls_server_name);
  tls.insecure_skip_verify = from.insecure_skip_verify;
  cluster_access access;
  access.server = std::move(from.server);
  access.tls = std::make_shared<const tls_options>(std::move(tls));
  access.files = {std::move(from.ca.path), std::move(from.client_cert.path),
                  std::move(from.client_key.path)};
  access.proxy_url = std::move(from.proxy_url);
  access.credential = std::move(from.credential);
  access.ns = std::move(from.ns);
  return access;
}

} // namespace

result<secret_string> read_small_file(const std::string& path) {
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file)
    return file_failure(path, std::generic_category().message(errno));
  std::string text(max_file + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file.eof() && file.fail()))
    return file_failure(path, "cannot be read");
  if (static_cast<std::size_t>(file.gcount()) > max_file)
    return file_failure(path, "is larger than 1 MiB");
  secret_string content{std::string_view{text}.substr(0, static_cast<std::size_t>(file.gcount()))};
  wipe(text);
  return content;
}

result<cluster_access> load_kubeconfig(const std::string& path_list, const std::string& context) {
  const auto paths = split(path_list);
  std::vector<kubeconfig_document> documents;
  for (const auto& path : paths) {
    std::error_code ignored;
    if (paths.size() > 1 && !std::filesystem::exists(path, ignored))
      continue; // KUBECONFIG may name files that do not exist yet
    auto text = read_small_file(path);
    if (!text)
      return text.error();
    documents.push_back({path, std::move(*text)});
  }
  if (documents.empty())
    return file_failure(path_list, "there is no such kubeconfig");
  auto parsed = parse_kubeconfig(documents, context);
  if (!parsed)
    return parsed.error();
  return with_files(std::move(*parsed));
}

pod_environment pod_environment::current() {
  pod_environment pod;
  pod.host = environment("KUBERNETES_SERVICE_HOST");
  pod.port = environment("KUBERNETES_SERVICE_PORT");
  return pod;
}

result<cluster_access> in_cluster(const pod_environment& pod) {
  if (pod.host.empty() || pod.port.empty()) {
    return make_failure(
        errc::unavailable, "find the API server",
        "not in a Pod (KUBERNETES_SERVICE_HOST is not set) and no kubeconfig given");
  }
  const auto ca = read_small_file(pod.folder + "/ca.crt");
  if (!ca)
    return ca.error();
  // The session reads it again; here only to fail early and clearly.
  if (const auto token = read_small_file(pod.folder + "/token"); !token)
    return token.error();
  const auto ns = read_small_file(pod.folder + "/namespace");
  const bool ipv6 = pod.host.find(':') != std::string::npos;
  cluster_access access;
  access.server = "https://" + (ipv6 ? "[" + pod.host + "]" : pod.host) + ":" + pod.port;
  tls_options tls;
  tls.ca_pem = ca->reveal();
  access.tls = std::make_shared<const tls_options>(std::move(tls));
  access.files.ca = pod.folder + "/ca.crt";
  access.credential = token_file{pod.folder + "/token"};
  if (ns)
    access.ns = ns->reveal();
  return access;
}

} // namespace acr::kubernetes
