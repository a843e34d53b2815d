/// Sockets around the simulated API server: HTTP/1.1, TLS detected by the first bytes, one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tools/kubesim/cluster.hpp"
#include "tools/simkit/pki.hpp"

namespace acr::kubesim {

class server {
public:
  /// `identity`: of the server. The cluster is used only inside `run`.
  server(cluster& behind, const simkit::identity_pem& identity);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds 127.0.0.1 and returns the port. Throws boost::system::system_error.
  std::uint16_t listen(std::uint16_t port, bool administration);

  /// Serves until `stop`, which may be called from any thread.
  void run();
  void stop();
  /// Ends `run` on SIGTERM and SIGINT and, on request, when the parent process has ended.
  void stop_on_signals(bool also_without_parent);

private:
  struct shell;
  std::unique_ptr<shell> shell_;
};

} // namespace acr::kubesim
