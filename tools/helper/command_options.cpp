#include "tools/helper/command_options.hpp"

#include <map>

#include "tools/helper/option_parts.hpp"
#include "tools/helper/usage.hpp"

namespace acr::helper {

namespace {

constexpr const char* check_footer =
    R"(Calls no cloud service, and the cluster for the ConfigMap only, which requires the verb get on it.

Environment:
  KUBECONFIG             where no --kubeconfig is given and this is no Pod
  HTTPS_PROXY, NO_PROXY  for the API server

Exit codes:
  0  valid, or warnings only            3  entries are rejected, the others work
  1  refused as a whole, or unreadable  4  warnings, with --strict
  2  the command line is wrong)";

constexpr const char* convert_footer =
    R"(The result contains the AccessKeys of the configuration, if it has any. If the other form cannot express
something, this is reported on standard error and nothing is printed: nothing is left out silently.

Environment:
  KUBECONFIG             where no --kubeconfig is given and this is no Pod
  HTTPS_PROXY, NO_PROXY  for the API server

Exit codes:
  0  converted                          2  the command line is wrong
  1  refused as a whole, or unreadable  3  something would be left out)";

constexpr const char* cleanup_footer =
    R"(Stop the helper first: it would write everything again, and while it keeps its Lease nothing is removed (whether
it does takes up to 15 s to see). On a terminal it asks before it removes anything.
Secrets and references of others are left alone and named, and so are admission policies and webhooks that were
installed with the helper; they do not change the exit code. It takes the verbs list and delete on Secrets, list
and patch on ServiceAccounts, get and delete on the Lease.

Environment:
  KUBECONFIG             where no --kubeconfig is given and this is no Pod
  HTTPS_PROXY, NO_PROXY  for the API server

Exit codes, with and without --dry-run:
  0  nothing that the helper wrote is left, or        2  the command line is wrong
     would be                                         3  something that it wrote is left: it still runs,
  1  the cluster cannot be asked                         a write was refused, or the answer was no)";

constexpr const char* why_footer =
    R"(From the cluster alone: the helper need not run, and the cloud is not asked. It takes the verb get on what it
looks at, and list on Events; what may not be read is listed. The Secret's passwords are not shown; with --ask-registry they are
sent to the registries of the images, from where the command runs: a node may see other addresses.

Environment:
  KUBECONFIG             where no --kubeconfig is given and this is no Pod
  HTTPS_PROXY, NO_PROXY  for the API server
  NO_COLOR               no colours on a terminal

Exit codes:
  0  nothing is in the way                           2  the command line is wrong
  1  the cluster cannot be asked, or tells too       3  problems found: see the lines FAULT
     little to decide)";

constexpr const char* renew_footer =
    R"(Asks the running helper, by an annotation of the ConfigMap, and waits for the Event with the outcome.
Requires the verb patch on the ConfigMap and list on Events. With --config FILE there is no ConfigMap: restart it.

Environment:
  KUBECONFIG             where no --kubeconfig is given and this is no Pod
  HTTPS_PROXY, NO_PROXY  for the API server

Exit codes:
  0  renewed                            2  the command line is wrong
  1  the cluster does not respond       3  not renewed, or no response)";

constexpr const char* completion_footer =
    R"(bash:  acr-credential-helper completion bash > ~/.local/share/bash-completion/completions/acr-credential-helper
zsh:   acr-credential-helper completion zsh > "${fpath[1]}/_acr-credential-helper"
fish:  acr-credential-helper completion fish > ~/.config/fish/completions/acr-credential-helper.fish
kubectl acr, in any shell that completes kubectl: on the PATH, as an executable file
       acr-credential-helper completion kubectl > ~/.local/bin/kubectl_complete-acr

Exit codes:
  0  printed                            2  the command line is wrong
  1  standard output cannot be written)";

constexpr const char* status_footer =
    R"(In a cluster:
  kubectl exec -n kube-system deploy/acr-credential-helper -- acr-credential-helper status
With --kubeconfig or --context, or if no helper responds, shows what the cluster holds: Secrets and the expiry of
their credentials, namespaces without one, linked ServiceAccounts, and the leader.

Environment:
  KUBECONFIG             where no --kubeconfig is given and this is no Pod
  HTTPS_PROXY, NO_PROXY  for the API server

Exit codes:
  0  status printed, whatever it is     2  the command line is wrong
  1  nobody answers there; with --watch it is asked again instead)";

} // namespace

void add_check(CLI::App& app, check_options& options) {
  app.footer(check_footer);
  add_source(app, options.source);
  add_output(app, options.output);
  app.add_flag("--strict", options.strict, "Let warnings count in the exit code");
  app.add_flag("-q,--quiet", options.quiet,
               "Print the problems and the verdict, not what was understood")
      ->excludes(app.get_option("--output"));
}

void add_convert(CLI::App& app, convert_options& options) {
  app.footer(convert_footer);
  add_source(app, options.source);
  const std::map<std::string, config::spelling> spellings{
      {"config-map", config::spelling::config_map},
      {"add-on", config::spelling::add_on},
      {"file", config::spelling::file}};
  add_choice(app, "--to", options.to,
             "config-map (a manifest), add-on (JSON), or file (the helper's own form)", spellings)
      ->required();
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
      ->required()
      ->check([](const std::string& text) {
        return text.empty() || (text.find('/') != std::string::npos && !check_ref(text).empty())
                   ? "must be NAMESPACE or NAMESPACE/POD, not '" + text + "'"
                   : std::string{};
      });
  app.add_option("-a,--service-account", options.account,
                 "ServiceAccount; default: that of the Pod, else default");
  app.add_option("-i,--image", options.images,
                 "Image to ask about, beside those of the Pod; may be given several times")
      ->allow_extra_args(false);
  app.add_flag("--ask-registry", options.ask_registry,
               "Also ask the registries for the images, with the credentials of the Secrets");
  add_ref(app, "--config-map", options.config_map, "ConfigMap with the configuration");
  add_output(app, options.output);
  add_cluster(app, options.cluster);
}

void add_status(CLI::App& app, status_options& options, cluster_options& cluster) {
  app.footer(status_footer);
  add_address(app, options.address, "--address",
              "HOST:PORT of its --status-address; default: that of the helper in whose container "
              "this runs, else 127.0.0.1:8082, and what the cluster holds if there is no response");
  for (auto* option : add_cluster(app, cluster))
    option->excludes(app.get_option("--address"));
  add_ref(app, "--config-map", options.config_map, "ConfigMap with the configuration");
  add_ref(app, "--lease", options.lease, "Lease for leader election");
  app.add_flag("-w,--watch", options.watch,
               "Show it again every two seconds, until interrupted; a cluster that takes long to "
               "read less often");
  app.callback([&app, &options, &cluster] {
    if (app.get_option("--kubeconfig")->count() + app.get_option("--context")->count() > 0)
      options.cluster = cluster;
  });
  add_output(app, options.output);
}

void add_cleanup(CLI::App& app, cleanup_options& options) {
  app.footer(cleanup_footer);
  add_cluster(app, options.cluster);
  add_ref(app, "--lease", options.lease, "Lease of the helper; it is deleted last");
  app.add_flag("--dry-run", options.dry_run, "Only tell what would be removed");
  app.add_flag("-y,--yes", options.yes, "Do not ask; without a terminal nobody is asked");
  add_output(app, options.output);
  app.add_flag("--all-references", options.all_references,
               "Also remove references whose owner is unknown");
}

void add_renew(CLI::App& app, renew_options& options) {
  app.footer(renew_footer);
  app.add_option("INSTANCE", options.instance, "ID or name of an instance; default: all");
  add_ref(app, "--config-map", options.config_map, "ConfigMap with the configuration");
  app.add_option("--timeout", options.timeout_s, "Seconds to wait for the answer")
      ->default_str("120")
      ->check(whole_number(1, 3600));
  add_output(app, options.output);
  add_cluster(app, options.cluster);
}

void add_completion(CLI::App& app, shell& which) {
  app.footer(completion_footer);
  const std::map<std::string, shell> shells{{"bash", shell::bash},
                                            {"zsh", shell::zsh},
                                            {"fish", shell::fish},
                                            {"kubectl", shell::kubectl}};
  add_choice(app, "SHELL", which, "bash, zsh, fish, or kubectl for its plugin", shells)->required();
}

} // namespace acr::helper
