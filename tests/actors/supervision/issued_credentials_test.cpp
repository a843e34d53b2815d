#define BOOST_TEST_MODULE issued_credentials
#include <boost/test/unit_test.hpp>

#include "actors/supervision/issued_credentials.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

const wall_time start{1767323045000ms};

token_issued token(const std::string& name, const std::string& user = "user") {
  token_issued made;
  made.instance = name;
  made.value.user = user;
  made.value.expires_at = start + 1h;
  made.renew_at = start + 45min;
  return made;
}

config::instance instance(const std::string& name, const std::string& role = "") {
  config::instance made;
  made.name = made.instance_id = name;
  if (!role.empty())
    made.chain.roles = {{role, ""}};
  return made;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_last_one_of_each_instance_is_kept) {
  issued_credentials all;
  all.keep(token("a", "first"));
  all.keep(token("b"));
  all.keep(token("a", "second"));
  BOOST_TEST(all.copy_of("a")->value.user == "second");
  BOOST_TEST(all.all().size() == 2U);
  BOOST_TEST(!all.copy_of("c"));
  all.drop("a");
  BOOST_TEST(!all.find("a"));
}

BOOST_AUTO_TEST_CASE(an_instance_that_means_something_else_is_renewed_and_written_at_once) {
  issued_credentials all;
  all.keep(token("a"));
  all.outdate("a", start);
  BOOST_TEST((all.find("a")->renew_at == start));
  BOOST_TEST(all.keep(token("a")).at_once);
  BOOST_TEST(!all.keep(token("a")).at_once); // the first one only
}

BOOST_AUTO_TEST_CASE(who_has_none_waits_for_nothing) {
  issued_credentials all;
  all.outdate("a", start);
  BOOST_TEST(!all.keep(token("a")).at_once);
}

BOOST_AUTO_TEST_CASE(another_name_takes_everything_along) {
  issued_credentials all;
  all.keep(token("a"));
  all.outdate("a", start);
  all.rename("a", "a#1");
  BOOST_TEST(!all.find("a"));
  BOOST_TEST(all.find("a#1")->instance == "a#1");
  BOOST_TEST(all.keep(token("a#1")).at_once);
}

BOOST_AUTO_TEST_CASE(an_instance_that_returns_soon_finds_its_credential) {
  issued_credentials all;
  all.keep(token("a"));
  all.retire(instance("a"), 0s);
  BOOST_TEST(!all.find("a"));
  BOOST_TEST(all.revive(instance("a"), start, 10min - 1ms));
  BOOST_TEST((all.find("a")->renew_at == start + 45min));
  BOOST_TEST(!all.revive(instance("a"), start, 10min - 1ms)); // it is not there twice
}

BOOST_AUTO_TEST_CASE(an_instance_that_returns_with_another_role_does_not_get_it_back) {
  issued_credentials all;
  all.keep(token("a"));
  all.retire(instance("a", "acs:ram::1:role/x"), 0s);
  BOOST_TEST(!all.revive(instance("a", "acs:ram::1:role/y"), start, 1s));
}

BOOST_AUTO_TEST_CASE(one_that_returns_late_or_after_the_end_of_its_credential_does_not_either) {
  issued_credentials all;
  all.keep(token("a"));
  all.keep(token("b"));
  all.retire(instance("a"), 0s);
  all.retire(instance("b"), 0s);
  BOOST_TEST(!all.revive(instance("a"), start, 10min));
  BOOST_TEST(!all.revive(instance("b"), start + 1h, 1s));
}

// The credential at hand is of the role before.
BOOST_AUTO_TEST_CASE(an_instance_that_leaves_before_it_got_its_own_leaves_nothing) {
  issued_credentials all;
  all.keep(token("a"));
  all.outdate("a", start);
  all.retire(instance("a"), 0s);
  BOOST_TEST(!all.revive(instance("a"), start, 1s));
}

BOOST_AUTO_TEST_CASE(a_lost_lead_takes_all_of_it) {
  issued_credentials all;
  all.keep(token("a"));
  all.keep(token("b"));
  all.outdate("b", start);
  all.retire(instance("a"), 0s);
  all.forget_all();
  BOOST_TEST(all.all().empty());
  BOOST_TEST(!all.revive(instance("a"), start, 1s));
  BOOST_TEST(!all.keep(token("b")).at_once);
}
