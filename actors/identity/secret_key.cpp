#include "actors/identity/secret_key.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include <boost/algorithm/string/trim.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/source.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "runtime/actor_defaults.hpp"

namespace acr {

namespace {

using namespace std::chrono_literals;

// Instances that renew at the same time share one read.
constexpr auto kept_for = 60s;
constexpr auto secret_timeout = 60s;

std::string title(const kubernetes::object_ref& secret) {
  return "Secret " + secret.ns + "/" + secret.name;
}

class secret_key_state {
public:
  using pointer = identity_source::stateful_pointer<secret_key_state>;

  static inline const char* name = "acr.secret_key";

  explicit secret_key_state(pointer self) : self_{self} {}

  identity_source::behavior_type make_behavior(secret_key_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    return {[this](const obtain_credentials& m) { return obtain(m); }};
  }

private:
  caf::result<credentials_obtained> obtain(const obtain_credentials& m) {
    if (value_ && !m.refused && self_->clock().now() < kept_until_)
      return credentials_obtained{*value_};
    auto promise = self_->make_response_promise<credentials_obtained>();
    if (waiting_.add(promise, m.asked))
      read();
    return promise;
  }

  void read() {
    self_
        ->request(
            deps_.api, secret_timeout,
            http_call{kubernetes::get_object(kubernetes::object_kind::secret, deps_.secret), {}})
        .then([this](const http_reply& answer) { finish(understood(answer)); },
              [this](const caf::error&) {
                finish(make_failure(errc::actor_down, "get " + title(deps_.secret),
                                    "the Kubernetes session does not answer"));
              });
  }

  result<aliyun::credentials> understood(const http_reply& answer) const {
    if (!answer.value)
      return answer.value.error();
    const auto data = kubernetes::read_secret_data("get " + title(deps_.secret), *answer.value);
    if (data)
      return key_of(deps_.secret, *data);
    auto reason = data.error();
    if (reason.code == errc::not_found ||
        (deps_.optional && (reason.code == errc::denied || reason.code == errc::terminating)))
      reason.code = errc::unavailable;
    return reason;
  }

  void finish(result<aliyun::credentials> value) {
    value_.reset();
    if (value) {
      value_ = *value;
      kept_until_ = self_->clock().now() + kept_for;
    }
    if (waiting_.answer(value))
      read();
  }

  pointer self_;
  secret_key_deps deps_;
  std::optional<aliyun::credentials> value_;
  caf::actor_clock::time_point kept_until_;
  waiting_callers waiting_;
};

identity_source::behavior_type secret_key_body(secret_key_state::pointer self,
                                               secret_key_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

secret_string without_line_ends(const secret_string& value) {
  return secret_string{boost::trim_copy(std::string{value.reveal()})};
}

} // namespace

result<aliyun::credentials> key_of(const kubernetes::object_ref& secret,
                                   const std::map<std::string, secret_string>& data) {
  const auto value = [&data](const char* key) {
    const auto found = data.find(key);
    return found == data.end() ? secret_string{} : without_line_ends(found->second);
  };
  const auto id = value("access-key-id");
  const auto key = value("access-key-secret");
  for (const auto& [name, given] : {std::pair{"access-key-id", id}, {"access-key-secret", key}})
    if (given.empty())
      return make_failure(errc::config_bad, title(secret),
                          std::string{"has no `"} + name +
                              "` in its data: it must hold `access-key-id` and "
                              "`access-key-secret`");
  return aliyun::credentials{std::string{id.reveal()}, key, value("security-token"), std::nullopt};
}

identity_source spawn_secret_key(caf::actor_system& system, secret_key_deps deps) {
  return system.spawn(secret_key_body, std::move(deps));
}

} // namespace acr
