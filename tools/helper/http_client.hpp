/// A blocking HTTP client for commands that ask something and end.
#pragma once

#include <memory>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/messages/http.hpp"

namespace caf {
class actor_system;
}

namespace acr::helper {

/// Owns an actor system with the gateway of `run` in it, and waits for each answer.
class http_client {
public:
  http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;
  ~http_client();

  /// Sends one request and waits until it is answered or its deadline is over. Errors: those of
  /// the gateway.
  result<http_response> ask(http_request request, http_limits limits);

  /// Where more actors may run, on top of the gateway.
  caf::actor_system& system();
  const http_gateway& gateway() const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace acr::helper
