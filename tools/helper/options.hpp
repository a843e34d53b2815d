/// The command line of `acr-credential-helper`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "actors/writer/on_expiry.hpp"
#include "config/model.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/page_server.hpp"
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
  std::optional<listen_address> address; ///< Nothing: there is none.
  /// The Service by which the API server calls it; the Secret with the certificates is of that
  /// name.
  kubernetes::object_ref service{"kube-system", "acr-credential-helper-webhook"};
  std::string configuration = "acr-credential-helper"; ///< The MutatingWebhookConfiguration.
  /// Where tls.crt and tls.key are, kept by somebody else; empty: they are kept in that Secret.
  std::string certificate_folder;
  std::chrono::seconds certificate_life = std::chrono::hours{90 * 24};
};

/// What `run` was asked for.
struct run_options {
  cluster_options cluster;
  std::string config_file; ///< Empty: the ConfigMap.
  kubernetes::object_ref config_map{"kube-system", "acr-configuration"};
  kubernetes::object_ref account{"kube-system", "aliyun-acr-credential-helper"};
  bool leader_elect = false; ///< Of several replicas, one works at a time.
  kubernetes::object_ref lease{"kube-system", "acr-credential-helper"};
  config::identity_origin identity; ///< The helper's own; `automatic`: the default order.
  std::string cluster_name;         ///< In the names of sessions; empty: that of the OIDC provider.
  std::string region;               ///< Empty: as the metadata service says.
  std::string sts_endpoint;
  std::string cr_endpoint;
  std::string metadata_endpoint;            ///< Empty: where every instance finds it.
  bool public_endpoints = false;            ///< Do not try VPC endpoints.
  bool verify_login = true;                 ///< Try passwords where Pods pull from.
  on_expiry ended = on_expiry::blank;       ///< What becomes of a password that ends.
  std::vector<std::string> verify_login_at; ///< Where else than at the instance's own domains.
  std::string ca_file;                      ///< Further roots for the cloud.
  std::string oidc_token_file = "/var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token";
  std::optional<page_address> health;  ///< Where `/livez` and `/readyz` are; nothing: nowhere.
  std::optional<page_address> metrics; ///< Where `/metrics` is; may be the same.
  std::optional<page_address> status;  ///< Where `/status` and the page for people are; likewise.
  webhook_options webhook;
  log_level level = log_level::info;
  std::optional<log_format> format; ///< Nothing: text on a terminal, JSON otherwise.
};

/// What `doctor` was asked for.
struct doctor_options {
  run_options like;                ///< As `run` would be called.
  std::vector<std::string> images; ///< To be asked for with the new passwords.
  output_format output = output_format::text;
};

/// The outcome of reading a command line: options to run with, or the code to exit with (help and
/// errors have been printed).
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
