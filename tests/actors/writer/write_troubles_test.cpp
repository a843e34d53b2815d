#define BOOST_TEST_MODULE write_troubles
#include <boost/test/unit_test.hpp>

#include "actors/writer/write_troubles.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

failure because(const std::string& ns, errc code = errc::denied) {
  return make_failure(code, "apply secret " + ns + "/x", "");
}

using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(the_first_namespace_is_told_at_once_and_only_once) {
  write_troubles troubles;
  troubles.failed("a", because("a"), 0ms);
  const auto told = troubles.take(0ms);
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  BOOST_TEST(told[0].namespaces == 1U);
  BOOST_TEST(told[0].examples == names{"a"}, boost::test_tools::per_element());
  for (auto now = 1s; now < 60s; now += 1s) {
    troubles.failed("a", because("a"), now);
    BOOST_TEST(troubles.take(now).empty());
  }
  BOOST_TEST(!troubles.next());
}

BOOST_AUTO_TEST_CASE(a_thousand_namespaces_of_one_cause_are_two_lines) {
  write_troubles troubles;
  std::size_t lines = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto ns = "team-" + std::to_string(i);
    troubles.failed(ns, because(ns), 5ms);
    lines += troubles.take(5ms).size();
  }
  BOOST_TEST(lines == 1U);
  BOOST_TEST((troubles.next() == 5ms + write_troubles::told_every));
  BOOST_TEST(troubles.take(10s).empty());
  const auto told = troubles.take(11s);
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  BOOST_TEST(told[0].namespaces == 1000U);
  BOOST_TEST(told[0].examples == (names{"team-1", "team-2", "team-3"}),
             boost::test_tools::per_element());
  BOOST_TEST(!troubles.next());
}

BOOST_AUTO_TEST_CASE(each_cause_is_told_for_itself) {
  write_troubles troubles;
  troubles.failed("a", because("a"), 0ms);
  troubles.failed("b", because("b", errc::service_failed), 0ms);
  troubles.failed("c", make_failure(errc::denied, "link service account c/default", ""), 0ms);
  BOOST_TEST(troubles.take(0ms).size() == 3U);
}

BOOST_AUTO_TEST_CASE(another_cause_in_the_same_namespace_replaces_the_first) {
  write_troubles troubles;
  troubles.failed("a", because("a"), 0ms);
  troubles.take(0ms);
  troubles.failed("a", because("a", errc::service_failed), 1s);
  BOOST_TEST(troubles.take(1s).size() == 1U);
  BOOST_TEST(troubles.failing() == 1U);
  BOOST_TEST((troubles.since() == 0ms));
}

BOOST_AUTO_TEST_CASE(the_end_is_told_when_all_work_again) {
  write_troubles troubles;
  for (const auto* ns : {"a", "b"})
    troubles.failed(ns, because(ns), 0ms);
  troubles.take(0ms);
  BOOST_TEST(!troubles.over("a"));
  BOOST_TEST((troubles.over("b") == std::optional<std::size_t>{2}));
  BOOST_TEST(!troubles.over("b"));
  BOOST_TEST(!troubles.since());
}

BOOST_AUTO_TEST_CASE(what_was_never_told_has_no_end_to_tell) {
  write_troubles troubles;
  troubles.failed("a", because("a"), 0ms);
  BOOST_TEST(!troubles.over("a"));
  BOOST_TEST(troubles.take(1s).empty());
}

BOOST_AUTO_TEST_CASE(flapping_is_told_at_most_every_ten_seconds) {
  write_troubles troubles;
  std::size_t lines = 0;
  for (auto now = write_troubles::ms{0}; now < 60s; now += 100ms) {
    troubles.failed("a", because("a"), now);
    lines += troubles.take(now).size();
    troubles.over("a");
  }
  BOOST_TEST(lines == 6U);
}
