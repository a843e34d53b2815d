#include "actors/identity/managed_role.hpp"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/session_expiry.hpp"
#include "protocol/aliyun/addon_token.hpp"
#include "protocol/messages/config.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/files/file_watch.hpp"
#include "runtime/kubernetes/access.hpp"

namespace acr {

namespace {

/// The source, and the message of its file watch.
using managed_role = identity_source::extend<caf::reacts_to<file_touched>>;

class managed_role_state {
public:
  using pointer = managed_role::stateful_pointer<managed_role_state>;

  static inline const char* name = "acr.managed_role";

  explicit managed_role_state(pointer self) : self_{self} {}

  managed_role::behavior_type make_behavior(managed_role_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    if (deps_.watch)
      watch();
    return {[this](const obtain_credentials& m) { return credentials_obtained{obtain(m)}; },
            [this](const file_touched&) { read(); }};
  }

private:
  void watch() {
    // The thread must not keep the actor alive: a late call is dropped.
    const caf::actor_addr me = self_->address();
    try {
      watch_.emplace(deps_.file, [me] {
        if (const auto strong = caf::actor_cast<caf::strong_actor_ptr>(me))
          caf::anon_send(caf::actor_cast<managed_role>(strong), file_touched{});
      });
    } catch (const std::system_error& e) { // each request reads the file anyway
      deps_.log.warning("managed_role_unwatched", "cannot watch the token of the managed role",
                        {{"file", deps_.file}, {"reason", e.what()}});
    }
  }

  result<aliyun::credentials> obtain(const obtain_credentials& m) {
    auto token = read();
    if (token || m.refused || token.error().code == errc::unavailable)
      return token;
    if (last_good_ && *last_good_->expires_at > deps_.wall())
      return *last_good_;
    return token;
  }

  result<aliyun::credentials> read() {
    auto token = read_file();
    if (token) {
      if (!last_good_ || last_good_->access_key_id != token->access_key_id || troubled_)
        deps_.log.info("managed_role_read", "token of the managed role read",
                       {{"file", deps_.file},
                        {"access_key_id", token->access_key_id},
                        {"expires", token->expires_at.value_or(wall_time{})}});
      last_good_ = *token;
      troubled_.reset();
      return token;
    }
    const failure reason = token.error();
    if (reason.code == errc::unavailable) {
      last_good_.reset();
    } else if (!troubled_ || troubled_->message != reason.message) {
      deps_.log.failed(log_level::warning, "managed_role_bad",
                       last_good_ && *last_good_->expires_at > deps_.wall()
                           ? "invalid token of the managed role; the last good one stays in use"
                           : "invalid token of the managed role",
                       reason, {{"file", deps_.file}});
    }
    troubled_ = reason;
    return token;
  }

  result<aliyun::credentials> read_file() const {
    std::error_code ignored;
    if (!std::filesystem::exists(deps_.file, ignored))
      return make_failure(errc::unavailable, "addon token",
                          "there is no file " + deps_.file + ": no managed role here");
    const auto text = kubernetes::read_small_file(deps_.file);
    if (!text)
      return text.error();
    return in_our_time(deps_, [&](wall_time now) { return aliyun::read_addon_token(*text, now); });
  }

  pointer self_;
  managed_role_deps deps_;
  std::optional<aliyun::credentials> last_good_;
  std::optional<failure> troubled_; ///< What is wrong with the file, if anything.
  std::optional<file_watch> watch_;
};

managed_role::behavior_type managed_role_body(managed_role_state::pointer self,
                                              managed_role_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

identity_source spawn_managed_role(caf::actor_system& system, managed_role_deps deps) {
  return caf::actor_cast<identity_source>(system.spawn(managed_role_body, std::move(deps)));
}

} // namespace acr
