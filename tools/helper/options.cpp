#include "tools/helper/options.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/algorithm/string/case_conv.hpp>

#include "tools/helper/command_line.hpp"
#include "tools/helper/command_options.hpp"
#include "tools/helper/man_page.hpp"
#include "tools/helper/option_parts.hpp"
#include "tools/helper/usage.hpp"

namespace acr::helper {

namespace {

constexpr const char* footer =
    R"(Each command tells its options, environment and exit codes: acr-credential-helper COMMAND --help)";

constexpr const char* environment = R"(

Environment:
  ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN
      an AccessKey, the helper's own identity
  ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN, ALIBABA_CLOUD_OIDC_TOKEN_FILE
      the same by RRSA, as the pod-identity webhook injects them
  ALIBABA_CLOUD_REGION_ID
      as --region
  ALIBABA_CLOUD_STS_ENDPOINT, ALIBABA_CLOUD_STS_REGION, ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED=false
      endpoint of STS, as for the vendor's SDKs; flags take precedence
  ALIBABA_CLOUD_PROFILE, ALIBABA_CLOUD_CREDENTIALS_FILE
      profile of ~/.aliyun/config.json or ~/.alibabacloud/credentials, and another credentials file
  KUBECONFIG
      used without --kubeconfig outside of a Pod
  HTTPS_PROXY, NO_PROXY
      for the cloud and the API server, never for the metadata service)";

constexpr const char* run_footer = R"(

Exit codes:
  0  stopped by SIGTERM or SIGINT       3  a component crashed again and again
  1  cannot start                       4  killed: it did not stop within 4 s
  2  the command line is wrong)";

constexpr const char* doctor_about =
    R"(It takes the options of `run`, and tells whether what `run` would do works: permissions (of the caller),
clocks, configuration, the identity step by step, domains, a password for each instance, and a login with it.
Passwords are obtained, and not written anywhere. Within the helper's Pod, without options, it takes those
of the helper:
  kubectl exec -n kube-system deploy/acr-credential-helper -- acr-credential-helper doctor
With --config FILE no cluster is needed.)";

constexpr const char* doctor_codes = R"(
  NO_COLOR
      no colours on a terminal

Exit codes:
  0  no problems found                  2  the command line is wrong
  1  the cluster cannot be asked        3  problems found: see the lines FAULT)";

constexpr const char* policy_footer =
    R"(Those that keep the helper's account to what the helper writes (Kubernetes 1.30 and newer): without them a
stolen token of it is cluster-admin. With --config or --config-map also the one that links the ServiceAccounts in
the scope of that configuration as they are created (Kubernetes 1.36 and newer; with --beta, and with its server
started with --feature-gates=MutatingAdmissionPolicy=true and
--runtime-config=admissionregistration.k8s.io/v1beta1=true, also 1.34 and 1.35). The chart installs the same.
  acr-credential-helper policy | kubectl apply -f -
The cluster is asked for the ConfigMap only, which requires the verb get on it.

Environment:
  KUBECONFIG             where no --kubeconfig is given and this is no Pod
  HTTPS_PROXY, NO_PROXY  for the API server

Exit codes:
  0  printed                            2  the command line is wrong
  1  the configuration is refused, or cannot be read)";

constexpr const char* man_footer = R"(Exit codes:
  0  printed                            2  the command line is wrong
  1  standard output cannot be written)";

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

/// Options shared by `run` and `doctor`: the place of the configuration, and access to the cloud.
void add_environment(CLI::App& app, run_options& options) {
  add_cluster(app, options.cluster);
  auto* file = app.add_option("--config", options.config_file,
                              "Configuration file: a ConfigMap manifest, or a configuration in any "
                              "spelling");
  add_ref(app, "--config-map", options.config_map, "ConfigMap with the configuration")
      ->excludes(file);
  add_ref(app, "--service-account", options.account,
          "ServiceAccount whose token RRSA uses, where no token file is mounted");
  app.add_flag("--leader-elect", options.leader_elect,
               "Elect a leader; the other replicas are on hot standby");
  add_ref(app, "--lease", options.lease, "Lease for leader election");
  app.add_option_function<std::string>(
         "--identity",
         [&options](const std::string& text) { options.identity = *parse_identity(text); },
         "The helper's own identity in Alibaba Cloud: environment, profile[=NAME], managed-role, "
         "secret=[NAMESPACE/]NAME or worker-role[=ROLE]; default: auto, the first available one")
      ->check([](const std::string& text) {
        return parse_identity(text) ? ""
                                    : "unknown identity source '" + text +
                                          "': use auto, environment, profile[=NAME], managed-role, "
                                          "secret=[NAMESPACE/]NAME or worker-role[=ROLE]";
      });
  app.add_option("--cluster-name", options.cluster_name,
                 "Name of the cluster in the audit log of Alibaba Cloud");
  app.add_option("--region", options.region,
                 "Region of the cluster; default: from the metadata service")
      ->envname("ALIBABA_CLOUD_REGION_ID");
  app.add_option("--oidc-token-file", options.oidc_token_file,
                 "Projected token for RRSA, if it exists")
      ->capture_default_str();
  app.add_option("--sts-endpoint", options.sts_endpoint,
                 "URL that replaces Alibaba Cloud's STS; {region} stands for the region");
  app.add_option("--cr-endpoint", options.cr_endpoint,
                 "URL that replaces the Container Registry API; {region} stands for the region");
  app.add_option("--metadata-endpoint", options.metadata_endpoint,
                 "URL of the metadata service; default: http://100.100.100.200");
  app.add_flag("--public-endpoints", options.public_endpoints,
               "Use public endpoints only; default: VPC endpoints first");
  app.add_option("--ca-file", options.ca_file,
                 "PEM file with additional trusted roots, for private clouds");
  app.add_flag("--verify-login", options.verify_login,
               "Try each new credential at the registry before it replaces one that works; "
               "default: true; --verify-login=false disables it");
  app.add_option(
         "--verify-login-at", options.verify_login_at,
         "Also at these hosts (with commas between; a * stands for one label); default: only "
         "at the vendor's domains, and those that the instance itself names")
      ->delimiter(',');
}

void add_webhook(CLI::App& app, webhook_options& options) {
  add_address(app, options.address, "--webhook-address",
              "HOST:PORT of the webhook, over TLS, which links ServiceAccounts and Pods at "
              "creation; default: disabled");
  add_ref(app, "--webhook-service", options.service,
          "Service of the webhook, and Secret with its certificates");
  app.add_option("--webhook-configuration", options.configuration,
                 "MutatingWebhookConfiguration whose caBundle is kept up to date")
      ->capture_default_str();
  app.add_option("--webhook-cert-dir", options.certificate_folder,
                 "Folder with tls.crt and tls.key that are managed elsewhere, for example by "
                 "cert-manager; no certificate is made, and caBundle is left alone");
  app.add_option_function<int>(
         "--webhook-certificate-life",
         [&options](int seconds) { options.certificate_life = std::chrono::seconds{seconds}; },
         "Validity of a certificate in seconds; renewed when a third is left")
      ->default_str("7776000")
      ->check(whole_number(10, 315360000));
}

void add_run(CLI::App& app, run_options& options) {
  app.footer(std::string{environment + 2} + run_footer); // without the empty lines
  add_environment(app, options);
  const std::map<std::string, on_expiry> ends{{"blank", on_expiry::blank},
                                              {"remove", on_expiry::remove}};
  app.add_option(
         "--on-expiry", options.ended,
         "What becomes of a credential that expires and cannot be renewed: blank (its host stays "
         "in the Secrets, without user and password) or remove (host and all)")
      ->transform(CLI::CheckedTransformer(ends).description(""))
      ->default_str("blank");
  add_address(app, options.health, "--health-address",
              "HOST:PORT of /livez and /readyz, \":8081\" for all addresses; default: disabled");
  add_address(app, options.metrics, "--metrics-address",
              "HOST:PORT of /metrics for Prometheus; may be the same; default: disabled");
  add_address(
      app, options.status, "--status-address",
      "HOST:PORT of the status page (/) and its JSON (/status); keep it on 127.0.0.1, since it "
      "names instances, domains and namespaces; default: disabled");
  add_webhook(app, options.webhook);
  const std::map<std::string, log_level> levels{{"debug", log_level::debug},
                                                {"info", log_level::info},
                                                {"warning", log_level::warning},
                                                {"error", log_level::error}};
  add_choice(app, "-l,--log-level", options.level, "debug, info, warning or error", levels)
      ->transform([](const std::string& text) { return boost::algorithm::to_lower_copy(text); })
      ->default_str("info");
  add_choice(app, "--log-format", options.format,
             "text or json; default: text on a terminal, else json",
             std::map<std::string, std::optional<log_format>>{{"text", log_format::text},
                                                              {"json", log_format::json}});
}

/// The options of the container's first process, if that is the helper.
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

/// The words after the program's name; `help` and `version` as flags, as people try them.
std::vector<std::string> words_given(int argc, char** argv) {
  std::vector<std::string> words{argv + 1, argv + argc};
  if (!words.empty() && words[0] == "version")
    words[0] = "--version";
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.resize(std::min<std::size_t>(words.size(), 1));
    words.emplace_back("--help");
  }
  return words;
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
  auto* run = app.add_subcommand("run", "Serve a cluster until stopped");
  add_run(*run, options);
  policy_options printed;
  auto* policy = app.add_subcommand("policy", "Print the admission policies for the helper");
  policy->footer(policy_footer);
  config_source scope;
  add_scope(*policy, scope);
  add_ref(*policy, "--service-account", printed.account, "ServiceAccount of the helper");
  policy->add_flag("--beta", printed.beta,
                   "The one that links accounts in the beta API of Kubernetes 1.34 and 1.35");
  check_options checked;
  auto* check = app.add_subcommand("check", "Validate and explain a configuration");
  add_check(*check, checked);
  convert_options converted;
  auto* convert = app.add_subcommand("convert", "Convert a configuration to another form");
  add_convert(*convert, converted);
  status_options shown;
  cluster_options shown_of;
  auto* status = app.add_subcommand("status", "Show the status of a running helper, or what a "
                                              "cluster holds");
  add_status(*status, shown, shown_of);
  cleanup_options cleaned;
  auto* cleanup = app.add_subcommand("cleanup", "Remove every Secret and reference of the helper "
                                                "from a cluster");
  add_cleanup(*cleanup, cleaned);
  why_options asked;
  auto* why =
      app.add_subcommand("why", "Explain step by step why an image can or cannot be pulled");
  add_why(*why, asked);
  doctor_options examined;
  auto* doctor =
      app.add_subcommand("doctor", "Check every step from the API server to the registries");
  doctor->footer(std::string{doctor_about} + environment + doctor_codes);
  add_environment(*doctor, examined.like);
  doctor
      ->add_option("-i,--image", examined.images,
                   "Image to ask for with the new credentials: do they open it? May be given "
                   "several times")
      ->allow_extra_args(false);
  add_output(*doctor, examined.output);
  renew_options renewed;
  auto* renew = app.add_subcommand("renew", "Ask the running helper to renew credentials now");
  add_renew(*renew, renewed);
  auto script = shell::bash;
  auto* completion = app.add_subcommand("completion", "Print a completion script for a shell");
  add_completion(*completion, script);
  auto* man =
      app.add_subcommand("man", "Print the manual page: acr-credential-helper man | man -l -");
  man->footer(man_footer);
  if (std::string_view{argv[0]}.ends_with("kubectl-acr"))
    app.name("kubectl acr"); // as a plugin of kubectl
  auto words = words_given(argc, argv);
  try {
    app.parse(std::vector<std::string>{words.rbegin(), words.rend()}); // in CLI11's order
  } catch (const CLI::Success& e) {
    app.exit(e); // prints the requested text
    return {};
  } catch (const CLI::ParseError& e) {
    std::cerr << usage_error(app, e, words);
    return {.code = exit_code::usage};
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
  if (status->parsed()) {
    if (const auto same = like_process_one()) {
      if (status->count("--config-map") == 0)
        shown.config_map = same->config_map;
      if (status->count("--lease") == 0)
        shown.lease = same->lease;
      if (same->status && same->status->port != 0)
        shown.usual = *same->status;
    }
    return {.status = shown};
  }
  if (convert->parsed())
    return {.convert = converted};
  if (cleanup->parsed())
    return {.cleanup = cleaned};
  if (why->parsed())
    return {.why = asked};
  if (renew->parsed())
    return {.renew = renewed};
  if (doctor->parsed()) {
    const auto given = options_of(*doctor);
    const bool plain = std::none_of(given.begin(), given.end(), [](const CLI::Option* option) {
      return option->count() > 0 && !option->check_lname("output") && !option->check_lname("image");
    });
    if (auto same = plain ? like_process_one() : std::nullopt)
      examined.like = std::move(*same);
    return {.doctor = examined};
  }
  if (policy->parsed()) {
    if (scope.config_map || !scope.file.empty())
      printed.configuration = scope;
    return {.policy = printed};
  }
  return {.run = options};
}

} // namespace acr::helper
