/// Sockets around the simulated cloud: HTTP/1.1 on plain and TLS listeners, one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/cloudsim/cloud.hpp"
#include "tools/cloudsim/kit.hpp"
#include "tools/simkit/pki.hpp"

namespace acr::cloudsim {

struct listener {
  enum class kind {
    plain,
    tls,
    either, ///< Detected by the first bytes of a connection.
    admin,  ///< Plain; the administration interface.
  };
  std::string address = "127.0.0.1";
  std::uint16_t port = 0; ///< 0: any free port.
  kind what = kind::plain;
  std::string as_host; ///< If not empty: requests are answered as if sent to this host.
};

/// The names of the server certificate: the machine itself, the services in every region of the
/// world, and the registries of its instances.
std::vector<std::string> certificate_names(const world& about);

class server {
public:
  /// The cloud is used only inside `run`.
  server(cloud& behind, identity_pem authority);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds and returns the port. Throws boost::system::system_error.
  std::uint16_t listen(const listener& wish);

  /// Serves until `stop`, which may be called from any thread.
  void run();
  void stop();

  /// Ends `run` on SIGTERM and SIGINT and, on request, when the parent process has ended.
  void stop_on_signals(bool also_without_parent);

private:
  struct shell;
  std::unique_ptr<shell> shell_;
};

} // namespace acr::cloudsim
