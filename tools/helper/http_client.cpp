#include "tools/helper/http_client.hpp"

#include <chrono>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "runtime/http/gateway.hpp"
#include "runtime/system_config.hpp"

namespace acr::helper {

struct http_client::parts {
  system_config settings;
  caf::actor_system system{settings};
  http_gateway gateway;
};

http_client::http_client() : parts_{std::make_unique<parts>()} {
  http_gateway_deps carrier;
  carrier.user_agent = "acr-credential-helper/" ACR_VERSION;
  parts_->gateway = spawn_http_gateway(parts_->system, std::move(carrier));
}

http_client::~http_client() {
  caf::anon_send_exit(parts_->gateway, caf::exit_reason::user_shutdown);
}

result<http_response> http_client::ask(http_request request, http_limits limits) {
  const auto longest = limits.deadline + std::chrono::seconds{5}; // the gateway's own comes first
  result<http_response> answer = make_failure(errc::actor_down, "ask", "no answer");
  const caf::scoped_actor self{parts_->system};
  self->request(parts_->gateway, longest, http_call{std::move(request), limits})
      .receive([&](const http_reply& reply) { answer = reply.value; }, [](const caf::error&) {});
  return answer;
}

caf::actor_system& http_client::system() { return parts_->system; }

const http_gateway& http_client::gateway() const { return parts_->gateway; }

} // namespace acr::helper
