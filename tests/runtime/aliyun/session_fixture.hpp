/// A cloud session over a gateway that answers as a test says.
#pragma once

#include <boost/test/unit_test.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "protocol/aliyun/acr.hpp"
#include "runtime/aliyun/session.hpp"
#include "tests/support/actor_fixture.hpp"

namespace acr::testing {

using namespace std::chrono_literals;

inline http_response response(int status, std::string body, std::vector<http_header> headers = {}) {
  return {status, std::move(headers), secret_string{std::move(body)}};
}

inline http_response service_error(int status, const std::string& code,
                                   std::vector<http_header> headers = {}) {
  return response(status, R"({"Code":")" + code + R"(","Message":"no","RequestId":"R-1"})",
                  std::move(headers));
}

inline std::string host_of(const std::string& url) {
  const auto start = url.find("://") + 3;
  return url.substr(start, url.find('/', start) - start);
}

struct session_fixture : actor_fixture {
  using network = std::function<std::optional<result<http_response>>(const http_call&)>;

  /// Answers as `answer` says; nothing is silence, until a `close_stream` ends it.
  static http_gateway::behavior_type fake_gateway(http_gateway::pointer self,
                                                  session_fixture* world) {
    return {[self, world](const http_call& call) {
              auto promise = self->make_response_promise<http_reply>();
              world->calls.push_back(call);
              if (auto value = world->answer(call))
                promise.deliver(http_reply{std::move(*value)});
              else
                world->silent.push_back(promise);
              return promise;
            },
            [](const open_stream&) {}, [](const stream_ack&) {},
            [world](const close_stream&) {
              for (auto& promise : std::exchange(world->silent, {}))
                promise.deliver(http_reply{response(200, "{}")});
            }};
  }

  std::chrono::milliseconds boot() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        scheduler.clock().current_time.time_since_epoch());
  }

  cloud_session start(cloud_session_deps deps = {}) {
    gateway = track(system.spawn(fake_gateway, this));
    deps.gateway = gateway;
    deps.wall = wall();
    deps.nonce = [this] { return "nonce" + std::to_string(++nonces); };
    return track(spawn_cloud_session(system, std::move(deps)));
  }

  static cloud_call token_call(std::string region = "cn-hangzhou") {
    return {aliyun::get_authorization_token("cri-1"), std::move(region),
            aliyun::credentials{"STS.id",
                                secret_string{std::string{"MARKsecret"}},
                                secret_string{std::string{"MARKtoken"}},
                                {}}};
  }

  result<secret_string> call(const cloud_session& session, cloud_call what = token_call()) {
    const auto reply = ask<cloud_reply>(session, std::move(what));
    BOOST_REQUIRE(reply.has_value());
    return reply->body;
  }

  result<std::string> region(const cloud_session& session) {
    const auto reply = ask<region_reply>(session, ask_region{});
    BOOST_REQUIRE(reply.has_value());
    return reply->region;
  }

  std::vector<std::string> hosts() const {
    std::vector<std::string> names;
    for (const auto& made : calls)
      names.push_back(host_of(made.request.url));
    return names;
  }

  std::string date_of(std::size_t index) const {
    return std::string{find_header(calls.at(index).request.headers, "x-acs-date")};
  }

  std::string date_header(std::chrono::milliseconds ahead = {}) const {
    return to_http_date(now() + ahead);
  }

  http_gateway gateway;
  network answer = [](const http_call&) { return response(200, R"({"IsSuccess":true})"); };
  std::vector<http_call> calls;
  std::vector<caf::typed_response_promise<http_reply>> silent;
  int nonces = 0;
};

using names = std::vector<std::string>;

} // namespace acr::testing
