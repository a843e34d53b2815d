/// The helper's cloud session over the simulated cloud: calls as the helper makes them, failures as
/// it explains them.
#pragma once

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/worker_role.hpp"
#include "protocol/aliyun/acr.hpp"
#include "protocol/aliyun/causes.hpp"
#include "protocol/aliyun/sts.hpp"
#include "runtime/aliyun/session.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/tools/cloudsim/cloud_fixture.hpp"
#include "tests/tools/cloudsim/token_maker.hpp"

namespace acr::testing {

struct explained_fixture : cloud_fixture {
  explained_fixture() {
    deps.endpoints.prefer_vpc = false;
    deps.wall = [this] { return wall; };
    deps.nonce = [this] { return nonce(); };
  }

  /// The HTTP gateway, and what stands between it and the cloud.
  static http_gateway::behavior_type carry(http_gateway::pointer, explained_fixture* world) {
    return {[world](const http_call& call) { return http_reply{world->carried(call.request)}; },
            [](const open_stream&) {}, [](const stream_ack&) {}, [](const close_stream&) {}};
  }

  result<http_response> carried(const http_request& sent) {
    const auto start = sent.url.find("://") + 3;
    const auto path = std::min(sent.url.find('/', start), sent.url.size());
    if (const auto broken = network.find(sent.url.substr(start, path - start));
        broken != network.end())
      return make_failure(broken->second, "http", "it went wrong");
    cloudsim::request from;
    from.method = sent.method;
    from.target = path == sent.url.size() ? "/" : sent.url.substr(path);
    from.headers = sent.headers;
    if (find_header(from.headers, "host").empty())
      from.headers.push_back({"Host", sent.url.substr(start, path - start)});
    if (!forwarded_for.empty())
      from.headers.push_back({"X-Forwarded-For", forwarded_for});
    from.body = sent.body;
    from.now = now;
    from.secure = sent.url.starts_with("https");
    if (repeated)
      cloud.handle(from);
    auto out = cloud.handle(from);
    if (out.keys) { // the issuer cannot be reached
      cloud.put_keys(out.keys->issuer, make_failure(errc::connect_failed, "", ""));
      from.keys_fetched = true;
      out = cloud.handle(from);
    }
    if (out.answer.how == cloudsim::fate::silence)
      return make_failure(errc::http_timeout, "http", "no answer");
    if (without_date)
      std::erase_if(out.answer.headers, [](const auto& h) { return h.name == "Date"; });
    return http_response{out.answer.status, out.answer.headers,
                         secret_string{std::string{out.answer.body}}};
  }

  /// A session of its own for each question: none knows what another has learned.
  template <class Reply, class Message>
  Reply ask_session(Message question) {
    auto with = deps;
    with.gateway = actors.track(actors.system.spawn(carry, this));
    const auto session = actors.track(spawn_cloud_session(actors.system, std::move(with)));
    const auto answer = actors.ask<Reply>(session, std::move(question));
    actors.kill_all();
    BOOST_REQUIRE(answer.has_value());
    return *answer;
  }

  failure refused(const aliyun::operation& what, const std::optional<aliyun::credentials>& signer,
                  const std::string& region = "cn-hangzhou") {
    const auto body = ask_session<cloud_reply>(cloud_call{what, region, signer}).body;
    BOOST_REQUIRE_MESSAGE(!body, "the call succeeded");
    return body.error();
  }
  secret_string answered(const aliyun::operation& what, const std::string& region) {
    return ask_session<cloud_reply>(cloud_call{what, region, key(puller)}).body.value();
  }

  failure region_refused() {
    const auto region = ask_session<region_reply>(ask_region{}).region;
    BOOST_REQUIRE_MESSAGE(!region, "the region is known");
    return region.error();
  }
  failure worker_role_refused() {
    auto with = deps;
    with.gateway = actors.track(actors.system.spawn(carry, this));
    worker_role_deps worker;
    worker.cloud = actors.track(spawn_cloud_session(actors.system, std::move(with)));
    worker.wall = deps.wall;
    const auto role = actors.track(spawn_worker_role(actors.system, std::move(worker)));
    const auto answer = actors.ask<credentials_obtained>(role, obtain_credentials{});
    actors.kill_all();
    BOOST_REQUIRE(answer.has_value());
    BOOST_REQUIRE_MESSAGE(!answer->value, "there are credentials");
    return answer->value.error();
  }

  static std::optional<aliyun::credentials> key(const std::string& id, const std::string& secret,
                                                const std::string& token = "") {
    return aliyun::credentials{id, secret_string{std::string{secret}},
                               secret_string{std::string{token}}, std::nullopt};
  }
  static std::optional<aliyun::credentials> key(const test_key& of) {
    return key(of.id, of.secret, of.token);
  }

  /// Replaces a part of the world.
  void change(const std::string& part, const std::string& by) {
    std::string text = test_world;
    const auto at = text.find(part);
    BOOST_REQUIRE(at != std::string::npos);
    cloud.replace_world(parse(text.replace(at, part.size(), by)));
  }
  void add(const std::string& part) {
    cloud.replace_world(parse(std::string{test_world} + part + "\n"));
  }
  void metadata(const std::string& settings) {
    change(R"({region: cn-hangzhou, role: "acs:ram::1000000000000001:role/same-account"})",
           "{" + settings + "}");
  }
  void fault(const std::string& text) {
    BOOST_REQUIRE_EQUAL(administer("POST", "/faults", text).status, 201);
  }

  actor_fixture actors;
  cloud_session_deps deps;
  wall_time wall = now;                ///< The clock of this machine; `now` is the cloud's.
  std::map<std::string, errc> network; ///< Hosts that cannot be reached.
  std::string forwarded_for;           ///< As a proxy adds it.
  bool repeated = false;               ///< Something on the way sends everything twice.
  bool without_date = false;           ///< Something on the way drops the Date of answers.
};

} // namespace acr::testing
