#include "actors/identity/worker_role.hpp"

#include <optional>
#include <random>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/session_expiry.hpp"
#include "actors/identity/source.hpp"
#include "protocol/aliyun/causes.hpp"
#include "protocol/aliyun/metadata.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/clock/monotonic.hpp"

namespace acr {

namespace {

using namespace std::chrono_literals;

// A request costs up to four HTTP requests of 2 s each, each with 5 s for an answer that got lost.
constexpr auto metadata_timeout = 30s;
// A replaced role is noticed at the first renewal after this time.
constexpr auto trusted_for = std::chrono::milliseconds{10min};
// Remaining validity below which cached credentials are not returned during an outage.
constexpr auto worth_giving = 1min;

class worker_role_state {
public:
  using pointer = identity_source::stateful_pointer<worker_role_state>;

  static inline const char* name = "acr.worker_role";

  explicit worker_role_state(pointer self) : self_{self} {}

  identity_source::behavior_type make_behavior(worker_role_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    random_.seed(static_cast<std::minstd_rand::result_type>(deps_.seed));
    return {[this](const obtain_credentials& m) { return obtain(m); }};
  }

private:
  using reply = caf::result<credentials_obtained>;

  reply obtain(const obtain_credentials& m) {
    if (m.refused) {
      cache_.clear();
      last_.reset();
    }
    if (mono() - read_at_ < trusted_for)
      if (const auto session = cache_.find(deps_.wall(), m.min_life))
        return credentials_obtained{*session};
    if (const auto reason = hold_off_.in_force(mono()); reason && !m.asked)
      return credentials_obtained{instead_of(*reason)};
    auto promise = self_->make_response_promise<credentials_obtained>();
    if (waiting_.add(promise, m.asked))
      start();
    return promise;
  }

  void start() {
    if (deps_.role.empty())
      find_role();
    else
      read_credentials(deps_.role);
  }

  void find_role() {
    ask(aliyun::metadata_role_path, [this](const result<secret_string>& text) {
      if (!text)
        return fail(text.error(), "no RAM role is attached to this instance");
      const auto role = aliyun::read_role_name(*text);
      if (!role)
        return fail(role.error());
      read_credentials(*role);
    });
  }

  void read_credentials(const std::string& role) {
    ask(aliyun::metadata_role_path + role, [this, role](const result<secret_string>& text) {
      if (!text)
        return fail(text.error(), "the RAM role " + role + " is not attached to this instance");
      auto session = in_our_time(
          deps_, [&](wall_time now) { return aliyun::read_role_credentials(*text, now); });
      if (!session)
        return fail(session.error());
      session->role = role;
      succeed(role, *session);
    });
  }

  template <class Continuation>
  void ask(std::string path, Continuation next) {
    self_->request(deps_.cloud, metadata_timeout, ask_metadata{std::move(path)})
        .then(
            [next](const metadata_reply& answer) { next(answer.text); },
            [this](const caf::error&) {
              fail(make_failure(errc::actor_down, "metadata", "the cloud session does not answer"));
            });
  }

  void succeed(const std::string& role, const aliyun::credentials& session) {
    hold_off_.succeeded();
    read_at_ = mono();
    if (!last_ || last_->access_key_id != session.access_key_id) {
      const bool replaced = !role_.empty() && role_ != role;
      deps_.log.info(replaced ? "worker_role_changed" : "worker_role_read",
                     replaced ? "another RAM role is attached to the instance now"
                              : "credentials of the instance's RAM role read",
                     {{"role", role},
                      {"access_key_id", session.access_key_id},
                      {"expires", session.expires_at.value_or(wall_time{})}});
    }
    cache_.store(session, deps_.wall());
    last_ = session;
    role_ = role;
    present_ = true;
    answer(session);
  }

  /// `absent`: what a 404 means here.
  void fail(failure reason, const std::string& absent = "") {
    bool answered = reason.status != 0;
    if (reason.code == errc::not_found && !absent.empty()) {
      reason.code = errc::unavailable;
      reason.message = absent;
      answered = true;
    }
    if (reason.cause_id.empty())
      aliyun::explain_metadata(reason);
    if (reason.code == errc::unavailable && answered) {
      cache_.clear();
      last_.reset();
      present_ = false;
    } else if (reason.code == errc::unavailable && present_) {
      reason.code = errc::connect_failed; // an outage: this machine has had a role
    }
    hold_off_.failed(reason, mono(), std::uniform_real_distribution<>{}(random_));
    answer(instead_of(reason));
  }

  void answer(const result<aliyun::credentials>& value) {
    if (waiting_.answer(value))
      start();
  }

  /// The cached credentials while they are valid, otherwise the reason.
  result<aliyun::credentials> instead_of(const failure& reason) const {
    if (last_ && *last_->expires_at - deps_.wall() > worth_giving)
      return *last_;
    return reason;
  }

  std::chrono::milliseconds mono() const { return monotonic(*self_); }

  pointer self_;
  worker_role_deps deps_;
  std::minstd_rand random_;
  session_cache cache_;
  std::optional<aliyun::credentials> last_;
  std::string role_;     ///< The role whose credentials were read last.
  bool present_ = false; ///< They were read, and the service has not said since that it has none.
  std::chrono::milliseconds read_at_{};
  hold_off hold_off_;
  waiting_callers waiting_;
};

identity_source::behavior_type worker_role_body(worker_role_state::pointer self,
                                                worker_role_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

identity_source spawn_worker_role(caf::actor_system& system, worker_role_deps deps) {
  return system.spawn(worker_role_body, std::move(deps));
}

} // namespace acr
