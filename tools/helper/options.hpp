/// The command line of `acr-credential-helper`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "actors/writer/on_expiry.hpp"
#include "config/model.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "runtime/observability/admin_server.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/serving/http_server.hpp"
#include "runtime/shutdown.hpp"
#include "tools/helper/check.hpp"
#include "tools/helper/cleanup.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/convert.hpp"
#include "tools/helper/policy.hpp"
#include "tools/helper/renew.hpp"
#include "tools/helper/status_command.hpp"
#include "tools/helper/why.hpp"

namespace acr::helper {

/// The admission webhook.
struct webhook_options {
  std::optional<listen_address> address; ///< Nothing: no webhook.
  /// The Service by which the API server calls it; the Secret with the certificates has the same
  /// name.
  kubernetes::object_ref service{"kube-system", "acr-credential-helper-webhook"};
  std::string configuration = "acr-credential-helper"; ///< The MutatingWebhookConfiguration.
  /// Folder with tls.crt and tls.key, managed elsewhere; empty: they are managed in that Secret.
  std::string certificate_folder;
  std::chrono::seconds certificate_life = std::chrono::hours{90 * 24};
};

/// Options of `run`.
struct run_options {
  cluster_options cluster;
  std::string config_file; ///< Empty: the ConfigMap.
  kubernetes::object_ref config_map{"kube-system", "acr-configuration"};
  kubernetes::object_ref account{"kube-system", "aliyun-acr-credential-helper"};
  bool leader_elect = false; ///< Of several replicas, one is active at a time.
  kubernetes::object_ref lease{"kube-system", "acr-credential-helper"};
  config::identity_origin identity; ///< The helper's own; `automatic`: the default order.
  std::string cluster_name; ///< For the names of sessions; empty: that of the OIDC provider.
  std::string region;       ///< Empty: from the metadata service.
  std::string sts_endpoint;
  std::string cr_endpoint;
  std::string metadata_endpoint;      ///< Empty: http://100.100.100.200, as on every machine there.
  bool public_endpoints = false;      ///< Do not try VPC endpoints.
  bool verify_login = true;           ///< Check credentials at the domains that Pods pull from.
  on_expiry ended = on_expiry::blank; ///< What happens to a credential that expires.
  std::vector<std::string> verify_login_at; ///< Further hosts for that, with `*`.
  std::string ca_file;                      ///< Additional roots for the cloud.
  std::string oidc_token_file = "/var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token";
  std::optional<page_address> health;  ///< Address of `/livez` and `/readyz`; nothing: disabled.
  std::optional<page_address> metrics; ///< Address of `/metrics`; may be the same.
  std::optional<page_address> status;  ///< Address of `/status` and the page for people; likewise.
  webhook_options webhook;
  log_level level = log_level::info;
  std::optional<log_format> format; ///< Nothing: text on a terminal, JSON otherwise.
};

/// Options of `doctor`.
struct doctor_options {
  run_options like;                ///< As for `run`.
  std::vector<std::string> images; ///< To be checked with the new credentials.
  output_format output = output_format::text;
};

/// The result of parsing a command line: options to run with, or an exit code (help and errors have
/// been printed).
struct command {
  std::optional<run_options> run{};
  std::optional<policy_options> policy{};
  std::optional<check_options> check{};
  std::optional<convert_options> convert{};
  std::optional<status_options> status{};
  std::optional<cleanup_options> cleanup{};
  std::optional<why_options> why{};
  std::optional<renew_options> renew{};
  std::optional<doctor_options> doctor{};
  exit_code code = exit_code::orderly;
};

command read_command_line(int argc, char** argv);

} // namespace acr::helper
