#include "tools/faultlab/stage/helper_process.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include "runtime/http/target.hpp"
#include "tools/faultlab/network/gateway.hpp"
#include "tools/faultlab/stage/cloud_text.hpp"

namespace acr::faultlab {

namespace {

constexpr std::chrono::seconds container_restart{1};

/// The variables of a program that has an AccessKey.
std::string variable(const char* asked) {
  const std::string_view name{asked};
  if (name == "ALIBABA_CLOUD_ACCESS_KEY_ID")
    return lab_key_id;
  return name == "ALIBABA_CLOUD_ACCESS_KEY_SECRET" ? lab_key_secret : "";
}

} // namespace

template <class Handle>
Handle helper_process::keep(const std::string& name, Handle made) {
  auto address = made.address();
  watch(address);
  std::erase_if(actors_, [](const auto& item) {
    return !caf::actor_cast<caf::strong_actor_ptr>(item.second);
  });
  actors_.emplace(name, std::move(address));
  return made;
}

void helper_process::watch(const caf::actor_addr& who) {
  ++*alive_;
  if (const auto strong = caf::actor_cast<caf::strong_actor_ptr>(who))
    strong->get()->attach_functor([alive = alive_] { --*alive; });
}

void helper_process::keep_all(child_factories& make) {
  make.gateway = [this, of = make.gateway] { return keep("gateway", of()); };
  make.kubernetes = [this, of = make.kubernetes](http_gateway g) {
    return keep("kubernetes", of(std::move(g)));
  };
  make.cloud = [this, of = make.cloud](http_gateway g) { return keep("cloud", of(std::move(g))); };
  make.writer = [this, of = make.writer](http_gateway api) {
    return keep("writer", of(std::move(api)));
  };
  make.namespaces = [this, of = make.namespaces](http_gateway api, scope_sink sink) {
    return keep("namespaces", of(std::move(api), std::move(sink)));
  };
  make.config = [this, of = make.config](http_gateway api, config_sink sink) {
    return keep("config", of(std::move(api), std::move(sink)));
  };
  make.origin = [this, of = make.origin](const config::identity_origin& from, http_gateway api,
                                         cloud_session cloud) {
    return keep("identity", of(from, std::move(api), std::move(cloud)));
  };
  make.role_chain = [this, of = make.role_chain](const config::role_chain& chain,
                                                 const std::string& user, http_gateway api,
                                                 cloud_session cloud, identity_source base) {
    return keep("identity", of(chain, user, std::move(api), std::move(cloud), std::move(base)));
  };
  if (make.admission)
    make.admission = [this, of = make.admission](http_gateway api) {
      return keep("admission", of(std::move(api)));
    };
  if (make.elector)
    make.elector = [this, of = make.elector](http_gateway api, leadership_sink sink,
                                             std::optional<std::chrono::milliseconds> held_until) {
      return keep("elector", of(std::move(api), std::move(sink), held_until));
    };
  make.token = [this, of = make.token](token_deps with) {
    const auto name = "token " + with.instance_id;
    return keep(name, of(std::move(with)));
  };
}

void helper_process::start() {
  if (root_)
    return;
  auto& around = *around_.emplace_back(std::make_unique<helper::runtime_context>());
  const auto run = ++starts_;
  auto& time = deps_.time;
  around.options.verify_login = false; // there is no registry in the lab
  around.options.leader_elect = deps_.elects;
  around.options.ended = deps_.ended;
  around.options.region = lab_region;
  around.replica = identity();
  around.options.oidc_token_file = "/nonexistent/token"; // tokens are requested from the API server
  around.cluster.server = lab_issuer;
  around.cluster.credential =
      kubernetes::fixed_token{secret_string{std::string_view{deps_.kubernetes_token}}};
  around.environment = variable;
  around.wall = [this] { return deps_.time.now() + clock_error_; };
  around.clock =
      std::make_shared<aliyun::service_clock>(around.wall, [&time] { return time.elapsed(); });
  around.make_gateway = [&time, &on = deps_.on, net = deps_.net, name = deps_.name, log = deps_.log,
                         clock = around.clock] {
    simulated_gateway_deps gateway;
    gateway.net = net;
    gateway.source = name;
    gateway.true_time = [&time] { return time.now(); };
    gateway.log = log;
    gateway.dates.tell = [clock](std::string_view server, std::string_view date,
                                 std::chrono::milliseconds took) {
      if (server == authority_of(lab_issuer))
        clock->suggest(date, took);
    };
    gateway.dates.uptime = [clock] { return clock->uptime(); };
    return spawn_simulated_gateway(on.system(), std::move(gateway));
  };
  around.seed = [this, run](std::string_view who) { return dice{deps_.seed, who, run}(); };
  around.nonce = [this] { return deps_.name + "-" + std::to_string(++nonces_); };
  around.log = deps_.log;
  if (deps_.webhook) {
    webhook_ = std::make_shared<webhook_server>();
    around.webhook =
        helper::webhook_connection{webhook_->desk, [server = webhook_](const server_identity& own) {
                                     server->certificate = own.certificate;
                                     return std::optional<failure>{};
                                   }};
  }
  if (deps_.on_fact)
    around.report =
        reporter{[tell = deps_.on_fact, who = identity()](const fact& what) { tell(who, what); }};
  supervisor_deps deps;
  deps.make = helper::factories(deps_.on.system(), around);
  keep_all(deps.make);
  deps.wall = [clock = around.clock] { return clock->now(); };
  deps.log = deps_.log;
  deps.report = around.report;
  deps.seed = around.seed("supervisor");
  deps.on_giving_up = [this] { ended_by_itself(); };
  root_ = spawn_supervisor(deps_.on.system(), std::move(deps));
  last_root_ = root_.address();
  watch(last_root_);
  time.drain();
}

void helper_process::ended_by_itself() {
  if (!root_)
    return; // it was killed instead
  root_ = supervisor{};
  actors_.clear();
  ++gave_up_;
  deps_.time.after(container_restart, [this] { start(); });
}

std::string helper_process::name_of(const caf::actor_addr& who) const {
  const auto found = std::find_if(actors_.begin(), actors_.end(),
                                  [&](const auto& item) { return item.second == who; });
  return found != actors_.end() ? found->first : who == root_ ? "supervisor" : "";
}

void helper_process::crash() {
  thaw();
  if (root_)
    kill_all();
}

void helper_process::kill_all() {
  root_ = supervisor{};
  if (const auto root = caf::actor_cast<caf::strong_actor_ptr>(last_root_))
    caf::anon_send_exit(root, caf::exit_reason::kill);
  for (const auto& [name, address] : std::exchange(actors_, {}))
    if (const auto who = caf::actor_cast<caf::strong_actor_ptr>(address))
      caf::anon_send_exit(who, caf::exit_reason::kill);
  deps_.time.drain();
}

void helper_process::ask_to_end() {
  if (root_)
    caf::anon_send(std::exchange(root_, supervisor{}), shut_down{});
  deps_.time.drain();
}

caf::strong_actor_ptr helper_process::at_work(const std::string& which) const {
  // The last one of that name is the active one.
  const auto [first, last] = actors_.equal_range(which);
  return first == last ? nullptr : caf::actor_cast<caf::strong_actor_ptr>(std::prev(last)->second);
}

bool helper_process::kill_actor(const std::string& which) {
  const auto who = at_work(which);
  if (who)
    caf::anon_send_exit(who, caf::exit_reason::kill);
  deps_.time.drain();
  return static_cast<bool>(who);
}

bool helper_process::stall(const std::string& which, std::size_t reading,
                           std::chrono::milliseconds span) {
  auto who = at_work(which);
  const bool any = static_cast<bool>(who);
  if (any)
    deps_.on.stall(std::move(who), reading, span);
  return any;
}

void helper_process::set_clock(std::chrono::milliseconds by) {
  clock_error_ += by;
  if (root_)
    caf::anon_send(root_, clock_changed{by});
  deps_.time.drain();
}

void helper_process::freeze() {
  if (auto gateway = root_ ? at_work("gateway") : nullptr)
    deps_.on.freeze(std::move(gateway));
}

void helper_process::thaw() {
  deps_.on.thaw();
  deps_.time.drain();
}

void helper_process::woke_up() {
  if (root_)
    caf::anon_send(root_, clock_changed{std::chrono::milliseconds{0}});
  deps_.time.drain();
}

} // namespace acr::faultlab
