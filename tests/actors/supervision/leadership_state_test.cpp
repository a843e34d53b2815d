#define BOOST_TEST_MODULE leadership_state
#include <boost/test/unit_test.hpp>

#include "actors/supervision/leadership_state.hpp"

using namespace acr;
using namespace std::chrono_literals;
using change = leadership_state::change;

namespace {

leadership_state elected() {
  leadership_state state;
  state.elect();
  return state;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_only_replica_leads_for_ever) {
  leadership_state state;
  BOOST_TEST(state.leads());
  BOOST_TEST(!state.until());
  BOOST_TEST((state.lapse(24h) == change::none));
  BOOST_TEST(state.leads());
}

BOOST_AUTO_TEST_CASE(one_of_several_stands_by_until_it_is_elected) {
  auto state = elected();
  BOOST_TEST(!state.leads());
  BOOST_TEST((state.hear({10s}, 1s) == change::gained));
  BOOST_TEST(state.leads());
  BOOST_TEST((state.until() == 10s));
  BOOST_TEST((state.current().until == 10s));
}

BOOST_AUTO_TEST_CASE(a_renewal_is_no_change) {
  auto state = elected();
  state.hear({10s}, 0s);
  BOOST_TEST((state.hear({14s}, 4s) == change::none));
  BOOST_TEST((state.lapse(10s) == change::none));
  BOOST_TEST((state.until() == 14s));
}

BOOST_AUTO_TEST_CASE(it_ends_when_it_is_said_and_when_its_time_is_over) {
  auto state = elected();
  state.hear({10s}, 0s);
  BOOST_TEST((state.hear({}, 1s) == change::lost));
  BOOST_TEST(!state.leads());
  state.hear({10s}, 2s);
  BOOST_TEST((state.lapse(10s - 1ms) == change::none));
  BOOST_TEST((state.lapse(10s) == change::lost));
  BOOST_TEST(!state.leads());
  BOOST_TEST(!state.until());
  BOOST_TEST(!state.current().until);
  BOOST_TEST((state.lapse(11s) == change::none)); // once
}

// A process that was frozen reads it late.
BOOST_AUTO_TEST_CASE(a_lead_that_is_over_when_it_is_heard_of_is_none) {
  auto state = elected();
  BOOST_TEST((state.hear({10s}, 10s) == change::none));
  BOOST_TEST(!state.leads());
}
