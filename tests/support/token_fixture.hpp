/// One TokenActor in virtual time: its identity, its cloud and its sink are the test's.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/token_actor.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_cloud.hpp"

namespace acr::testing {

using namespace std::chrono_literals;

struct token_fixture : actor_fixture {
  struct seen {
    wall_time at;
    token_issued what;
  };

  token_fixture() {
    cloud.now = wall();
    cloud.on_call = [this](const cloud_call& m) { return answer(m); };
    deps.name = "cri-1";
    deps.instance_id = "cri-1";
    deps.domains = {"a.example"};
    deps.identity = track(system.spawn(fake_identity, &identity));
    deps.cloud = track(system.spawn(fake_cloud, &cloud));
    deps.sink = track(system.spawn(sink, this));
    deps.wall = wall();
    deps.seed = 42;
    deps.log =
        logger{[this](const log_record& r) { lines.emplace_back(r.event); }, log_level::info};
  }

  /// Passwords live as long as `lives` says; when it is empty the cloud is down.
  std::optional<result<secret_string>> answer(const cloud_call& m) {
    if (m.what.action == "ListInstanceEndpoint")
      return endpoints;
    if (silent)
      return std::nullopt;
    if (lives.empty())
      return make_failure(outage, "cr GetAuthorizationToken", "the cloud is down");
    const auto life = lives.front();
    lives.pop_front();
    return password_answer("p", now() + life);
  }

  token_actor start() { return track(spawn_token_actor(system, deps)); }

  static token_sink::behavior_type sink(token_sink::pointer, token_fixture* world) {
    return {[world](const token_issued& m) {
              world->issued.push_back({world->now(), m});
            },
            [world](const token_withdrawn&) { world->withdrawn.push_back(world->now()); }};
  }

  std::size_t passwords_asked() const { return cloud.count("GetAuthorizationToken"); }

  cloud_script cloud;
  identity_script identity;
  token_deps deps;
  std::deque<std::chrono::milliseconds> lives;
  errc outage = errc::connect_failed;
  bool silent = false;
  result<secret_string> endpoints = json_text(
      R"({"Code":"success","IsSuccess":true,"Endpoints":[)"
      R"({"EndpointType":"internet","Enable":true,"Domains":[{"Domain":"x.example","Type":"SYSTEM"}]},)"
      R"({"EndpointType":"vpc","Enable":true,"Domains":[{"Domain":"x-vpc.example","Type":"SYSTEM"}]}]})");
  std::vector<seen> issued;
  std::vector<wall_time> withdrawn;
  std::vector<std::string> lines;
};

} // namespace acr::testing
