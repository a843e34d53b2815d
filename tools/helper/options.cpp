#include "tools/helper/options.hpp"

#include <fstream>
#include <iostream>
#include <map>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/helper/command_options.hpp"
#include "tools/helper/man_page.hpp"
#include "tools/helper/option_parts.hpp"

namespace acr::helper {

namespace {

constexpr const char* footer = R"(Environment:
  ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN
      an AccessKey, the helper's own identity
  ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN, ALIBABA_CLOUD_OIDC_TOKEN_FILE
      the same by RRSA, as the pod-identity webhook injects them
  ALIBABA_CLOUD_STS_ENDPOINT, ALIBABA_CLOUD_STS_REGION, ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED=false
      whose STS is asked, as for the vendor's SDKs; flags go first
  ALIBABA_CLOUD_PROFILE, ALIBABA_CLOUD_CREDENTIALS_FILE
      which profile of ~/.aliyun/config.json or ~/.alibabacloud/credentials, and another such file
  KUBECONFIG
      where no --kubeconfig is given and this is no Pod
  HTTPS_PROXY, NO_PROXY
      for the cloud and the API server, never for the metadata service

Exit codes:
  0  stopped by SIGTERM or SIGINT       3  a part of the program died again and again
  1  cannot start                       4  did not stop within 4 s, and was ended
  2  the command line is wrong)";

constexpr const char* doctor_footer =
    R"(It takes the options of `run`, and tells whether what `run` would do works: permissions (of whoever calls it),
clocks, configuration, the identity step by step, domains, a password for each instance, and a login with it.
Passwords are obtained, and not written anywhere. Within the helper's Pod, without options, it takes those
of the helper:
  kubectl exec -n kube-system deploy/acr-credential-helper -- acr-credential-helper doctor

Exit codes:
  0  all is well                        2  the command line is wrong
  1  the cluster cannot be asked        3  something is not: the lines FAULT say what)";

constexpr const char* policy_footer =
    R"(Those that keep the helper's account to what the helper writes (Kubernetes 1.30 and newer): without them a
stolen token of it is cluster-admin. With --config also the one that links the ServiceAccounts in the scope of that
configuration as they are created (Kubernetes 1.36 and newer). The chart installs the same.
  acr-credential-helper policy | kubectl apply -f -)";

std::optional<config::identity_origin> parse_identity(const std::string& text) {
  using kind = config::identity_origin::kind;
  const auto equals = text.find('=');
  const auto word = text.substr(0, equals);
  const auto value = equals == std::string::npos ? "" : text.substr(equals + 1);
  config::identity_origin origin;
  if (word == "secret" && !value.empty()) {
    origin.from = kind::secret;
    const auto slash = value.find('/');
    origin.secret_namespace = slash == std::string::npos ? "" : value.substr(0, slash);
    origin.secret_name = slash == std::string::npos ? value : value.substr(slash + 1);
    return origin.secret_name.empty() ? std::nullopt : std::optional{origin};
  }
  if (word == "profile") {
    origin.from = kind::profile;
    origin.profile = value;
    return origin;
  }
  if (word == "worker-role") {
    origin.from = kind::worker_role;
    origin.role_name = value;
    return origin;
  }
  if (equals != std::string::npos)
    return std::nullopt;
  if (word == "environment")
    origin.from = kind::environment;
  else if (word == "managed-role")
    origin.from = kind::managed_role;
  else if (word != "auto")
    return std::nullopt;
  return origin;
}

/// What `run` and `doctor` have in common: where the configuration is, and the way to the cloud.
void add_surroundings(CLI::App& app, run_options& options) {
  add_cluster(app, options.cluster);
  auto* file = app.add_option("--config", options.config_file,
                              "Configuration file: a ConfigMap manifest, or its data as YAML");
  add_ref(app, "--config-map", options.config_map, "ConfigMap with the configuration")
      ->excludes(file);
  add_ref(app, "--service-account", options.account,
          "ServiceAccount whose token RRSA uses, where no token file is mounted");
  app.add_flag("--leader-elect", options.leader_elect,
               "Of several replicas let one work, and the others stand by; for two or more");
  add_ref(app, "--lease", options.lease, "Lease by which they agree");
  app.add_option_function<std::string>(
         "--identity",
         [&options](const std::string& text) { options.identity = *parse_identity(text); },
         "The helper's own identity in Alibaba Cloud: environment, profile[=NAME], managed-role, "
         "secret=[NAMESPACE/]NAME or worker-role[=ROLE]; default: auto, the first that is there")
      ->check([](const std::string& text) {
        return parse_identity(text) ? "" : "'" + text + "' is no source of identity";
      });
  app.add_option("--cluster-name", options.cluster_name,
                 "Name of the cluster in the audit log of Alibaba Cloud");
  app.add_option("--region", options.region,
                 "Region of the cluster; default: as the metadata service says")
      ->envname("ALIBABA_CLOUD_REGION_ID");
  app.add_option("--oidc-token-file", options.oidc_token_file,
                 "Projected token for RRSA, if it exists")
      ->capture_default_str();
  app.add_option("--sts-endpoint", options.sts_endpoint,
                 "URL of STS in place of Alibaba Cloud's; {region} stands for the region");
  app.add_option("--cr-endpoint", options.cr_endpoint,
                 "URL of the Container Registry API, likewise");
  app.add_option("--metadata-endpoint", options.metadata_endpoint,
                 "URL of the metadata service; default: http://100.100.100.200");
  app.add_flag("--public-endpoints", options.public_endpoints,
               "Use only public endpoints; default: those of the VPC first");
  app.add_option("--ca-file", options.ca_file,
                 "PEM file with further roots to trust, for private clouds");
  app.add_flag("--verify-login", options.verify_login,
               "Try each new password at the registry before it replaces one that works; default: "
               "true; --verify-login=false: do not");
  app.add_option(
         "--verify-login-at", options.verify_login_at,
         "Also at these hosts (with commas between; a * stands for one label); default: only "
         "at the vendor's domains, and those that the instance itself names")
      ->delimiter(',');
}

void add_webhook(CLI::App& app, webhook_options& options) {
  add_address(app, options.address, "--webhook-address",
              "HOST:PORT on which the API server is answered when it creates ServiceAccounts and "
              "Pods, over TLS: they are born linked; default: nowhere");
  add_ref(app, "--webhook-service", options.service,
          "Service by which it calls, and Secret with the certificates for that");
  app.add_option("--webhook-configuration", options.configuration,
                 "MutatingWebhookConfiguration whose caBundle is kept")
      ->capture_default_str();
  app.add_option("--webhook-cert-dir", options.certificate_folder,
                 "Folder with tls.crt and tls.key, kept by somebody else, as cert-manager does; "
                 "then no certificate is made and caBundle is left alone");
  app.add_option_function<int>(
         "--webhook-certificate-life",
         [&options](int seconds) { options.certificate_life = std::chrono::seconds{seconds}; },
         "Seconds for which a certificate is made; renewed when a third is left")
      ->default_str("7776000")
      ->check(CLI::Range(10, 315360000).description(""));
}

void add_run(CLI::App& app, run_options& options, std::string& format) {
  app.footer(footer);
  add_surroundings(app, options);
  const std::map<std::string, on_expiry> ends{{"blank", on_expiry::blank},
                                              {"remove", on_expiry::remove}};
  app.add_option(
         "--on-expiry", options.ended,
         "What becomes of a password that ends and cannot be renewed: blank (its host stays "
         "in the Secrets, without user and password) or remove (host and all)")
      ->transform(CLI::CheckedTransformer(ends).description(""))
      ->default_str("blank");
  add_address(app, options.health, "--health-address",
              "HOST:PORT on which /livez and /readyz are answered, \":8081\" for all addresses; "
              "default: nowhere");
  add_address(app, options.metrics, "--metrics-address",
              "Likewise for /metrics, as Prometheus reads it; may be the same");
  add_address(
      app, options.status, "--status-address",
      "Likewise for a page that shows the state, / for people and /status for programs; keep "
      "it on 127.0.0.1: it names instances, domains and namespaces");
  add_webhook(app, options.webhook);
  const std::map<std::string, log_level> levels{{"debug", log_level::debug},
                                                {"info", log_level::info},
                                                {"warning", log_level::warning},
                                                {"error", log_level::error}};
  app.add_option("-l,--log-level", options.level, "debug, info, warning or error")
      ->transform(CLI::CheckedTransformer(levels, CLI::ignore_case).description(""))
      ->default_str("info");
  app.add_option("--log-format", format, "text or json; default: text on a terminal, else json")
      ->check(CLI::IsMember({"text", "json"}).description(""));
}

/// The options with which the first process of the container runs, if that is the helper.
std::optional<run_options> like_process_one() {
  std::ifstream file{"/proc/1/cmdline"};
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');)
    words.push_back(word);
  if (words.size() < 2 || !words[0].ends_with("acr-credential-helper") || words[1] != "run")
    return std::nullopt;
  std::vector<char*> pointers;
  pointers.reserve(words.size());
  for (auto& word : words)
    pointers.push_back(word.data());
  return read_command_line(static_cast<int>(pointers.size()), pointers.data()).run;
}

} // namespace

command read_command_line(int argc, char** argv) {
  CLI::App app{
      "Keeps registry credentials of Alibaba Cloud Container Registry fresh in the Secrets "
      "of a Kubernetes cluster.",
      "acr-credential-helper"};
  app.footer(footer);
  app.set_version_flag("--version", "acr-credential-helper " ACR_VERSION);
  app.require_subcommand(1);
  run_options options;
  std::string format;
  auto* run = app.add_subcommand("run", "Serve a cluster until stopped");
  add_run(*run, options, format);
  policy_options printed;
  auto* policy =
      app.add_subcommand("policy", "Print the admission policies that belong to the helper");
  policy->footer(policy_footer);
  policy->add_option("--config", printed.config_file,
                     "Configuration file: a ConfigMap manifest, or its data as YAML");
  add_ref(*policy, "--service-account", printed.account, "ServiceAccount of the helper");
  check_options checked;
  auto* check = app.add_subcommand("check", "Tell what a configuration means, and all that is "
                                            "wrong with it");
  add_check(*check, checked);
  convert_options converted;
  auto* convert = app.add_subcommand("convert", "Write a configuration in another spelling");
  add_convert(*convert, converted);
  status_options shown;
  cluster_options shown_of;
  auto* status = app.add_subcommand("status", "Tell how a running helper is");
  add_status(*status, shown, shown_of);
  cleanup_options cleaned;
  auto* cleanup = app.add_subcommand("cleanup", "Remove every Secret and reference of the helper "
                                                "from a cluster");
  add_cleanup(*cleanup, cleaned);
  why_options asked;
  auto* why = app.add_subcommand("why", "Tell step by step why an image can or cannot be pulled");
  add_why(*why, asked);
  doctor_options examined;
  auto* doctor = app.add_subcommand("doctor", "Walk the whole way, from the API server to the "
                                              "registries, and tell how each step went");
  doctor->footer(doctor_footer);
  add_surroundings(*doctor, examined.like);
  add_output(*doctor, examined.output);
  renew_options renewed;
  auto* renew = app.add_subcommand("renew", "Let the running helper obtain new passwords now");
  add_renew(*renew, renewed);
  auto script = shell::bash;
  auto* completion = app.add_subcommand("completion", "Print a script with which a shell completes "
                                                      "this command line");
  add_completion(*completion, script);
  auto* man =
      app.add_subcommand("man", "Print the manual page: acr-credential-helper man | man -l -");
  if (std::string_view{argv[0]}.ends_with("kubectl-acr"))
    app.name("kubectl acr"); // as a plugin of kubectl
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return {.code = app.exit(e) == 0 ? exit_code::orderly : exit_code::usage};
  }
  if (completion->parsed()) {
    std::cout << completion_script(app, script);
    return {};
  }
  if (man->parsed()) {
    std::cout << man_page(app);
    return {};
  }
  if (check->parsed())
    return {.check = checked};
  if (status->parsed())
    return {.status = shown};
  if (convert->parsed())
    return {.convert = converted};
  if (cleanup->parsed())
    return {.cleanup = cleaned};
  if (why->parsed())
    return {.why = asked};
  if (renew->parsed())
    return {.renew = renewed};
  if (doctor->parsed()) {
    const bool plain = argc == 2 || (argc == 4 && doctor->get_option("--output")->count() == 1);
    if (auto same = plain ? like_process_one() : std::nullopt)
      examined.like = std::move(*same);
    return {.doctor = examined};
  }
  if (policy->parsed())
    return {.policy = printed};
  if (!format.empty())
    options.format = format == "json" ? log_format::json : log_format::text;
  return {.run = options};
}

} // namespace acr::helper
