#include "tools/helper/runtime_context.hpp"

#include <array>
#include <memory>
#include <random>
#include <utility>

#include <unistd.h>

#include "protocol/aliyun/environment.hpp"
#include "protocol/x509/certificates.hpp"
#include "runtime/http/gateway.hpp"
#include "runtime/http/target.hpp"
#include "tools/helper/cluster.hpp"

namespace acr::helper {

namespace {

result<std::string> endpoint(const std::string& text) {
  return text.empty() ? result<std::string>{std::string{}} : aliyun::parse_endpoint(text);
}

/// The Pod's name, which is the host name of its containers; or the machine's.
std::string host_name() {
  std::array<char, 256> host{};
  return gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "unknown";
}

} // namespace

result<found_context> look_around(const run_options& options, cluster_need need) {
  found_context found;
  auto& around = found.around;
  around.options = options;
  auto cluster = find_cluster(options.cluster);
  if (cluster)
    around.cluster = std::move(*cluster);
  else if (need == cluster_need::may_be)
    found.no_cluster = cluster.error();
  else
    return cluster.error();
  auto sts = endpoint(options.sts_endpoint);
  if (!sts)
    return sts.error();
  auto cr = endpoint(options.cr_endpoint);
  if (!cr)
    return cr.error();
  aliyun::endpoint_policy flags;
  flags.sts_url = *sts;
  flags.cr_url = *cr;
  flags.prefer_vpc = !options.public_endpoints;
  const auto endpoints = aliyun::with_environment(std::move(flags), environment_variable);
  if (!endpoints)
    return endpoints.error();
  around.endpoints = *endpoints;
  const auto metadata =
      aliyun::metadata_from_environment(options.metadata_endpoint, environment_variable);
  if (!metadata)
    return metadata.error();
  around.metadata = *metadata;
  if (!options.ca_file.empty()) {
    const auto pem = kubernetes::read_small_file(options.ca_file);
    if (!pem)
      return pem.error();
    found.extra_ca = std::string{pem->reveal()};
    found.ca_file = options.ca_file;
    if (!x509::read_certificate(found.extra_ca))
      return make_failure(errc::file_failed, "read " + options.ca_file,
                          "it holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
  }
  around.environment = environment_variable;
  around.wall = system_now;
  around.clock = std::make_shared<aliyun::service_clock>(system_now, since_boot);
  around.seed = [](std::string_view) { return std::uint64_t{std::random_device{}()}; };
  around.host = host_name();
  return found;
}

http_gateway make_gateway(caf::actor_system& system, const found_context& found,
                          const logger& log) {
  http_gateway_deps deps;
  deps.user_agent = "acr-credential-helper/" ACR_VERSION;
  deps.trust.extra_ca_pem = found.extra_ca;
  if (!found.ca_file.empty())
    deps.trust.extra_ca_again = [file = found.ca_file] {
      const auto pem = kubernetes::read_small_file(file);
      const auto text = pem ? std::string{pem->reveal()} : std::string{};
      return x509::read_certificate(text) ? text : std::string{}; // else: half written
    };
  deps.log = log;
  // Credentials of an earlier helper are judged before the cloud has answered for the first time.
  deps.dates.tell =
      [clock = found.around.clock, api = std::string{authority_of(found.around.cluster.server)}](
          std::string_view server, std::string_view date, std::chrono::milliseconds took) {
        if (server == api)
          clock->suggest(date, took);
      };
  deps.dates.uptime = since_boot;
  return spawn_http_gateway(system, std::move(deps));
}

} // namespace acr::helper
