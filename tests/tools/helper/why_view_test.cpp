#define BOOST_TEST_MODULE why_view
#include <boost/test/unit_test.hpp>

#include "tools/helper/why_view.hpp"

using namespace acr;
using namespace acr::helper;

BOOST_AUTO_TEST_CASE(what_is_excluded_comes_in_by_no_other_way) {
  const auto key = std::string{"watch-namespace"};
  BOOST_TEST(way_into({false, {"a"}}, key, "x") == "add x to watch-namespace, or set that to all");
  BOOST_TEST(way_into({false, {}, {"a-*"}, {"b"}}, key, "x") ==
             "add x to watch-namespace, or set that to all");
  BOOST_TEST(way_into({true, {}, {}, {"b", "x"}}, key, "x") == "take !x out of watch-namespace");
  BOOST_TEST(way_into({true, {}, {}, {"*x", "x", "y*"}}, key, "x") ==
             "take !*x and !x out of watch-namespace");
  BOOST_TEST(way_into({false, {}, {"a-*"}, {"x*"}}, key, "x") ==
             "take !x* out of watch-namespace, and add x to it");
}
