/// The Kubernetes session: an http_gateway that adds the API server and our credentials.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <caf/fwd.hpp>

#include "protocol/kubernetes/exec_credential.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/time.hpp"
#include "runtime/kubernetes/access.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"

namespace acr::kubernetes {

/// A running plugin; its destructor ends it.
class running_plugin {
public:
  running_plugin() = default;
  running_plugin(const running_plugin&) = delete;
  running_plugin& operator=(const running_plugin&) = delete;
  virtual ~running_plugin() = default;
};

/// Starts a plugin and calls `done` once, from any thread, unless it is destroyed before.
using plugin_runner = std::function<std::unique_ptr<running_plugin>(
    const exec_plugin&, const exec_cluster&, std::function<void(result<exec_credential>)> done)>;

struct session_deps {
  http_gateway gateway; ///< Sends the requests.
  cluster_access access;
  wall_clock wall;
  logger log;
  reporter report{}; ///< `api_answered` of calls; the openers of streams report for these.
  /// How files are read and plugins run; replaced by tests.
  std::function<result<secret_string>(const std::string&)> read_file = read_small_file;
  plugin_runner run_plugin; ///< Empty: a process (runtime/kubernetes/exec_plugin.hpp).
};

/// Flow: a request with a relative URL gets the server, TLS and `Authorization`, and is forwarded;
/// a token file is read again at most once a minute, a plugin run again before its credential
/// expires. An answer 401 to a call makes it read or run once more, and the call is sent once more
/// if that gave another credential. The same applies to the files of the cluster's CA and of a
/// client certificate, and a connection that is not trusted. Streams are forwarded the same way,
/// and their data goes directly from the gateway to the receiver: a stream that is refused with 401
/// is not repeated, but the next call will find out. Guarantees: every call is answered, also when
/// the session dies; a credential goes to no other server (a URL that is not relative is a
/// `bad_request`). While a plugin runs, calls and streams wait (at most 1024 of each, then
/// `not_ready`); when it fails they fail. Errors: those of the gateway; `credentials_bad` or
/// `file_failed` when there is no credential, and those of the plugin.
http_gateway spawn_kubernetes_session(caf::actor_system& system, session_deps deps);

} // namespace acr::kubernetes
