#define BOOST_TEST_MODULE write_spreading
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "actors/writer/write_spreading.hpp"
#include "tests/support/writer_world.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

std::vector<std::chrono::milliseconds> turns(std::size_t count, std::chrono::milliseconds left) {
  std::vector<std::chrono::milliseconds> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back(turn_of("team-" + std::to_string(i), count, left));
  std::sort(all.begin(), all.end());
  return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(turns_are_spread_evenly) {
  const auto all = turns(1000, 1h);
  BOOST_TEST(all.front().count() >= 0);
  BOOST_TEST((all.back() < 200s));
  for (std::size_t tenth = 0; tenth < 10; ++tenth) {
    const auto from = 20s * static_cast<int>(tenth);
    const auto in_it =
        std::count_if(all.begin(), all.end(), [&](auto t) { return t >= from && t < from + 20s; });
    BOOST_TEST(in_it > 60);
    BOOST_TEST(in_it < 140);
  }
}

BOOST_AUTO_TEST_CASE(many_are_done_within_a_quarter_of_what_is_left) {
  BOOST_TEST((turns(100'000, 16min).back() < 4min));
  BOOST_TEST((turns(100'000, 16min).back() > 3min));
  BOOST_TEST((turns(1000, 0ms).back() == 0ms));
  BOOST_TEST((turns(1000, -1h).back() == 0ms));
}

BOOST_AUTO_TEST_CASE(waiting_leaves_more_than_half_of_what_is_left) {
  for (const std::chrono::milliseconds left : {-1h, 0h, 1h})
    BOOST_TEST((round_wait(left) + answer_wait(left) + turns(1000, left).back() <=
                std::max<std::chrono::milliseconds>(left, 0ms) / 2));
  BOOST_TEST((answer_wait(15min) == 10s));
  BOOST_TEST((round_wait(12min) == 2min));
}

BOOST_AUTO_TEST_CASE(everyone_keeps_its_place) {
  BOOST_TEST((turn_of("a", 1000, 1h) == turn_of("a", 1000, 1h)));
  BOOST_TEST((turn_of("a", 1000, 1h) != turn_of("b", 1000, 1h)));
}

namespace {

using kind = action::kind;
using steps = std::vector<kind>;

struct hundred_namespaces : writer_world {
  hundred_namespaces() {
    list_secrets();
    issue("a");
    issue("b");
    for (int i = 0; i < 100; ++i) {
      serve(name(i));
      settle(name(i));
    }
    renewed.instance = "a";
    renewed.value = {
        "cr_temp_user", secret_string{std::string_view{"new"}}, start + 3h, {"a.example"}};
    renewed.renew_at = start + 165min;
  }
  static std::string name(int i) { return "team-" + std::to_string(i); }
  int written() {
    int count = 0;
    for (int i = 0; i < 100; ++i)
      count += settle(name(i)) == steps{kind::apply} ? 1 : 0;
    return count;
  }

  token_issued renewed;
  std::chrono::milliseconds span = 100 * write_every; ///< Within that all are written.
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_renewal, hundred_namespaces)

BOOST_AUTO_TEST_CASE(renews_one_namespace_after_the_other) {
  issue(renewed);
  const auto at_once = written();
  BOOST_TEST(at_once < 10);
  mono += span / 2;
  const auto half = at_once + written();
  BOOST_TEST(half > 25);
  BOOST_TEST(half < 75);
  mono += span / 2;
  BOOST_TEST(half + written() == 100);
  mono += 1h;
  BOOST_TEST(written() == 0);
}

BOOST_AUTO_TEST_CASE(tells_when_it_is_a_namespaces_turn) {
  issue(renewed);
  int waiting = 0;
  for (int i = 0; i < 100; ++i)
    if (next(name(i)).what == kind::none) {
      ++waiting;
      BOOST_TEST((revisit.value() - now().wall <= span));
    }
  BOOST_TEST(waiting > 90);
}

BOOST_AUTO_TEST_CASE(a_waiting_namespace_is_not_put_off_when_another_instance_is_renewed) {
  issue(renewed);
  mono += span / 2;
  BOOST_TEST(written() < 75);
  renewed.instance = "b";
  renewed.value.domains = {"b.example"};
  issue(renewed);
  mono += span / 2;
  BOOST_TEST(written() == 100); // those that had been written are again, in turn
  mono += span;
  BOOST_TEST(written() == 0);
}

BOOST_AUTO_TEST_CASE(waits_for_the_others_of_the_same_round) {
  mono = 105min - 1min; // both are due soon
  issue(renewed);
  mono += span;
  BOOST_TEST(written() == 0);
  renewed.instance = "b";
  renewed.value.domains = {"b.example"};
  issue(renewed);
  mono += 1min + answer_wait(16min);
  BOOST_TEST(written() == 100); // once, for both
  mono += 1h;
  BOOST_TEST(written() == 0);
}

BOOST_AUTO_TEST_CASE(waits_for_an_answer_that_is_under_way) {
  mono = 105min + 1s; // the other one was due a second ago
  issue(renewed);
  mono += answer_wait(15min) - 2s;
  BOOST_TEST(written() == 0);
  renewed.instance = "b";
  renewed.value.domains = {"b.example"};
  issue(renewed);
  mono += span;
  BOOST_TEST(written() == 100);
}

BOOST_AUTO_TEST_CASE(does_not_wait_for_one_that_does_not_come) {
  mono = 105min - 1min;
  issue(renewed);
  mono += 1min + answer_wait(16min) - 1ms;
  BOOST_TEST(written() < 10);
  mono += 1ms + span;
  BOOST_TEST(written() > 90);
}

BOOST_AUTO_TEST_CASE(does_not_wait_for_one_that_is_due_much_later) {
  mono = 105min - 18min / 6 - 1min;
  issue(renewed);
  mono += span;
  BOOST_TEST(written() == 100);
}

BOOST_AUTO_TEST_CASE(writes_at_once_what_someone_waits_for) {
  renewed.at_once = true;
  issue(renewed);
  mono += desired_state::quiet_time;
  BOOST_TEST(written() == 100);
}

BOOST_AUTO_TEST_CASE(writes_at_once_where_logins_change) {
  renewed.value.domains.emplace_back("another.example");
  issue(renewed);
  mono += desired_state::quiet_time;
  BOOST_TEST(written() == 100);
  renewed.value.user = "another";
  issue(renewed);
  mono += desired_state::quiet_time;
  BOOST_TEST(written() == 100);
}

BOOST_AUTO_TEST_CASE(writes_at_once_what_was_withdrawn_or_is_missing_or_changed) {
  observed.secret(0, {watch_event_kind::remove, shown(name(1), 5000)});
  auto edited = shown(name(2), 5001);
  edited.docker_config = {};
  observed.secret(0, {watch_event_kind::apply, edited});
  version = 6000;
  issue(renewed);
  BOOST_TEST((settle(name(1)) == steps{kind::apply}));
  BOOST_TEST((settle(name(2)) == steps{kind::apply}));
  desired.withdraw("a");
  BOOST_TEST(written() == 100);
  renewed.value.expires_at += 1h;
  issue(renewed);
  mono += desired_state::quiet_time;
  BOOST_TEST(written() == 100);
}

BOOST_AUTO_TEST_CASE(goes_on_waiting_when_a_list_shows_it_again) {
  std::vector<kubernetes::secret> all;
  for (int i = 0; i < 100; ++i)
    all.push_back(shown(name(i), 9000 + i));
  issue(renewed);
  list_secrets(all);
  version = 10'000;
  BOOST_TEST(written() < 10);
}

BOOST_AUTO_TEST_SUITE_END()
