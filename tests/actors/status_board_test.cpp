#define BOOST_TEST_MODULE status_board
#include <boost/test/unit_test.hpp>

#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/status_board.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

struct board_fixture : testing::actor_fixture {
  board_fixture() { board = track(spawn_status_board(system, {wall(), {}})); }
  ~board_fixture() { kill_all(); } // actors that write into the members below end first
  board_fixture(const board_fixture&) = delete;
  board_fixture& operator=(const board_fixture&) = delete;

  static fact_sink::behavior_type listener(fact_sink::pointer, std::vector<fact>* heard) {
    return {[heard](const fact_reported& m) { heard->push_back(m.what); }};
  }
  void tell(fact what) {
    caf::anon_send(board, fact_reported{std::move(what)});
    drain();
  }
  helper_status state() {
    const auto reply = ask<status_reply>(board, ask_status{});
    BOOST_REQUIRE(reply.has_value());
    return reply->value;
  }

  status_board board;
  std::vector<fact> first;
  std::vector<fact> second;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(status_board_suite, board_fixture)

BOOST_AUTO_TEST_CASE(answers_with_what_was_reported_and_when_it_started) {
  const auto started = now();
  advance(1min);
  tell(part_died{"writing"});
  BOOST_TEST(state().deaths.at("writing") == 1U);
  BOOST_TEST((state().started_at == started));
  BOOST_TEST((state().happened.at(0).at == started + 1min));
}

BOOST_AUTO_TEST_CASE(followers_hear_every_fact_from_then_on_until_they_end) {
  const auto one = track(system.spawn(listener, &first));
  const auto other = track(system.spawn(listener, &second));
  tell(part_died{"writing"}); // nobody follows yet
  caf::anon_send(board, follow_facts{one});
  caf::anon_send(board, follow_facts{other});
  tell(credential_found{"cri-1", {}, {}, 0});
  tell(part_died{"config"});
  BOOST_REQUIRE_EQUAL(first.size(), 2U);
  BOOST_TEST(std::holds_alternative<credential_found>(first[0]));
  BOOST_TEST(second.size() == 2U);
  kill(one);
  tell(part_died{"config"});
  BOOST_TEST(first.size() == 2U);
  BOOST_TEST(second.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
