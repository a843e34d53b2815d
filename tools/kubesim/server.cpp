#include "tools/kubesim/server.hpp"

#include <algorithm>
#include <utility>

#include "tools/simkit/http_server.hpp"

namespace acr::kubesim {

struct server::shell {
  shell(cluster& behind, const simkit::identity_pem& own) : about{behind} {
    front.identify_as(own);
  }

  outcome answer(const request& from, bool administration) {
    auto out = administration ? outcome{about.administer(from), nullptr} : about.handle(from);
    arm();
    return out;
  }

  /// Wakes the cluster when work is due: called after every request, since that changes it.
  void arm() {
    const auto at = about.next_due();
    if (!at)
      return;
    front.wake_after(std::max(*at - system_now(), std::chrono::milliseconds{1}), [this] {
      about.advance(system_now());
      arm();
    });
  }

  cluster& about;
  // More than the 3 MiB of a real server: so the cluster itself refuses.
  simkit::http_server front{{.body = 4U << 20U}};
};

server::server(cluster& behind, const simkit::identity_pem& identity)
    : shell_{std::make_unique<shell>(behind, identity)} {}

server::~server() = default;

std::uint16_t server::listen(std::uint16_t port, bool administration) {
  return shell_->front.listen({.port = port}, simkit::transport::either,
                              [shell = shell_.get(), administration](
                                  const request& asked, const simkit::http_server::reply& send) {
                                auto out = shell->answer(asked, administration);
                                send(std::move(out.answer), std::move(out.stream));
                              });
}

void server::run() {
  shell_->arm();
  shell_->front.run();
}

void server::stop() { shell_->front.stop(); }

void server::stop_on_signals(bool also_without_parent) {
  shell_->front.stop_on_signals(also_without_parent);
}

} // namespace acr::kubesim
