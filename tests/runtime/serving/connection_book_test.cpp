#define BOOST_TEST_MODULE connection_book
#include <boost/test/unit_test.hpp>

#include "runtime/serving/connection_book.hpp"

using acr::connection_book;

namespace {

connection_book::id ended(const connection_book::verdict& what) {
  BOOST_TEST(what.accepted);
  return what.ended.value_or(0);
}

} // namespace

BOOST_AUTO_TEST_CASE(up_to_the_limit_all_are_accepted) {
  connection_book book{{3, 2}};
  BOOST_TEST(ended(book.admit(1, "a")) == 0U);
  BOOST_TEST(ended(book.admit(2, "a")) == 0U);
  BOOST_TEST(ended(book.admit(3, "b")) == 0U);
  BOOST_TEST(book.size() == 3U);
}

BOOST_AUTO_TEST_CASE(one_too_many_of_a_peer_costs_that_peer_its_oldest) {
  connection_book book{{10, 2}};
  book.admit(1, "b");
  book.admit(2, "a");
  book.admit(3, "a");
  BOOST_TEST(ended(book.admit(4, "a")) == 2U);
  BOOST_TEST(ended(book.admit(5, "a")) == 3U);
  BOOST_TEST(book.size() == 3U);
}

BOOST_AUTO_TEST_CASE(one_too_many_of_all_costs_the_oldest) {
  connection_book book{{2, 2}};
  book.admit(1, "a");
  book.admit(2, "b");
  BOOST_TEST(ended(book.admit(3, "c")) == 1U);
}

BOOST_AUTO_TEST_CASE(who_is_at_work_is_never_ended) {
  connection_book book{{2, 2}};
  book.admit(1, "a");
  book.admit(2, "b");
  book.at_work(1);
  BOOST_TEST(ended(book.admit(3, "c")) == 2U);
  book.at_work(3);
  BOOST_TEST(!book.admit(4, "d").accepted);
  BOOST_TEST(book.size() == 2U);
  book.waited_for(1); // answered, and kept
  BOOST_TEST(ended(book.admit(5, "d")) == 1U);
  connection_book of_one{{9, 1}};
  of_one.admit(1, "a");
  of_one.at_work(1);
  BOOST_TEST(!of_one.admit(2, "a").accepted);
  BOOST_TEST(of_one.admit(3, "b").accepted);
}

BOOST_AUTO_TEST_CASE(who_goes_makes_room) {
  connection_book book{{2, 1}};
  book.admit(1, "a");
  book.admit(2, "b");
  book.gone(1);
  book.gone(1);
  book.gone(7);
  book.at_work(7);
  book.waited_for(7);
  BOOST_TEST(ended(book.admit(3, "a")) == 0U);
}
