#define BOOST_TEST_MODULE write_failures
#include <boost/test/unit_test.hpp>

#include "actors/writer/write_failures.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

failure because(const std::string& ns, errc code = errc::denied) {
  return make_failure(code, "apply secret " + ns + "/x", "");
}

std::vector<std::string> names_of(const write_failures::report& due) {
  std::vector<std::string> names;
  for (const auto& key : due.examples)
    names.push_back(key.ns);
  return names;
}

using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(the_first_object_is_reported_at_once_and_only_once) {
  write_failures failures;
  failures.failed(secret_key("a", 0), because("a"), 0ms);
  const auto told = failures.take(0ms);
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  BOOST_TEST(told[0].namespaces == 1U);
  BOOST_TEST(names_of(told[0]) == names{"a"}, boost::test_tools::per_element());
  for (auto now = 1s; now < 60s; now += 1s) {
    failures.failed(secret_key("a", 0), because("a"), now);
    BOOST_TEST(failures.take(now).empty());
  }
  BOOST_TEST(!failures.next());
}

BOOST_AUTO_TEST_CASE(a_thousand_objects_of_one_cause_are_two_lines) {
  write_failures failures;
  std::size_t lines = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto ns = "team-" + std::to_string(i);
    failures.failed(secret_key(ns, 0), because(ns), 5ms);
    lines += failures.take(5ms).size();
  }
  BOOST_TEST(lines == 1U);
  BOOST_TEST((failures.next() == 5ms + write_failures::report_every));
  BOOST_TEST(failures.take(10s).empty());
  const auto told = failures.take(11s);
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  BOOST_TEST(told[0].namespaces == 1000U);
  BOOST_TEST(names_of(told[0]) == (names{"team-1", "team-2", "team-3"}),
             boost::test_tools::per_element());
  BOOST_TEST(!failures.next());
}

BOOST_AUTO_TEST_CASE(each_cause_is_reported_for_itself) {
  write_failures failures;
  failures.failed(secret_key("a", 0), because("a"), 0ms);
  failures.failed(secret_key("b", 0), because("b", errc::service_failed), 0ms);
  failures.failed(secret_key("c", 0),
                  make_failure(errc::denied, "link service account c/default", ""), 0ms);
  BOOST_TEST(failures.take(0ms).size() == 3U);
}

BOOST_AUTO_TEST_CASE(another_cause_of_the_same_object_replaces_the_first) {
  write_failures failures;
  failures.failed(secret_key("a", 0), because("a"), 0ms);
  failures.take(0ms);
  failures.failed(secret_key("a", 0), because("a", errc::service_failed), 1s);
  BOOST_TEST(failures.take(1s).size() == 1U);
  BOOST_TEST(failures.namespaces() == 1U);
  BOOST_TEST((failures.since() == 0ms));
}

BOOST_AUTO_TEST_CASE(the_end_is_reported_when_all_work_again) {
  write_failures failures;
  for (const auto* ns : {"a", "b"})
    failures.failed(secret_key(ns, 0), because(ns), 0ms);
  failures.take(0ms);
  BOOST_TEST(!failures.over(secret_key("a", 0)));
  BOOST_TEST((failures.over(secret_key("b", 0)) == std::optional<std::size_t>{2}));
  BOOST_TEST(!failures.over(secret_key("b", 0)));
  BOOST_TEST(!failures.since());
}

BOOST_AUTO_TEST_CASE(what_was_never_reported_has_no_end_to_report) {
  write_failures failures;
  failures.failed(secret_key("a", 0), because("a"), 0ms);
  BOOST_TEST(!failures.over(secret_key("a", 0)));
  BOOST_TEST(failures.take(1s).empty());
}

BOOST_AUTO_TEST_CASE(flapping_is_reported_at_most_every_ten_seconds) {
  write_failures failures;
  std::size_t lines = 0;
  for (auto now = write_failures::ms{0}; now < 60s; now += 100ms) {
    failures.failed(secret_key("a", 0), because("a"), now);
    lines += failures.take(now).size();
    failures.over(secret_key("a", 0));
  }
  BOOST_TEST(lines == 6U);
}

BOOST_AUTO_TEST_CASE(objects_of_one_namespace_fail_each_for_itself) {
  write_failures failures;
  failures.failed(account_key("a", "default"), because("a"), 0ms);
  failures.failed(secret_key("a", 0), because("a"), 0ms);
  const auto due = failures.take(0ms);
  BOOST_REQUIRE_EQUAL(due.size(), 1U);
  BOOST_TEST(due[0].objects == 2U);
  BOOST_TEST(due[0].namespaces == 1U);
  failures.over(secret_key("a", 0));
  BOOST_TEST(failures.failing_in("a"));
  BOOST_TEST(!failures.failing_in("b"));
  BOOST_TEST((failures.over_in("a") == std::optional<std::size_t>{1}));
}
