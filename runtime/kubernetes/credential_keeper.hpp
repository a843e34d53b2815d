/// The credential of a Kubernetes session: when to read or renew it, and how it gets into a
/// request. No actor, no clock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/kubernetes/exec_credential.hpp"
#include "protocol/time.hpp"
#include "runtime/kubernetes/access.hpp"

namespace acr::kubernetes {

using file_reader = std::function<result<secret_string>(const std::string& path)>;

class credential_keeper {
public:
  /// What to do with a request.
  enum class verdict : std::uint8_t {
    ready,      ///< `authorize` it, and send it.
    run_plugin, ///< Run the plugin (once, whatever the number of requests), then ask again.
    failed,     ///< There is no (other) credential: `reason()`.
  };

  credential_keeper(cluster_access access, file_reader read_file);

  /// Before a request is sent. A token file is read again a minute after the last read, the files
  /// of CA and client certificate after five seconds; if that fails, the last good ones stay. A
  /// plugin's credential is used until 10 s before its expiry, and for 10 s in any case: no
  /// successful plugin is run more often.
  verdict before_request(wall_time now);

  /// After a request that was authorized as `generation` was refused with 401: `ready` if there is
  /// another credential by now. After 401 a plugin is run at most every 10 s: if all of its
  /// credentials are refused, running it for each request is useless.
  verdict after_refusal(std::uint64_t generation, wall_time now);

  /// After a request that was authorized as `generation` got no trusted connection: `ready` if the
  /// files of CA and client certificate have changed. They are read at most once a second for it.
  verdict after_tls_failure(std::uint64_t generation, wall_time now);

  /// The plugin's result. After a failure, requests fail for 5 s before it is run again.
  void plugin_done(const result<exec_credential>& outcome, wall_time now);

  /// Counts up with each new credential.
  std::uint64_t generation() const noexcept { return generation_; }
  const failure& reason() const noexcept { return reason_; }

  /// Makes the relative URL absolute and adds our credential. False if the URL is not relative: a
  /// credential never goes to another server.
  bool authorize(http_request& request) const;

private:
  verdict read_token(const std::string& path, wall_time now);
  void read_tls(wall_time now);
  void compose_tls();
  void replace(secret_string token);

  cluster_access access_;
  file_reader read_file_;
  secret_string token_;
  std::shared_ptr<const tls_options>
      tls_; ///< With the plugin's client certificate, if it gave one.
  std::uint64_t generation_ = 0;
  std::optional<wall_time> tls_read_at_;
  std::string plugin_cert_; ///< In PEM; empty: the plugin returned none.
  secret_string plugin_key_;
  std::optional<wall_time> read_at_;    ///< Of the token file, or of the plugin's last success.
  std::optional<wall_time> failed_at_;  ///< Of the plugin.
  std::optional<wall_time> expires_at_; ///< Of the plugin's credential.
  bool obtained_ = false;               ///< The plugin's credential may be used.
  failure reason_;
};

} // namespace acr::kubernetes
