/// A cloud session and an identity that answer as a test says: with an answer, a failure, silence
/// or their death.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "protocol/messages/cloud.hpp"
#include "protocol/messages/identity.hpp"
#include "protocol/time.hpp"

namespace acr::testing {

/// What the fakes are to do, and what they were asked.
struct cloud_script {
  struct call {
    std::string action;
    wall_time at;
    cloud_call what;
  };
  /// The answer to a call; nothing: silence.
  using answer = std::function<std::optional<result<secret_string>>(const cloud_call&)>;

  wall_clock now;
  answer on_call;
  result<std::string> region = std::string{"cn-hangzhou"};
  /// What the metadata service says to a path; nothing: silence.
  std::function<std::optional<result<secret_string>>(const std::string&)> on_metadata;
  std::vector<std::string> metadata_asked;
  std::vector<call> calls;

  std::size_t count(const std::string& action) const {
    std::size_t found = 0;
    for (const auto& made : calls)
      found += made.action == action ? 1 : 0;
    return found;
  }
};

inline cloud_session::behavior_type fake_cloud(cloud_session::pointer self, cloud_script* script) {
  return {[self, script](const cloud_call& m) -> caf::result<cloud_reply> {
            script->calls.push_back({m.what.action, script->now(), m});
            if (auto value = script->on_call(m))
              return cloud_reply{std::move(*value)};
            return self->make_response_promise<cloud_reply>(); // dropped: nobody answers
          },
          [script](const ask_region&) { return region_reply{script->region}; },
          [self, script](const ask_metadata& m) -> caf::result<metadata_reply> {
            script->metadata_asked.push_back(m.path);
            if (auto text = script->on_metadata ? script->on_metadata(m.path) : std::nullopt)
              return metadata_reply{std::move(*text)};
            return self->make_response_promise<metadata_reply>(); // dropped: nobody answers
          }};
}

/// Gives one AccessKey, or fails; remembers what it was asked.
struct identity_script {
  result<aliyun::credentials> value =
      aliyun::credentials{"STS.test", secret_string{std::string_view{"key-secret"}}, {}, {}};
  std::vector<obtain_credentials> asked;
};

inline identity_source::behavior_type fake_identity(identity_source::pointer,
                                                    identity_script* script) {
  return {[script](const obtain_credentials& m) {
    script->asked.push_back(m);
    return credentials_obtained{script->value};
  }};
}

inline secret_string json_text(const std::string& text) {
  return secret_string{std::string_view{text}};
}

/// An answer of GetAuthorizationToken (Enterprise edition).
inline secret_string password_answer(const std::string& password, wall_time expires) {
  return json_text(
      R"({"RequestId":"r","Code":"success","IsSuccess":true,"TempUsername":"cr_temp_user",)"
      R"("AuthorizationToken":")" +
      password + R"(","ExpireTime":)" + std::to_string(expires.time_since_epoch().count()) + "}");
}

/// An answer of AssumeRole or AssumeRoleWithOIDC.
inline secret_string session_answer(const std::string& key, wall_time expires) {
  return json_text(R"({"RequestId":"r","Credentials":{"AccessKeyId":"STS.)" + key +
                   R"(","AccessKeySecret":"session-secret","SecurityToken":"session-token",)"
                   R"("Expiration":")" +
                   to_rfc3339(expires) + R"("}})");
}

} // namespace acr::testing
