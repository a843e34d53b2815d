/// The helper as a process of a simulated machine: started, killed, asked to stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_addr.hpp>

#include "protocol/messages/status.hpp"
#include "protocol/messages/supervisor.hpp"
#include "tools/faultlab/network/network.hpp"
#include "tools/faultlab/stage/clockwork.hpp"
#include "tools/helper/tree.hpp"

namespace acr::faultlab {

struct helper_deps {
  clockwork& time;
  machine& on; ///< Not shared.
  std::shared_ptr<network> net;
  std::uint64_t seed = 0;
  std::string name = "helper";        ///< Name on the network.
  bool elects = false;                ///< It is active only while it holds the Lease.
  on_expiry ended = on_expiry::blank; ///< What happens to a credential that expires.
  bool webhook = false;
  std::string kubernetes_token;
  logger log;
  std::function<void(const std::string& identity, const fact&)> on_fact;
};

/// All actors are the real ones, except the HTTP gateway.
class helper_process {
public:
  explicit helper_process(helper_deps deps) : deps_{std::move(deps)} {}
  helper_process(const helper_process&) = delete;
  helper_process& operator=(const helper_process&) = delete;
  ~helper_process() { crash(); }

  void start();
  /// `kill -9`: everything stops at once.
  void crash();
  /// Also actors that did not stop when asked to.
  void kill_all();
  /// SIGTERM. Its actors end by themselves.
  void ask_to_end();
  /// Kills one of its actors: "writer", "gateway", "token cri-...". False: there is none.
  bool kill_actor(const std::string& which);
  /// The program is descheduled in the middle of a handler of that actor: see machine::stall.
  /// False: there is none.
  bool stall(const std::string& which, std::size_t reading, std::chrono::milliseconds span);
  /// The machine's clock is set.
  void set_clock(std::chrono::milliseconds by);
  /// The machine has slept.
  void woke_up();
  /// SIGSTOP, and SIGCONT.
  void freeze();
  void thaw();

  const std::string& name() const { return deps_.name; }
  /// Its name among replicas: another one after each start.
  std::string identity() const { return deps_.name + "#" + std::to_string(starts_); }

  /// The name that `kill_actor` takes; empty: an auxiliary actor.
  std::string name_of(const caf::actor_addr& who) const;
  /// How often it exited by itself. It is started again, as by Kubernetes.
  int gave_up() const { return gave_up_; }
  bool restarted() const { return starts_ > 1; }

  /// What its webhook answers; null: it is not reached. Its certificate comes first.
  admission_desk* webhook() const { return running() && webhook_ ? webhook_->desk.get() : nullptr; }
  const std::string& webhook_certificate() const { return webhook_->certificate; }

  bool running() const { return root_ && !deps_.on.frozen(); }
  /// Those that have not ended, even if asked to.
  std::size_t actors_alive() const { return *alive_; }
  std::chrono::milliseconds clock_error() const { return clock_error_; }

private:
  template <class Handle>
  Handle keep(const std::string& name, Handle made);
  void keep_all(child_factories& make);
  void watch(const caf::actor_addr& who);
  void ended_by_itself();
  caf::strong_actor_ptr at_work(const std::string& which) const;

  /// In place of the server.
  struct webhook_server {
    std::shared_ptr<admission_desk> desk = std::make_shared<admission_desk>();
    std::string certificate; ///< PEM; empty: no request is answered yet.
  };

  helper_deps deps_;
  std::shared_ptr<webhook_server> webhook_; ///< Of this start.
  supervisor root_;
  caf::actor_addr last_root_;
  std::uint64_t starts_ = 0;
  std::uint64_t nonces_ = 0;
  int gave_up_ = 0;
  std::chrono::milliseconds clock_error_{};
  std::shared_ptr<std::size_t> alive_ = std::make_shared<std::size_t>(0);
  std::vector<std::unique_ptr<helper::runtime_context>> around_; ///< Of every start.
  std::multimap<std::string, caf::actor_addr> actors_;           ///< Of this start.
};

} // namespace acr::faultlab
