#define BOOST_TEST_MODULE diff
#include <boost/test/unit_test.hpp>

#include "config/diff.hpp"

using namespace acr::config;
using names = std::vector<std::string>;

namespace {

instance made(const std::string& id) {
  instance i;
  i.name = i.instance_id = id;
  i.domains = {id + ".example"};
  return i;
}

struct two_configurations {
  configuration before, after;

  two_configurations() {
    before.instances = {made("a"), made("b"), made("c")};
    after = before;
  }
  difference changes() const { return diff(&before, after); }
};

void equal(const names& left, const names& right) {
  BOOST_TEST(left == right, boost::test_tools::per_element());
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(diff_suite, two_configurations)

BOOST_AUTO_TEST_CASE(the_first_configuration_is_all_new) {
  const auto first = diff(nullptr, after);
  equal(first.fresh, {"a", "b", "c"});
  BOOST_TEST((first.threshold && first.scope && first.entries));
}

BOOST_AUTO_TEST_CASE(an_equal_one_changes_nothing) {
  after.instances[0].line = 17;
  BOOST_TEST(changes().empty());
  equal(changes().untouched, {"a", "b", "c"});
}

BOOST_AUTO_TEST_CASE(what_comes_and_what_goes_leaves_the_others_alone) {
  after.instances = {made("d"), made("b"), made("c")};
  equal(changes().gone, {"a"});
  equal(changes().fresh, {"d"});
  equal(changes().untouched, {"b", "c"});
  BOOST_TEST(changes().entries);
  BOOST_TEST((!changes().scope && !changes().threshold));
}

BOOST_AUTO_TEST_CASE(another_role_or_region_is_another_instance) {
  after.instances[0].chain.roles = {{"acs:ram::1:role/r", ""}};
  after.instances[1].region = "cn-beijing";
  equal(changes().fresh, {"a", "b"});
  equal(changes().untouched, {"c"});
  BOOST_TEST(!changes().entries); // the writer need not know
}

BOOST_AUTO_TEST_CASE(other_domains_keep_the_password) {
  after.instances[1].domains = {"other.example"};
  equal(changes().moved, {"b"});
  BOOST_TEST(changes().fresh.empty());
  BOOST_TEST(changes().entries);
}

BOOST_AUTO_TEST_CASE(other_domains_and_another_role_do_not) {
  after.instances[1].domains = {"other.example"};
  after.instances[1].chain.rrsa_role_arn = "acs:ram::1:role/r";
  equal(changes().fresh, {"b"});
  BOOST_TEST(changes().moved.empty());
}

BOOST_AUTO_TEST_CASE(another_order_matters_to_the_secrets_only) {
  std::swap(after.instances[0], after.instances[2]);
  equal(changes().untouched, {"c", "b", "a"});
  BOOST_TEST(changes().entries);
}

BOOST_AUTO_TEST_CASE(threshold_scope_and_email_touch_no_instance) {
  after.expiring_threshold = std::chrono::minutes{5};
  BOOST_TEST(changes().threshold);
  after.namespaces = {true, {}};
  BOOST_TEST(changes().scope);
  after.notify_email = "a@example.com";
  BOOST_TEST(changes().entries);
  equal(changes().untouched, {"a", "b", "c"});
}

BOOST_AUTO_TEST_CASE(other_accounts_are_another_scope) {
  after.service_accounts = {false, {"robot"}};
  BOOST_TEST(changes().scope);
  BOOST_TEST(!changes().entries);
}

BOOST_AUTO_TEST_SUITE_END()
