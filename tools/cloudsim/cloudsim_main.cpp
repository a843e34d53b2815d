#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tools/cloudsim/server.hpp"
#include "tools/simkit/kept_files.hpp"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace acr::cloudsim;

struct run_options {
  std::string world;
  std::string folder;
  std::vector<std::string> binds;
  std::uint16_t http_port = 0;
  std::uint16_t https_port = 0;
  std::uint16_t admin_port = 0;
  std::optional<std::uint16_t> metadata_port;
  bool exit_with_parent = false;
};

std::string url(const std::string& scheme, const std::string& address, std::uint16_t port) {
  const auto host = address.find(':') == std::string::npos ? address : "[" + address + "]";
  return scheme + "://" + host + ":" + std::to_string(port);
}

/// `address:port`, `[address]:port`; nothing without a port.
std::optional<listener> with_port(const std::string& bind) {
  const auto colon = bind.rfind(':');
  const bool bare_v6 = !bind.starts_with('[') && bind.find(':') != colon;
  if (colon == std::string::npos || bare_v6 || bind.ends_with(']'))
    return std::nullopt;
  auto address = bind.substr(0, colon);
  if (address.starts_with('['))
    address = address.substr(1, address.size() - 2);
  const auto port = std::stoul(bind.substr(colon + 1));
  if (port > 65535)
    throw std::out_of_range{"port of " + bind};
  return listener{address, static_cast<std::uint16_t>(port), listener::kind::either, {}};
}

json::object open_listeners(server& shell, const run_options& options) {
  json::object ready{{"event", "ready"}};
  json::array binds;
  std::vector<std::string> addresses;
  for (const auto& bind : options.binds) {
    if (const auto wish = with_port(bind))
      binds.emplace_back(wish->address + ":" + std::to_string(shell.listen(*wish)));
    else
      addresses.push_back(bind);
  }
  if (addresses.empty())
    addresses.emplace_back("127.0.0.1");
  for (const auto& address : addresses) {
    using kind = listener::kind;
    const auto http = shell.listen({address, options.http_port, kind::plain, {}});
    const auto https = shell.listen({address, options.https_port, kind::tls, {}});
    if (ready.contains("http"))
      continue; // the first address is the one that is printed
    ready["http"] = url("http", address, http);
    ready["https"] = url("https", address, https);
  }
  ready["binds"] = std::move(binds);
  if (options.metadata_port)
    ready["metadata"] = url("http", "127.0.0.1",
                            shell.listen({"127.0.0.1", *options.metadata_port,
                                          listener::kind::plain, "100.100.100.200"}));
  ready["admin"] = url("http", "127.0.0.1",
                       shell.listen({"127.0.0.1", options.admin_port, listener::kind::admin, {}}));
  return ready;
}

int run(const run_options& options) {
  auto about = load_world(options.world);
  if (!about) {
    std::cerr << about.error().message << '\n';
    return 2;
  }
  const fs::path folder = fs::absolute(options.folder);
  fs::create_directories(folder);
  const auto authority = kept_or_new(folder / "ca.pem", folder / "ca-key.pem",
                                     [] { return make_authority("simulated cloud CA"); });
  auto signer = std::make_shared<const token_signer>(
      kept_or_new(folder / "registry-token.pem", folder / "registry-token-key.pem",
                  [] { return token_signer{}.pem(); }));

  cloud_options wishes;
  wishes.signer = std::move(signer);
  wishes.folder = fs::absolute(options.world).parent_path().string();
  cloud behind{std::move(*about), std::move(wishes)};
  server shell{behind, authority};
  shell.stop_on_signals(options.exit_with_parent);
  auto ready = open_listeners(shell, options);
  ready["ca"] = (folder / "ca.pem").string();
  ready["registry_token_cert"] = (folder / "registry-token.pem").string();
  std::cout << json::serialize(ready) << std::endl;
  shell.run();
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"A simulated Alibaba Cloud: STS, ACR, metadata service, registry tokens"};
  app.require_subcommand(1);
  auto* command = app.add_subcommand("run", "Serve until SIGTERM or SIGINT");
  run_options options;
  command->add_option("--world", options.world, "The world file (YAML)")->required();
  command->add_option("--dir", options.folder, "Where certificates are kept")->required();
  command->add_option("--bind", options.binds,
                      "ADDRESS: listen there on the HTTP and the HTTPS port; ADDRESS:PORT: listen "
                      "there for both. May be repeated; default 127.0.0.1");
  command->add_option("--http-port", options.http_port, "0: any that is free");
  command->add_option("--https-port", options.https_port, "0: any that is free");
  command->add_option("--admin-port", options.admin_port,
                      "Of the administration interface, on 127.0.0.1; 0: any that is free");
  command->add_option("--metadata-port", options.metadata_port,
                      "Serve only as the metadata service on 127.0.0.1; 0: any that is free");
  command->add_flag("--exit-with-parent", options.exit_with_parent,
                    "End when the process that started this one is gone");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
