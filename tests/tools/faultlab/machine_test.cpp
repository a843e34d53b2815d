#define BOOST_TEST_MODULE faultlab_machine
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "runtime/clock/monotonic.hpp"
#include "tools/faultlab/stage/machine.hpp"

using namespace acr;
using namespace acr::faultlab;
using namespace std::chrono_literals;

namespace {

struct lab {
  machine on;
  std::function<void(caf::event_based_actor&)> handler;
  // With an argument: without one, CAF 0.17 forms a reference to nothing, which the sanitizer
  // refuses.
  caf::actor worker = on.system().spawn(
      [](caf::event_based_actor* self, lab* world) -> caf::behavior {
        return {[world, self](int) { world->handler(*self); }};
      },
      this);

  ~lab() { caf::anon_send_exit(worker, caf::exit_reason::kill); }

  void work() {
    caf::anon_send(worker, 1);
    on.deliver();
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(time_stands_still_in_a_handler_that_is_not_held_up) {
  lab one;
  std::chrono::milliseconds passed{-1};
  one.handler = [&](caf::event_based_actor& self) {
    const auto before = monotonic(self);
    passed = monotonic(self) - before;
  };
  one.work();
  BOOST_TEST((passed == 0ms));
}

BOOST_AUTO_TEST_CASE(a_handler_is_held_up_where_it_reads_the_clock_for_the_wished_time) {
  lab one;
  std::vector<std::chrono::milliseconds> seen;
  one.handler = [&](caf::event_based_actor& self) {
    for (int i = 0; i < 4; ++i)
      seen.push_back(monotonic(self));
  };
  one.on.stall(caf::actor_cast<caf::strong_actor_ptr>(one.worker), 3, 20s);
  one.work();
  BOOST_REQUIRE(seen.size() == 4U);
  BOOST_TEST((seen[1] == seen[0]));
  BOOST_TEST((seen[2] - seen[1] == 20s));
  BOOST_TEST((seen[3] == seen[2]));
  BOOST_TEST((one.on.elapsed() == 20s));
  one.work(); // once
  BOOST_TEST((one.on.elapsed() == 20s));
}

BOOST_AUTO_TEST_CASE(another_actor_is_not_held_up) {
  lab one;
  one.handler = [](caf::event_based_actor&) {};
  std::chrono::milliseconds seen{};
  const auto other = one.on.system().spawn(
      [](caf::event_based_actor* self, std::chrono::milliseconds* when) -> caf::behavior {
        return {[when, self](int) { *when = monotonic(*self); }};
      },
      &seen);
  one.on.stall(caf::actor_cast<caf::strong_actor_ptr>(one.worker), 1, 20s);
  caf::anon_send(other, 1);
  one.on.deliver();
  BOOST_TEST((one.on.elapsed() == 0ms));
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(a_handler_that_reads_the_clock_without_end_is_reported) {
  lab one;
  bool stop = false;
  std::string who;
  one.on.on_runaway = [&](const std::string& actor) {
    who = actor;
    stop = true; // in the lab, the process ends
  };
  std::size_t rounds = 0;
  one.handler = [&](caf::event_based_actor& self) {
    for (; !stop && rounds < 2 * virtual_clock::most_readings; ++rounds)
      monotonic(self);
  };
  one.work();
  BOOST_TEST(stop);
  BOOST_TEST(!who.empty());
  BOOST_TEST(rounds < virtual_clock::most_readings + 2);
}
