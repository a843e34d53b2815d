#include "actors/identity/static_key.hpp"

#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "runtime/actor_defaults.hpp"

namespace acr {

namespace {

struct static_key_state {
  static inline const char* name = "acr.static_key";
};

identity_source::behavior_type
static_key_body(identity_source::stateful_pointer<static_key_state> self,
                const result<aliyun::credentials>& value) {
  install_actor_defaults(self, {});
  return {[value](const obtain_credentials&) { return credentials_obtained{value}; }};
}

} // namespace

identity_source spawn_static_key(caf::actor_system& system, result<aliyun::credentials> value) {
  return system.spawn(static_key_body, std::move(value));
}

result<aliyun::credentials> key_from_environment(const environment_reader& read) {
  const auto id = read("ALIBABA_CLOUD_ACCESS_KEY_ID");
  secret_string secret{read("ALIBABA_CLOUD_ACCESS_KEY_SECRET")};
  if (id.empty() && secret.empty())
    return make_failure(errc::unavailable, "identity",
                        "no AccessKey: set ALIBABA_CLOUD_ACCESS_KEY_ID and "
                        "ALIBABA_CLOUD_ACCESS_KEY_SECRET, or configure RRSA for the instance");
  if (id.empty() || secret.empty())
    return make_failure(
        errc::config_bad, "identity",
        "only one of ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET "
        "is set: both are needed");
  return aliyun::credentials{id, std::move(secret),
                             secret_string{read("ALIBABA_CLOUD_SECURITY_TOKEN")}, std::nullopt};
}

} // namespace acr
