#define BOOST_TEST_MODULE observed_accounts
#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "actors/writer/observed_accounts.hpp"

using namespace acr;

namespace {

const std::string uid = "0a1b2c3d-0123-4567-89ab-0123456789ab";

kubernetes::service_account seen(std::vector<std::string> list, const std::string& its_uid = uid) {
  return {{{"team", "robot"}, its_uid, "7"}, std::move(list), true, false};
}

} // namespace

BOOST_AUTO_TEST_CASE(what_was_seen_of_an_account_comes_back) {
  observed_account record;
  record.see(seen({"a", "b"}));
  const auto back = record.object("team", "robot");
  BOOST_TEST(back.meta.ref.ns == "team");
  BOOST_TEST(back.meta.ref.name == "robot");
  BOOST_TEST(back.meta.uid == uid);
  BOOST_TEST(back.meta.resource_version == "7");
  BOOST_REQUIRE(back.pull_secrets);
  BOOST_TEST(*back.pull_secrets == (std::vector<std::string>{"a", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(back.managed_by_us);
  BOOST_TEST(record.holds("b"));
  BOOST_TEST(!record.holds("c"));
}

BOOST_AUTO_TEST_CASE(a_uid_that_is_no_uuid_is_not_kept) {
  observed_account record;
  record.see(seen({}, "uid-1"));
  BOOST_TEST(record.meta("team", "robot").uid.empty());
}

BOOST_AUTO_TEST_CASE(accounts_stand_in_the_order_of_their_names) {
  observed_accounts table;
  for (const auto* const name : {"robot", "default", "builder", "default"})
    table[name].see(seen({}));
  std::string names;
  for (const auto& [name, record] : table)
    names += name.get() + " ";
  BOOST_TEST(names == "builder default robot ");
  BOOST_TEST(table.contains("robot"));
  table.erase("robot");
  table.erase("robot");
  BOOST_TEST(!table.contains("robot"));
  BOOST_CHECK_THROW(table.at("robot"), std::out_of_range);
  table.erase_if([](const auto& item) { return item.first == "builder"; });
  BOOST_TEST(table.size() == 1U);
  BOOST_TEST(table.at("default").resource_version == "7");
}

BOOST_AUTO_TEST_CASE(lists_that_are_alike_are_kept_once) {
  observed_account a;
  observed_account b;
  a.see(seen({"x", "y"}));
  b.see(seen({"x", "y"}));
  BOOST_TEST(&a.pull_secrets.get() == &b.pull_secrets.get());
  b.see(seen({"x"}));
  BOOST_TEST(a.holds("y"));
}
