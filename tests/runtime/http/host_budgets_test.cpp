#define BOOST_TEST_MODULE host_budgets
#include <boost/test/unit_test.hpp>

#include "runtime/http/host_budgets.hpp"

using namespace acr;

namespace {

using kind = host_budgets::kind;
using verdict = host_budgets::verdict;

transfer_id id(int number) { return transfer_id{static_cast<std::uint64_t>(number)}; }

budget_limits tiny() {
  budget_limits out;
  out.exchanges = 2;
  out.streams = 5;
  out.streams_alone = 3;
  out.opening = 2;
  return out;
}

struct budgets : host_budgets {
  budgets() : host_budgets{tiny()} {}
  bool begins(int number, kind what, const char* at = "a:443") {
    return ask(id(number), at, what) == verdict::begin;
  }
  std::vector<int> ready() {
    std::vector<int> out;
    for (const auto one : take_ready())
      out.push_back(static_cast<int>(one));
    return out;
  }
};

using numbers = std::vector<int>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(host_budgets_suite, budgets)

BOOST_AUTO_TEST_CASE(exchanges_beyond_the_budget_wait_in_order) {
  BOOST_TEST(begins(1, kind::exchange));
  BOOST_TEST(begins(2, kind::exchange));
  BOOST_TEST((ask(id(3), "a:443", kind::exchange) == verdict::wait));
  BOOST_TEST((ask(id(4), "a:443", kind::exchange) == verdict::wait));
  BOOST_TEST(ready().empty());
  end(id(2));
  BOOST_TEST(ready() == numbers{3});
  BOOST_TEST(ready().empty());
  BOOST_TEST(under_way("a:443", kind::exchange) == 2U);
  BOOST_TEST((ask(id(5), "a:443", kind::exchange) == verdict::wait)); // not past the fourth
  end(id(1));
  end(id(3));
  BOOST_TEST(ready() == (numbers{4, 5}));
}

BOOST_AUTO_TEST_CASE(neither_kind_takes_from_the_other_nor_one_server_from_another) {
  BOOST_TEST(begins(1, kind::exchange));
  BOOST_TEST(begins(2, kind::exchange));
  BOOST_TEST(begins(3, kind::stream));
  BOOST_TEST(begins(4, kind::stream));
  BOOST_TEST(begins(5, kind::exchange, "b:443"));
  BOOST_TEST(begins(6, kind::stream, "b:443"));
}

BOOST_AUTO_TEST_CASE(streams_open_a_few_at_a_time) {
  BOOST_TEST(begins(1, kind::stream));
  BOOST_TEST(begins(2, kind::stream));
  BOOST_TEST((ask(id(3), "a:443", kind::stream) == verdict::wait));
  opened(id(1));
  BOOST_TEST(ready() == numbers{3});
  opened(id(1)); // once only
  BOOST_TEST(ready().empty());
}

BOOST_AUTO_TEST_CASE(a_stream_that_ends_before_it_opens_makes_room) {
  begins(1, kind::stream);
  begins(2, kind::stream);
  ask(id(3), "a:443", kind::stream);
  end(id(1));
  BOOST_TEST(ready() == numbers{3});
}

BOOST_AUTO_TEST_CASE(streams_with_a_connection_each_wait_for_one) {
  for (int i = 1; i <= 3; ++i) {
    BOOST_TEST(begins(i, kind::stream));
    opened(id(i));
  }
  BOOST_TEST((ask(id(4), "a:443", kind::stream) == verdict::wait));
  end(id(2));
  BOOST_TEST(ready() == numbers{4});
}

BOOST_AUTO_TEST_CASE(streams_that_share_a_connection_need_not_wait) {
  for (int i = 1; i <= 3; ++i) {
    begins(i, kind::stream);
    opened(id(i));
  }
  ask(id(4), "a:443", kind::stream);
  multiplexes("a:443");
  BOOST_TEST(ready() == numbers{4});
  BOOST_TEST(begins(5, kind::stream));
}

BOOST_AUTO_TEST_CASE(streams_beyond_all_bounds_are_refused) {
  for (int i = 1; i <= 5; ++i)
    BOOST_TEST((ask(id(i), "a:443", kind::stream) != verdict::refuse));
  BOOST_TEST((ask(id(6), "a:443", kind::stream) == verdict::refuse));
  end(id(5)); // one that waits
  BOOST_TEST((ask(id(7), "a:443", kind::stream) == verdict::wait));
}

BOOST_AUTO_TEST_CASE(who_waits_can_be_withdrawn_also_when_its_turn_has_come) {
  begins(1, kind::exchange);
  begins(2, kind::exchange);
  for (int i = 3; i <= 5; ++i)
    ask(id(i), "a:443", kind::exchange);
  end(id(4));
  end(id(1));
  end(id(3)); // ready, and gone before it began
  BOOST_TEST(ready() == numbers{5});
  end(id(99));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(what_a_process_may_open_bounds_the_budgets) {
  const budget_limits wanted;
  const auto same = fit_into(wanted, 16384);
  BOOST_TEST(same.exchanges == wanted.exchanges);
  BOOST_TEST(same.streams_alone == wanted.streams_alone);
  for (const std::size_t files : {16U, 24U, 64U, 256U, 1024U, 2048U}) {
    const auto fits = fit_into(wanted, files);
    BOOST_TEST(fits.exchanges >= 1U);
    BOOST_TEST(fits.streams_alone >= 1U);
    BOOST_TEST(fits.exchanges + fits.streams_alone < files);
    BOOST_TEST(fits.streams == wanted.streams);
  }
  BOOST_TEST(fit_into(wanted, 1024).streams_alone >= 2 * 300U);
}
