/// One actor system under a deterministic scheduler: time moves only when a test says so.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include "protocol/time.hpp"

namespace acr::testing {

struct deterministic_config : caf::actor_system_config {
  deterministic_config() { set("scheduler.policy", caf::atom("testing")); }
};

/// Base of actor tests. Whatever a test spawns goes through `track`: an actor that is left with a
/// timer would keep the system alive for ever.
struct actor_fixture {
  actor_fixture() { scheduler.clock().current_time += std::chrono::hours{1}; }
  actor_fixture(const actor_fixture&) = delete;
  actor_fixture& operator=(const actor_fixture&) = delete;

  ~actor_fixture() {
    kill_all();
    while (scheduler.clock().trigger_timeout())
      scheduler.run();
  }

  template <class Handle>
  Handle track(Handle handle) {
    tracked.push_back(caf::actor_cast<caf::strong_actor_ptr>(handle));
    scheduler.run();
    return handle;
  }

  template <class Handle>
  void kill(const Handle& handle) {
    caf::anon_send_exit(handle, caf::exit_reason::kill);
    scheduler.run();
  }

  void kill_all() {
    for (auto& actor : std::exchange(tracked, {}))
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    scheduler.run();
  }

  /// Delivers messages until none is left; time stands still.
  void drain() { scheduler.run(); }

  /// Lets `span` pass, firing each timer at its own moment.
  void advance(std::chrono::milliseconds span) {
    auto& clock = scheduler.clock();
    const auto target = clock.current_time + span;
    scheduler.run();
    while (!clock.schedule().empty() && clock.schedule().begin()->first <= target) {
      clock.trigger_timeout();
      scheduler.run();
    }
    clock.current_time = target;
  }

  /// Wall time: 2026-01-01T00:00:00Z plus the virtual time, plus whatever a test adds.
  wall_time now() const {
    constexpr wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    return start + wall_offset +
           std::chrono::duration_cast<std::chrono::milliseconds>(
               scheduler.clock().current_time.time_since_epoch()) -
           std::chrono::hours{1};
  }
  wall_clock wall() {
    return [this] { return now(); };
  }

  /// The monotonic time, as actors see it.
  std::chrono::milliseconds mono() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        scheduler.clock().current_time.time_since_epoch());
  }

  /// Asks and delivers all messages at hand; nothing if there is no answer yet.
  template <class Reply, class Handle, class Message>
  std::optional<Reply> ask(const Handle& whom, Message message) {
    // Shared: an answer may come after the asking.
    const auto answer = std::make_shared<std::optional<Reply>>();
    system.spawn(
        [](caf::event_based_actor* self, Handle to, Message text,
           const std::shared_ptr<std::optional<Reply>>& out) {
          self->request(to, std::chrono::minutes{60}, std::move(text))
              .then([out](const Reply& reply) { *out = reply; }, [](caf::error&) {});
        },
        whom, std::move(message), answer);
    scheduler.run();
    return *answer;
  }

  deterministic_config config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  std::vector<caf::strong_actor_ptr> tracked;
  std::chrono::milliseconds wall_offset{};
};

} // namespace acr::testing
