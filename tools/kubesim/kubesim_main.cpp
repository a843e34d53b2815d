#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tools/kubesim/manifest.hpp"
#include "tools/kubesim/server.hpp"
#include "tools/simkit/form.hpp"
#include "tools/simkit/http_server.hpp"
#include "tools/simkit/kept_files.hpp"
#include "tools/simkit/pki.hpp"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace acr::kubesim;
using acr::wall_time;
using acr::simkit::readable;

constexpr const char* helper_namespace = "kube-system";
constexpr const char* helper_account = "aliyun-acr-credential-helper";
// Longer than any run.
constexpr auto helper_token_life = std::chrono::hours{365 * 24};

struct run_options {
  std::string folder;
  std::uint16_t port = 0;
  std::uint16_t admin_port = 0;
  std::string helper_rbac;
  bool audit = false;
  bool exit_with_parent = false;
};

std::string kubeconfig(const std::string& server, const std::string& ca, const std::string& token) {
  const json::object out{
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"clusters", json::array{{{"name", "kubesim"},
                                {"cluster",
                                 {{"server", server},
                                  {"certificate-authority-data", acr::simkit::base64(ca)}}}}}},
      {"users", json::array{{{"name", "user"}, {"user", {{"token", token}}}}}},
      {"contexts",
       json::array{{{"name", "kubesim"}, {"context", {{"cluster", "kubesim"}, {"user", "user"}}}}}},
      {"current-context", "kubesim"}};
  return json::serialize(out) + "\n"; // YAML, too
}

/// Anonymous clients may read the issuer's keys, as in a cluster whose tokens a cloud verifies.
void publish_issuer(cluster& to, const std::string& token) {
  to.handle(as_admin(token, "POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                     acr::system_now(),
                     R"({"metadata":{"name":"public-issuer"},"roleRef":{"kind":"ClusterRole",
         "name":"system:service-account-issuer-discovery"},
         "subjects":[{"kind":"Group","name":"system:unauthenticated"}]})"));
}

/// To the millisecond; the real server's are to the microsecond.
std::string timestamp(acr::wall_time at) {
  auto text = acr::to_rfc3339(at);
  const auto ms = std::to_string(1000 + at.time_since_epoch().count() % 1000);
  return text.replace(text.size() - 1, 1, "." + ms.substr(1) + "Z");
}

/// All at once: a request ends when it arrives.
json::object audit_line(const audit_record& from, std::uint64_t number) {
  json::object out{{"kind", "Event"},
                   {"auditID", std::to_string(number)},
                   {"level", "Metadata"},
                   {"stage", "ResponseComplete"},
                   {"requestURI", from.uri},
                   {"verb", from.verb},
                   {"user", {{"username", from.user}}},
                   {"responseStatus", {{"code", from.status}}},
                   {"requestReceivedTimestamp", timestamp(from.at)},
                   {"stageTimestamp", timestamp(from.at)}};
  if (from.resource.empty())
    return out;
  json::object about{{"resource", from.resource}};
  for (const auto& [name, value] :
       {std::pair{"namespace", &from.ns}, std::pair{"name", &from.name},
        std::pair{"apiGroup", &from.group}, std::pair{"subresource", &from.subresource}})
    if (!value->empty())
      about[name] = *value;
  out["objectRef"] = std::move(about);
  return out;
}

int run(const run_options& options) {
  const auto begun = std::chrono::steady_clock::now();
  const fs::path folder = fs::absolute(options.folder);
  fs::create_directories(folder);
  const auto authority = acr::simkit::kept_or_new(folder / "ca.crt", folder / "ca.key", [] {
    return acr::simkit::make_authority("simulated cluster CA");
  });
  const auto admin_token = acr::simkit::kept_or_new(folder / "admin.token", [] {
    return acr::simkit::hex(
        acr::simkit::sha256(acr::simkit::key_to_pem(acr::simkit::make_p256_key().get())));
  });
  const auto signing_key = acr::simkit::kept_or_new(
      folder / "sa.key", [] { return acr::simkit::key_to_pem(acr::simkit::make_rsa_key().get()); });
  auto port = options.port;
  if (port == 0 && fs::exists(folder / "port")) // clients of the previous run continue
    port = static_cast<std::uint16_t>(std::stoul(acr::simkit::read_file(folder / "port")));

  std::ofstream log;
  if (options.audit)
    log.open(folder / "audit.log", std::ios::app);
  // The issuer of tokens is the address: it must be known before there is a cluster to bind it for.
  if (port == 0)
    port = acr::simkit::free_port();
  const auto address = "https://127.0.0.1:" + std::to_string(port);
  cluster_options wishes;
  wishes.seed = std::random_device{}();
  wishes.issuer = address;
  wishes.signing_key_pem = signing_key;
  wishes.root_ca_pem = authority.certificate;
  wishes.admin_token = admin_token;
  wishes.on_audit = [&log, number = std::uint64_t{0}](const audit_record& record) mutable {
    if (log.is_open())
      log << json::serialize(audit_line(record, ++number)) << std::endl;
  };
  cluster behind{acr::system_now(), std::move(wishes)};
  if (fs::exists(folder / "state.json"))
    behind.load(json::parse(acr::simkit::read_file(folder / "state.json")).as_object());
  server shell{behind, acr::simkit::make_server_identity(
                           authority, {"localhost", "127.0.0.1", "kubernetes.default.svc"})};
  shell.listen(port, false);
  const auto admin_port = shell.listen(options.admin_port, true);
  acr::simkit::write_file(folder / "port", std::to_string(port), readable::by_owner);
  shell.stop_on_signals(options.exit_with_parent);

  publish_issuer(behind, admin_token);
  json::object ready{{"event", "ready"}, {"server", address}};
  if (!options.helper_rbac.empty()) {
    apply_manifest(behind, acr::simkit::read_file(options.helper_rbac), admin_token,
                   acr::system_now());
    const auto token = behind.account_token(helper_namespace, helper_account, helper_token_life,
                                            acr::system_now());
    acr::simkit::write_file(folder / "helper.kubeconfig",
                            kubeconfig(address, authority.certificate, token), readable::by_owner);
    ready["helper_kubeconfig"] = (folder / "helper.kubeconfig").string();
  }
  acr::simkit::write_file(folder / "admin.kubeconfig",
                          kubeconfig(address, authority.certificate, admin_token),
                          readable::by_owner);
  ready["kubeconfig"] = (folder / "admin.kubeconfig").string();
  ready["admin"] = "http://127.0.0.1:" + std::to_string(admin_port);
  ready["version"] = "v1.36.3 (simulated)";
  ready["seconds"] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  std::cout << json::serialize(ready) << std::endl;
  shell.run();
  acr::simkit::write_file(folder / "state.json", json::serialize(behind.dump()),
                          readable::by_owner);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"A simulated Kubernetes API server with its controllers"};
  app.require_subcommand(1);
  auto* command = app.add_subcommand("run", "Serve until SIGTERM or SIGINT");
  run_options options;
  command->add_option("--dir", options.folder, "Where keys, state and kubeconfigs are kept")
      ->required();
  command->add_option("--port", options.port, "0: that of the folder, else any that is free");
  command->add_option("--admin-port", options.admin_port,
                      "Of the administration interface; 0: any that is free");
  command->add_option("--with-helper-rbac", options.helper_rbac,
                      "Apply this manifest and write DIR/helper.kubeconfig");
  command->add_flag("--audit", options.audit, "Write DIR/audit.log: one JSON line per request");
  command->add_flag("--exit-with-parent", options.exit_with_parent,
                    "End when the process that started this one is gone");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception& problem) {
    std::cerr << "kubesim: " << problem.what() << '\n';
    return 1;
  }
}
