#define BOOST_TEST_MODULE watcher
#include <boost/test/unit_test.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "runtime/kubernetes/watcher.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

std::string line(const std::string& type, const std::string& name, const std::string& version) {
  return R"({"type":")" + type + R"(","object":{"metadata":{"name":")" + name +
         R"(","resourceVersion":")" + version + "\"}}}\n";
}

constexpr auto list_end =
    R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"10","annotations":{"k8s.io/initial-events-end":"true"}}}})"
    "\n";

struct watcher_fixture : testing::actor_fixture {
  watcher_fixture() {
    api = track(system.spawn(fake_api, this));
    owner = track(system.spawn(fake_owner, this));
  }
  // Whoever writes into the members below goes before them.
  ~watcher_fixture() { kill_all(); }
  watcher_fixture(const watcher_fixture&) = delete;
  watcher_fixture& operator=(const watcher_fixture&) = delete;

  watcher start() {
    watcher_deps deps;
    deps.api = api;
    deps.owner = owner;
    deps.id = watch_id{7};
    deps.seed = 1;
    return track(spawn_watcher(system, std::move(deps)));
  }

  /// Answers calls with `answers`, and is silent when there are none.
  static http_gateway::behavior_type fake_api(http_gateway::pointer self, watcher_fixture* world) {
    return {[self, world](const http_call& call) {
              world->calls.push_back(call);
              auto promise = self->make_response_promise<http_reply>();
              if (world->answers.empty())
                world->unanswered.push_back(promise);
              else
                promise.deliver(http_reply{std::exchange(world->answers, {}).front()});
              return promise;
            },
            [world](const open_stream& stream) { world->streams.push_back(stream); },
            [world](const stream_ack& ack) {
              world->acknowledged += ack.bytes;
              world->told_at_ack = world->told.size();
            },
            [world](const close_stream& end) { world->closed.push_back(end.id); }};
  }

  static watch_sink::behavior_type fake_owner(watch_sink::pointer, watcher_fixture* world) {
    return {[world](const watch_batch& batch) { world->told.push_back(batch); },
            [world](const watch_troubled& trouble) { world->troubles.push_back(trouble); },
            [world](const watch_recovered& recovery) { world->recoveries.push_back(recovery); }};
  }

  /// Leaves everything in its mailbox until `take_all`.
  // With an argument: without one, CAF 0.17 forms a reference to nothing, which the sanitizer
  // refuses.
  static caf::behavior slow_owner(caf::event_based_actor* self, watcher_fixture* /*world*/) {
    self->set_default_handler(caf::skip);
    return {[self](caf::ok_atom) {
      self->become([](const watch_batch&) {}, [](const watch_troubled&) {},
                   [](const watch_recovered&) {});
    }};
  }
  void own_slowly() {
    slow = track(system.spawn(slow_owner, this));
    owner = caf::actor_cast<watch_sink>(slow);
  }
  void take_all() {
    caf::anon_send(slow, caf::ok_atom::value);
    drain();
  }

  void say(const std::string& text) {
    caf::anon_send(streams.back().receiver,
                   stream_data{streams.back().id, secret_string{std::string_view{text}}});
    drain();
  }
  void open() {
    caf::anon_send(streams.back().receiver, stream_opened{streams.back().id});
    drain();
  }
  void end(std::optional<failure> reason = std::nullopt) {
    caf::anon_send(streams.back().receiver, stream_closed{streams.back().id, std::move(reason)});
    drain();
  }
  void refuse(int status) {
    caf::anon_send(streams.back().receiver,
                   stream_refused{streams.back().id, http_response{status, {}, {}}});
    drain();
  }

  http_gateway api;
  watch_sink owner;
  std::vector<http_call> calls;
  std::vector<http_response> answers;
  std::vector<caf::typed_response_promise<http_reply>> unanswered;
  std::vector<open_stream> streams;
  std::vector<stream_id> closed;
  caf::actor slow;
  std::size_t acknowledged = 0;
  std::size_t told_at_ack = 0;
  std::vector<watch_batch> told;
  std::vector<watch_troubled> troubles;
  std::vector<watch_recovered> recoveries;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(watcher_suite, watcher_fixture)

BOOST_AUTO_TEST_CASE(lists_and_watches_and_tells_its_owner) {
  start();
  BOOST_REQUIRE_EQUAL(streams.size(), 1U);
  BOOST_TEST((streams[0].limits.idle_timeout == 90s));
  open();
  const auto text = line("ADDED", "a", "3") + line("ADDED", "b", "4") + list_end;
  say(text);
  BOOST_REQUIRE_EQUAL(told.size(), 2U); // `init` when it opened, the rest with the read
  BOOST_TEST((told[0].id == watch_id{7}));
  BOOST_REQUIRE_EQUAL(told[1].events.size(), 3U);
  BOOST_TEST((told[1].events[2].kind == watch_event_kind::init_done));
  say(line("MODIFIED", "a", "11"));
  BOOST_REQUIRE_EQUAL(told.size(), 3U);
  BOOST_TEST((told[2].events.at(0).kind == watch_event_kind::apply));
  BOOST_TEST(kubernetes::meta_of(told[2].events.at(0).object).ref.name == "a");
}

BOOST_AUTO_TEST_CASE(acknowledges_each_read_after_its_owner_has_the_batch) {
  start();
  open();
  const auto text = line("ADDED", "a", "3");
  say(text);
  BOOST_TEST(acknowledged == text.size());
  BOOST_TEST(told_at_ack == 2U);
  say("{");
  BOOST_TEST(acknowledged == text.size() + 1);
}

BOOST_AUTO_TEST_CASE(resumes_a_broken_watch_after_the_backoff_and_not_before) {
  start();
  open();
  say(list_end);
  advance(10s);
  end(make_failure(errc::connection_lost, "", "cut"));
  advance(249ms);
  BOOST_TEST(streams.size() == 1U);
  advance(251ms);
  BOOST_REQUIRE_EQUAL(streams.size(), 2U);
  BOOST_TEST(streams[1].request.url.ends_with("&resourceVersion=10"));
  BOOST_TEST(troubles.empty());
}

BOOST_AUTO_TEST_CASE(tells_trouble_once_and_the_recovery) {
  start();
  refuse(503);
  BOOST_REQUIRE_EQUAL(troubles.size(), 1U);
  BOOST_TEST((troubles[0].id == watch_id{7}));
  BOOST_TEST((troubles[0].reason.code == errc::service_failed));
  answers = {{200, {}, secret_string{std::string_view{R"({"metadata":{"resourceVersion":"5"}})"}}}};
  advance(1s);
  BOOST_REQUIRE_EQUAL(recoveries.size(), 1U);
  BOOST_TEST(streams.back().request.url.ends_with("&resourceVersion=5"));
}

BOOST_AUTO_TEST_CASE(a_page_that_is_never_answered_is_given_up) {
  start();
  refuse(422);
  BOOST_REQUIRE_EQUAL(calls.size(), 1U);
  advance(34s);
  BOOST_TEST(troubles.empty());
  advance(2s);
  BOOST_REQUIRE_EQUAL(troubles.size(), 1U);
  BOOST_TEST((troubles[0].reason.code == errc::actor_down));
  BOOST_TEST(calls.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_gateway_that_is_silent_is_noticed) {
  start();
  advance(29s);
  BOOST_TEST(closed.empty());
  advance(1s);
  BOOST_REQUIRE_EQUAL(closed.size(), 1U);
  BOOST_TEST((closed[0] == streams[0].id));
  BOOST_TEST(troubles.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_idle_watch_costs_nothing_but_a_timer) {
  start();
  open();
  say(list_end);
  for (int minutes = 0; minutes < 60; ++minutes) {
    advance(1min);
    say(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"10"}}})"
        "\n");
  }
  BOOST_TEST(told.size() == 2U);
  BOOST_TEST(streams.size() == 1U);
  BOOST_TEST(calls.empty());
  BOOST_TEST(troubles.empty());
}

BOOST_AUTO_TEST_CASE(ends_with_its_owner) {
  auto handle = start();
  bool ended = false;
  auto observer = [](caf::event_based_actor* self, const watcher& whom, bool* out) {
    self->monitor(whom);
    self->set_down_handler([out](const caf::down_msg&) { *out = true; });
    self->delayed_send(self, 1h, caf::ok_atom::value);
    return caf::behavior{[](caf::ok_atom) {}};
  };
  track(system.spawn(observer, handle, &ended));
  BOOST_TEST(!ended);
  kill(owner);
  BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(stops_on_request) {
  auto handle = start();
  open();
  kill(handle);
  end(make_failure(errc::connection_lost, "", "cut"));
  advance(60s);
  BOOST_TEST(streams.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_owner_that_does_not_keep_up_holds_the_stream_back) {
  own_slowly();
  start();
  open();
  const auto text = line("ADDED", "a", "3");
  say(text);
  say(text);
  BOOST_TEST(acknowledged == 0U);
  take_all();
  BOOST_TEST(acknowledged == 2 * text.size());
  say("\n"); // nothing to take
  BOOST_TEST(acknowledged == 2 * text.size() + 1);
}

BOOST_AUTO_TEST_CASE(an_owner_that_does_not_keep_up_holds_the_next_page_back) {
  own_slowly();
  start();
  answers = {
      {200,
       {},
       secret_string{std::string_view{
           R"({"metadata":{"resourceVersion":"10","continue":"more"},"items":[{"metadata":{"name":"a","resourceVersion":"1"}}]})"}}}};
  refuse(400); // it knows no streaming lists
  BOOST_TEST(calls.size() == 1U);
  take_all();
  BOOST_TEST(calls.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
