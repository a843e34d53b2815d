#include "actors/identity/profile.hpp"

#include <filesystem>
#include <optional>
#include <utility>

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "runtime/actor_defaults.hpp"
#include "runtime/kubernetes/access.hpp"

namespace acr {

namespace {

const char* words(aliyun::profile::source from) {
  switch (from) {
  case aliyun::profile::source::access_key:
    return "AccessKey";
  case aliyun::profile::source::worker_role:
    return "worker role";
  case aliyun::profile::source::oidc:
    break;
  }
  return "OIDC token";
}

class profile_state {
public:
  using pointer = identity_source::stateful_pointer<profile_state>;

  static inline const char* name = "acr.profile";

  explicit profile_state(pointer self) : self_{self} {}

  identity_source::behavior_type make_behavior(profile_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    return {[this](const obtain_credentials& m) { return obtain(m); }};
  }

private:
  caf::result<credentials_obtained> obtain(const obtain_credentials& m) {
    const auto found = look();
    if (found) {
      complaint_.clear();
      use(*found);
    } else if (const auto reason = found.error();
               sources_.empty() || m.refused || reason.code == errc::unavailable) {
      stop();
      return credentials_obtained{reason};
    } else if (reason.message != complaint_) {
      complaint_ = reason.message;
      deps_.log.failed(log_level::warning, "profile_bad",
                       "invalid profile; its last valid content stays in use", reason);
    }
    return self_->delegate(sources_.back(), m);
  }

  struct finding {
    aliyun::profile value;
    std::string file;
  };

  result<finding> look() const {
    std::string against;
    for (const auto& file : deps_.files) {
      auto read = read_one(file);
      if (read)
        return finding{std::move(*read), file.path};
      auto reason = read.error();
      reason.message.insert(0, file.path + ": ");
      if (reason.code != errc::unavailable)
        return reason;
      against += (against.empty() ? "" : "; ") + reason.message;
    }
    return make_failure(errc::unavailable, "identity",
                        against.empty() ? "no credentials file is looked for: HOME is not set, or "
                                          "ALIBABA_CLOUD_CLI_PROFILE_DISABLED is true"
                                        : against);
  }

  result<aliyun::profile> read_one(const profile_file& file) const {
    std::error_code ignored;
    if (!std::filesystem::exists(file.path, ignored))
      return make_failure(errc::unavailable, "profile", "there is no such file");
    const auto text = kubernetes::read_small_file(file.path);
    if (!text)
      return text.error();
    return aliyun::read_profile(file.format, *text, deps_.profile, deps_.environment);
  }

  void use(const finding& found) {
    if (!sources_.empty() && found.value == running_)
      return;
    const bool replaced = !sources_.empty();
    stop();
    running_ = found.value;
    sources_ = deps_.make(running_);
    for (const auto& source : sources_)
      self_->link_to(source);
    deps_.log.info(
        replaced ? "profile_changed" : "profile_read",
        replaced ? "the profile has changed" : "credentials profile read",
        {{"file", found.file},
         {"profile", deps_.profile.empty() ? "(current)" : deps_.profile},
         {"begins_with", words(running_.from)},
         {"access_key_id", running_.key.access_key_id},
         {"role", running_.roles.empty() ? running_.oidc_role.arn : running_.roles.back().arn}});
  }

  void stop() {
    for (const auto& source : sources_) {
      self_->unlink_from(source);
      caf::anon_send_exit(source, caf::exit_reason::kill); // answers the waiting callers
    }
    sources_.clear();
  }

  pointer self_;
  profile_deps deps_;
  aliyun::profile running_;
  std::vector<identity_source> sources_; ///< Of `running_`; none: no profile was good yet.
  std::string complaint_;                ///< Reported already.
};

identity_source::behavior_type profile_body(profile_state::pointer self, profile_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

identity_source spawn_profile(caf::actor_system& system, profile_deps deps) {
  return system.spawn(profile_body, std::move(deps));
}

} // namespace acr
