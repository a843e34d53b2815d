#define BOOST_TEST_MODULE secret_writer_election
#include <boost/test/unit_test.hpp>

#include "tests/support/writer_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(with_an_election, writer_fixture)

BOOST_AUTO_TEST_CASE(nothing_is_written_unless_it_leads_and_all_is_known_when_it_does) {
  deps.elected = true;
  start();
  tell(expect_instances{{{"a", {}}}, ""});
  serve(2);
  issue();
  advance(1h);
  BOOST_TEST(writes().empty());
  issue();
  tell(leadership{mono() + 10s});
  BOOST_TEST(writes().size() == 4U);
}

BOOST_AUTO_TEST_CASE(no_write_begins_after_the_time_it_leads_until) {
  deps.elected = true;
  start();
  tell(expect_instances{{{"a", {}}}, ""});
  tell(leadership{mono() + 10s});
  serve(1);
  issue();
  BOOST_TEST(writes().size() == 2U);
  advance(10s);
  issue("other");
  advance(1min);
  BOOST_TEST(writes().size() == 2U);
  tell(leadership{mono() + 10s});
  BOOST_TEST(writes().size() == 3U);
  tell(leadership{});
  issue("third");
  BOOST_TEST(writes().size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_retry_waits_for_the_lead_too) {
  deps.elected = true;
  silent = true;
  start();
  tell(expect_instances{{{"a", {}}}, ""});
  tell(leadership{mono() + 10s});
  serve(1);
  issue();
  BOOST_TEST(writes() == (std::vector<std::string>{"PATCH sa team-0", "PATCH secret team-0"}),
             boost::test_tools::per_element());
  advance(10s);
  silent = false;
  advance(1min); // both are given up, and not tried again
  BOOST_TEST(writes().size() == 2U);
}

/// The lead may end between two steps of one handler: it asks before each.
BOOST_AUTO_TEST_CASE(a_lead_that_has_ended_already_begins_nothing_and_ends_the_handler) {
  deps.elected = true;
  start();
  tell(expect_instances{{{"a", {}}}, ""});
  serve(50);
  issue();
  tell(leadership{mono()});
  BOOST_TEST(writes().empty());
  tell(leadership{mono() + 10s});
  BOOST_TEST(writes().size() == 100U);
}

/// Another replica knows then what fits; this one has forgotten the credentials.
BOOST_AUTO_TEST_CASE(entries_left_out_are_reported_by_the_leader_alone) {
  std::vector<std::size_t> told;
  deps.elected = true;
  deps.report = reporter{[&told](fact what) {
    if (const auto* found = std::get_if<credentials_left_out>(&what))
      told.push_back(found->entries.size());
  }};
  start();
  expect_instances five;
  for (const auto* name : {"a", "b", "c", "d", "e"})
    five.instances.push_back({name, {}});
  const auto issue_all = [&] {
    for (const auto& one : five.instances)
      tell(token_issued{one.name,
                        {"user", secret_string{std::string_view{"p"}}, now() + 1h, {"x.example"}},
                        now() + 45min});
  };
  tell(five);
  issue_all();
  BOOST_TEST(told.empty());
  tell(leadership{mono() + 10s});
  BOOST_TEST(told == std::vector<std::size_t>{1}, boost::test_tools::per_element());
  tell(leadership{});
  auto forgetting = five;
  forgetting.forget = true;
  tell(forgetting);
  BOOST_TEST(told.size() == 1U); // it does not know whether they fit
  tell(leadership{mono() + 10s});
  issue_all();
  BOOST_TEST(told == (std::vector<std::size_t>{1, 1}), boost::test_tools::per_element());
  five.instances.pop_back();
  tell(five);
  BOOST_TEST(told == (std::vector<std::size_t>{1, 1, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
