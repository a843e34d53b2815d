#define BOOST_TEST_MODULE page_walk
#include <boost/test/unit_test.hpp>

#include "runtime/kubernetes/page_walk.hpp"
#include "tests/support/print.hpp"

using namespace acr;
using namespace acr::kubernetes;

BOOST_AUTO_TEST_CASE(it_goes_from_token_to_token_until_there_is_none) {
  page_walk walk{"list secrets"};
  BOOST_TEST(!walk.done());
  BOOST_TEST(walk.token().empty());
  BOOST_TEST(!walk.took(500, "a"));
  BOOST_TEST(!walk.done());
  BOOST_TEST(walk.token() == "a");
  BOOST_TEST(!walk.took(3, ""));
  BOOST_TEST(walk.done());
}

BOOST_AUTO_TEST_CASE(an_empty_list_is_done_at_once) {
  page_walk walk{"list secrets"};
  BOOST_TEST(!walk.took(0, ""));
  BOOST_TEST(walk.done());
}

BOOST_AUTO_TEST_CASE(pages_halve_down_to_one_object_and_stay_where_they_are) {
  page_walk walk{"list secrets"};
  walk.took(500, "a");
  std::vector<int> limits;
  do
    limits.push_back(walk.limit());
  while (walk.shrink());
  BOOST_TEST(limits == (std::vector<int>{500, 250, 125, 62, 31, 15, 7, 3, 1}),
             boost::test_tools::per_element());
  BOOST_TEST(walk.token() == "a");
  BOOST_TEST(walk.limit() == 1);
}

BOOST_AUTO_TEST_CASE(a_token_that_comes_again_is_given_up) {
  page_walk walk{"list secrets"};
  BOOST_TEST(!walk.took(1, "a"));
  const auto problem = walk.took(1, "a");
  BOOST_REQUIRE(problem);
  BOOST_TEST(problem->code == errc::malformed_answer);
  BOOST_TEST(problem->step == "list secrets");
}

BOOST_AUTO_TEST_CASE(pages_without_objects_are_given_up_after_a_few) {
  page_walk walk{"list secrets"};
  int pages = 0;
  while (pages < 100 && !walk.took(0, "token " + std::to_string(pages)))
    ++pages;
  BOOST_TEST(pages == 9);
}

BOOST_AUTO_TEST_CASE(some_empty_pages_between_others_are_no_end) {
  page_walk walk{"list secrets"};
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(!walk.took(i % 5 == 0 ? 1 : 0, "token " + std::to_string(i)));
}

BOOST_AUTO_TEST_CASE(objects_without_end_are_given_up) {
  page_walk walk{"list secrets"};
  int pages = 0;
  while (pages < 100000 && !walk.took(500, "token " + std::to_string(pages)))
    ++pages;
  BOOST_TEST(pages == 1999);
}
