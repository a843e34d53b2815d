#define BOOST_TEST_MODULE admission_desk
#include <boost/test/unit_test.hpp>

#include "actors/admission/admission_desk.hpp"

using namespace acr;

BOOST_AUTO_TEST_CASE(what_two_actors_watch_is_kept_side_by_side) {
  admission_desk desk;
  desk.publish_foreign({{"team-a", "x"}});
  kubernetes::admission_exceptions watched;
  watched.excluded = {"team-b"};
  desk.publish(watched);
  BOOST_TEST(desk.exceptions()->foreign.size() == 1U);
  desk.publish_foreign({});
  BOOST_TEST(desk.exceptions()->foreign.empty());
  BOOST_TEST(desk.exceptions()->excluded.contains("team-b"));
}
