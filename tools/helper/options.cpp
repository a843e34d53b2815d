#include "tools/helper/options.hpp"

#include <iostream>
#include <map>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/helper/completion.hpp"

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

constexpr const char* check_footer =
    R"(No cloud is reached, and no cluster but for the ConfigMap: its account needs the verb get on it.

Exit codes:
  0  good, or warnings only             3  entries are rejected, the others work
  1  refused as a whole, or unreadable  4  warnings, with --strict
  2  the command line is wrong)";

constexpr const char* convert_footer =
    R"(The result has the AccessKeys of the configuration in it, if it has any. What the other spelling cannot
say is told on standard error, and then nothing is printed: nothing is left out silently.

Exit codes:
  0  converted                          2  the command line is wrong
  1  refused as a whole, or unreadable  3  something would be left out)";

constexpr const char* cleanup_footer =
    R"(Stop the helper first: it would write everything again. Foreign Secrets and references are left alone,
and told. It takes the verbs list and delete on Secrets, list and patch on ServiceAccounts.

Exit codes:
  0  nothing of the helper is left      2  the command line is wrong
  1  the cluster cannot be asked        3  something is left)";

constexpr const char* why_footer =
    R"(From the cluster alone: the helper need not run, and the cloud is not asked. It takes the verb get on what it
looks at; what may not be read is told. The Secret's passwords are not shown.

Exit codes:
  0  nothing is in the way              2  the command line is wrong
  1  the cluster cannot be asked        3  something is: the lines FAULT say what)";

constexpr const char* completion_footer =
    R"(bash:  acr-credential-helper completion bash > ~/.local/share/bash-completion/completions/acr-credential-helper
zsh:   acr-credential-helper completion zsh > "${fpath[1]}/_acr-credential-helper"
fish:  acr-credential-helper completion fish > ~/.config/fish/completions/acr-credential-helper.fish)";

constexpr const char* status_footer =
    R"(In a cluster:
  kubectl exec -n kube-system deploy/acr-credential-helper -- acr-credential-helper status

Exit codes:
  0  told, whatever it is               2  the command line is wrong
  1  nobody answers there)";

std::string check_ref(const std::string& text) {
  const auto slash = text.find('/');
  const bool good = slash != std::string::npos && slash > 0 && slash + 1 < text.size() &&
                    text.find('/', slash + 1) == std::string::npos;
  return good ? "" : "must be NAMESPACE/NAME, not '" + text + "'";
}

kubernetes::object_ref to_ref(const std::string& text) {
  const auto slash = text.find('/');
  return {text.substr(0, slash), text.substr(slash + 1)};
}

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

void add_address(CLI::App& app, std::optional<page_address>& where, const char* name,
                 const char* help) {
  app.add_option_function<std::string>(
         name, [&where](const std::string& text) { where = *parse_page_address(text); }, help)
      ->check([](const std::string& text) {
        const auto read = parse_page_address(text);
        return read ? "" : read.error().message;
      });
}

/// The options that name a cluster, in all commands.
std::vector<CLI::Option*> add_cluster(CLI::App& app, cluster_options& options) {
  return {
      app.add_option("--kubeconfig", options.kubeconfig,
                     "Kubeconfig file; without it: in cluster if this is a Pod, else KUBECONFIG "
                     "or ~/.kube/config"),
      app.add_option("--context", options.context,
                     "Context of the kubeconfig; default: its current one")};
}

void add_run(CLI::App& app, run_options& options, std::string& config_map, std::string& account,
             std::string& format) {
  add_cluster(app, options.cluster);
  auto* file = app.add_option("--config", options.config_file,
                              "Configuration file: a ConfigMap manifest, or its data as YAML");
  app.add_option("--config-map", config_map, "ConfigMap with the configuration")
      ->capture_default_str()
      ->check(check_ref)
      ->excludes(file);
  app.add_option("--service-account", account,
                 "ServiceAccount whose token RRSA uses, where no token file is mounted")
      ->capture_default_str()
      ->check(check_ref);
  app.add_flag("--leader-elect", options.leader_elect,
               "Of several replicas let one work, and the others stand by; for two or more");
  app.add_option_function<std::string>(
         "--lease", [&options](const std::string& text) { options.lease = to_ref(text); },
         "Lease by which they agree")
      ->default_str("kube-system/acr-credential-helper")
      ->check(check_ref);
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
  app.add_flag("--verify-login,!--no-verify-login", options.verify_login,
               "Try each new password at the registry before it replaces one that works")
      ->default_str("true");
  add_address(app, options.health, "--health-address",
              "HOST:PORT on which /livez and /readyz are answered, \":8081\" for all addresses; "
              "default: nowhere");
  add_address(app, options.metrics, "--metrics-address",
              "Likewise for /metrics, as Prometheus reads it; may be the same");
  add_address(
      app, options.status, "--status-address",
      "Likewise for a page that shows the state, / for people and /status for programs; keep "
      "it on 127.0.0.1: it names instances, domains and namespaces");
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

/// FILE, or --config-map with its cluster.
void add_source(CLI::App& app, config_source& source) {
  auto* file = app.add_option("FILE", source.file,
                              "A ConfigMap manifest, or a configuration in any spelling; - for "
                              "standard input");
  auto* map = app.add_option_function<std::string>(
      "--config-map", [&source](const std::string& text) { source.config_map = to_ref(text); },
      "The ConfigMap NAMESPACE/NAME of a cluster, in place of a file");
  map->check(check_ref)->excludes(file);
  for (auto* option : add_cluster(app, source.cluster))
    option->needs(map);
  app.callback([file, map] {
    if (file->count() + map->count() == 0)
      throw CLI::RequiredError{"FILE or --config-map"};
  });
}

void add_check(CLI::App& app, check_options& options) {
  app.footer(check_footer);
  add_source(app, options.source);
  app.add_option_function<std::string>(
         "-o,--output", [&options](const std::string& word) { options.json = word == "json"; },
         "text or json; default: text")
      ->check(CLI::IsMember({"text", "json"}).description(""));
  app.add_flag("--strict", options.strict, "Let warnings count in the exit code");
}

void add_convert(CLI::App& app, convert_options& options) {
  app.footer(convert_footer);
  add_source(app, options.source);
  const std::map<std::string, config::spelling> spellings{
      {"config-map", config::spelling::config_map},
      {"add-on", config::spelling::add_on},
      {"file", config::spelling::file}};
  app.add_option("--to", options.to,
                 "config-map (a manifest), add-on (JSON), or file (the helper's own form)")
      ->required()
      ->transform(CLI::CheckedTransformer(spellings).description(""));
}

void add_why(CLI::App& app, why_options& options) {
  app.footer(why_footer);
  app.add_option_function<std::string>(
         "WHERE",
         [&options](const std::string& text) {
           const auto ref = to_ref(text.find('/') == std::string::npos ? text + "/" : text);
           options.ns = ref.ns;
           options.pod = ref.name;
         },
         "NAMESPACE, or NAMESPACE/POD")
      ->required();
  app.add_option("-a,--service-account", options.account,
                 "ServiceAccount; default: that of the Pod, else default");
  app.add_option("-i,--image", options.images, "Image to ask about, beside those of the Pod");
  app.add_option_function<std::string>(
         "--config-map", [&options](const std::string& text) { options.config_map = to_ref(text); },
         "ConfigMap with the configuration")
      ->default_str("kube-system/acr-configuration")
      ->check(check_ref);
  app.add_option_function<std::string>(
         "-o,--output", [&options](const std::string& word) { options.json = word == "json"; },
         "text or json; default: text")
      ->check(CLI::IsMember({"text", "json"}).description(""));
  add_cluster(app, options.cluster);
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
  std::string config_map = "kube-system/acr-configuration";
  std::string account = "kube-system/aliyun-acr-credential-helper";
  std::string format;
  auto* run = app.add_subcommand("run", "Serve a cluster until stopped");
  run->footer(footer);
  add_run(*run, options, config_map, account, format);
  std::string policy_of;
  auto* policy =
      app.add_subcommand("policy", "Print the admission policy with which ServiceAccounts in scope "
                                   "are born linked (Kubernetes 1.36 and newer)");
  policy
      ->add_option("--config", policy_of,
                   "Configuration file: a ConfigMap manifest, or its data as YAML")
      ->required();
  check_options checked;
  auto* check = app.add_subcommand("check", "Tell what a configuration means, and all that is "
                                            "wrong with it");
  add_check(*check, checked);
  convert_options converted;
  auto* convert = app.add_subcommand("convert", "Write a configuration in another spelling");
  add_convert(*convert, converted);
  status_options shown;
  std::optional<page_address> status_at;
  auto* status = app.add_subcommand("status", "Tell how a running helper is");
  status->footer(status_footer);
  add_address(*status, status_at, "--address",
              "HOST:PORT of its --status-address; default: 127.0.0.1:8082");
  status
      ->add_option_function<std::string>(
          "-o,--output", [&shown](const std::string& word) { shown.json = word == "json"; },
          "text or json; default: text")
      ->check(CLI::IsMember({"text", "json"}).description(""));
  cleanup_options cleaned;
  auto* cleanup = app.add_subcommand("cleanup", "Remove every Secret and reference of the helper "
                                                "from a cluster");
  cleanup->footer(cleanup_footer);
  add_cluster(*cleanup, cleaned.cluster);
  cleanup->add_flag("--dry-run", cleaned.dry_run, "Only tell what would be removed");
  cleanup->add_flag("--all-references", cleaned.all_references,
                    "Also references of which nothing shows whose they are");
  why_options asked;
  auto* why = app.add_subcommand("why", "Tell step by step why an image can or cannot be pulled");
  add_why(*why, asked);
  auto script = shell::bash;
  auto* completion = app.add_subcommand("completion", "Print a script with which a shell completes "
                                                      "this command line");
  completion->footer(completion_footer);
  const std::map<std::string, shell> shells{
      {"bash", shell::bash}, {"zsh", shell::zsh}, {"fish", shell::fish}};
  completion->add_option("SHELL", script, "bash, zsh or fish")
      ->required()
      ->transform(CLI::CheckedTransformer(shells).description(""));
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
  if (check->parsed())
    return {.check = checked};
  if (status->parsed()) {
    shown.address = status_at.value_or(shown.address);
    return {.status = shown};
  }
  if (convert->parsed())
    return {.convert = converted};
  if (cleanup->parsed())
    return {.cleanup = cleaned};
  if (why->parsed())
    return {.why = asked};
  if (policy->parsed())
    return {.policy_of = policy_of};
  options.config_map = to_ref(config_map);
  options.account = to_ref(account);
  if (!format.empty())
    options.format = format == "json" ? log_format::json : log_format::text;
  return {.run = options};
}

} // namespace acr::helper
