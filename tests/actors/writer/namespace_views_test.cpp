#define BOOST_TEST_MODULE namespace_views
#include <boost/test/unit_test.hpp>

#include "actors/writer/namespace_views.hpp"
#include "tests/support/writer_world.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

struct viewed : writer_world {
  viewed() {
    list_secrets();
    for (const auto* ns : {"team-a", "team-b", "other"})
      serve(ns);
  }
  void link_all_but(const std::string& left) {
    issue("a");
    issue("b");
    for (const auto* ns : {"team-a", "team-b", "other"})
      if (ns != left) {
        settle(ns);
        observed.find(ns)->synced = true;
      }
  }
  namespaces_reply ask(const std::string& part = "", std::size_t most = 50) const {
    return views_of(observed, failures, {part, most});
  }
  static std::vector<std::string> names(const namespaces_reply& answer) {
    std::vector<std::string> out;
    out.reserve(answer.some.size());
    for (const auto& one : answer.some)
      out.push_back(one.name);
    return out;
  }
  write_failures failures;
};

using list_of = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(views, viewed)

BOOST_AUTO_TEST_CASE(all_are_listed_by_name_and_those_that_wait_come_first) {
  link_all_but("team-b");
  const auto all = ask();
  BOOST_TEST(names(all) == (list_of{"team-b", "other", "team-a"}),
             boost::test_tools::per_element());
  BOOST_TEST((all.some[0].state == namespace_state::waiting));
  BOOST_TEST(all.some[0].linked == 0U);
  BOOST_TEST(all.some[0].unlinked == (list_of{"default"}), boost::test_tools::per_element());
  BOOST_TEST((all.some[1].state == namespace_state::served));
  BOOST_TEST(all.some[1].accounts == 1U);
  BOOST_TEST(all.some[1].linked == 1U);
}

BOOST_AUTO_TEST_CASE(a_namespace_whose_secret_was_deleted_is_not_served) {
  link_all_but("");
  observed.find("team-a")->secrets[0].reset();
  const auto all = ask("team-a");
  BOOST_TEST((all.some[0].state == namespace_state::waiting));
}

// What may not stay there goes at once, and its successor is still being fetched.
BOOST_AUTO_TEST_CASE(a_namespace_whose_credentials_went_elsewhere_is_not_served) {
  link_all_but("");
  const selection elsewhere{false, {"other"}};
  desired.expect({{{"a", {}, elsewhere}, {"b", {}, elsewhere}, {"c", {}}}, ""});
  settle("team-a");
  BOOST_TEST(document("team-a") == R"({"auths":{}})");
  BOOST_TEST((ask("team-a").some[0].state == namespace_state::waiting));
  issue("c");
  mono += 1min;
  settle("team-a");
  BOOST_TEST((ask("team-a").some[0].state == namespace_state::served));
}

// With `--on-expiry=remove` it is as it should be.
BOOST_AUTO_TEST_CASE(a_namespace_whose_credentials_have_ended_is_served) {
  desired = desired_state{{}, on_expiry::remove};
  desired.expect({{{"a", {}}, {"b", {}}}, ""});
  link_all_but("");
  mono += 3h;
  desired.expire(start + mono);
  settle("team-a");
  BOOST_TEST(document("team-a") == R"({"auths":{}})");
  BOOST_TEST((ask("team-a").some[0].state == namespace_state::served));
}

BOOST_AUTO_TEST_CASE(a_part_of_a_name_finds_namespaces_and_accounts) {
  BOOST_TEST(names(ask("team")) == (list_of{"team-a", "team-b"}), boost::test_tools::per_element());
  BOOST_TEST(ask("faul").matching == 3U); // the account "default"
  BOOST_TEST(ask("nobody").matching == 0U);
}

BOOST_AUTO_TEST_CASE(no_more_are_listed_than_wanted_but_all_are_counted) {
  const auto few = ask("", 2);
  BOOST_TEST(few.some.size() == 2U);
  BOOST_TEST(few.matching == 3U);
}

BOOST_AUTO_TEST_CASE(they_are_listed_page_by_page_in_one_order) {
  list_of all;
  for (std::size_t first = 0; first < 5; first += 2)
    for (const auto& name : names(views_of(observed, failures, {"", 2, first})))
      all.push_back(name);
  BOOST_TEST(all == names(ask()), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(trouble_is_reported_with_its_reason) {
  link_all_but("");
  failures.failed(secret_key("team-b", 0),
                  make_failure(errc::denied, "apply secret team-b/x", "no right"), 1h);
  auto secret = shown("other", 900);
  secret.managed_by_us = false;
  secret.labels.clear();
  observed.secret(0, {watch_event_kind::apply, secret});
  const auto all = ask();
  BOOST_TEST(names(all) == (list_of{"team-b", "other", "team-a"}),
             boost::test_tools::per_element());
  BOOST_TEST((all.some[0].state == namespace_state::failing));
  BOOST_TEST(all.some[0].reason.find("no right") != std::string::npos);
  BOOST_TEST((all.some[1].state == namespace_state::foreign));
  BOOST_TEST(all.some[1].reason.find(ours) != std::string::npos);
  failures.over(secret_key("team-b", 0));
  BOOST_TEST((ask("team-b").some[0].state == namespace_state::served));
}

BOOST_AUTO_TEST_CASE(what_leaves_is_listed_until_it_is_gone) {
  link_all_but("");
  scope(namespace_left{"other"});
  BOOST_TEST((ask("other").some[0].state == namespace_state::leaving));
  observed.forget("other");
  BOOST_TEST(ask("other").matching == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
