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

BOOST_AUTO_TEST_CASE(other_domains_and_another_role_need_a_new_password) {
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

// Names of entries of one instance come with their number.

namespace {

instance entry(const std::string& name, const std::string& role) {
  auto made_one = made("cri-1");
  made_one.name = name;
  made_one.chain.roles = {{role, ""}};
  return made_one;
}

using renamings = std::vector<renaming>;

} // namespace

BOOST_AUTO_TEST_CASE(an_entry_that_stays_alone_goes_on_under_its_new_name) {
  before.instances = {entry("cri-1#x", "x"), entry("cri-1#y", "y")};
  after.instances = {entry("cri-1", "y")};
  equal(changes().gone, {"cri-1#x"});
  BOOST_TEST((changes().renamed == renamings{{"cri-1#y", "cri-1"}}));
  equal(changes().untouched, {"cri-1"});
  BOOST_TEST(changes().fresh.empty());
  BOOST_TEST(changes().entries);
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_joined_goes_on_wherever_the_other_one_stands) {
  before.instances = {entry("cri-1", "y")};
  after.instances = {entry("cri-1#x", "x"), entry("cri-1#y", "y")};
  BOOST_TEST((changes().renamed == renamings{{"cri-1", "cri-1#y"}}));
  equal(changes().untouched, {"cri-1#y"});
  equal(changes().fresh, {"cri-1#x"});
  BOOST_TEST(changes().gone.empty());
}

BOOST_AUTO_TEST_CASE(an_entry_may_change_its_domains_with_its_name) {
  before.instances = {entry("cri-1#x", "x"), entry("cri-1#y", "y")};
  after.instances = {entry("cri-1", "y")};
  after.instances[0].domains = {"other.example"};
  BOOST_TEST((changes().renamed == renamings{{"cri-1#y", "cri-1"}}));
  equal(changes().moved, {"cri-1"});
}

BOOST_AUTO_TEST_CASE(the_only_entry_whose_role_changed_is_the_same_entry) {
  before.instances = {entry("cri-1#x", "x"), entry("cri-1#y", "y")};
  after.instances = {entry("cri-1#x", "x"), entry("cri-1#z", "z")};
  BOOST_TEST((changes().renamed == renamings{{"cri-1#y", "cri-1#z"}}));
  equal(changes().fresh, {"cri-1#z"}); // it means something else
  equal(changes().untouched, {"cri-1#x"});
  BOOST_TEST(changes().gone.empty());
}

// Which of the two it was cannot be said, and a credential of another role must not be passed on.
BOOST_AUTO_TEST_CASE(an_entry_that_could_be_either_of_two_is_neither) {
  before.instances = {entry("cri-1#x", "x"), entry("cri-1#y", "y")};
  after.instances = {entry("cri-1", "z")};
  BOOST_TEST(changes().renamed.empty());
  equal(changes().gone, {"cri-1#x", "cri-1#y"});
  equal(changes().fresh, {"cri-1"});
}

BOOST_AUTO_TEST_CASE(another_instance_is_never_the_same_entry) {
  before.instances = {entry("cri-1", "x")};
  after.instances = {entry("cri-2", "x")};
  BOOST_TEST(changes().renamed.empty());
  equal(changes().gone, {"cri-1"});
  equal(changes().fresh, {"cri-2"});
}

BOOST_AUTO_TEST_CASE(another_limit_changes_what_secrets_hold_and_no_credential) {
  before.namespaces = after.namespaces = acr::selection{true};
  before.instances = {entry("cri-1", "x"), entry("cri-2", "y")};
  after.instances = before.instances;
  after.instances[0].namespaces = acr::selection{false, {"team-a"}};
  equal(changes().untouched, {"cri-1", "cri-2"});
  BOOST_TEST(changes().entries);
  BOOST_TEST(!changes().scope); // the other one goes everywhere
  BOOST_TEST(!before.same_as(after));
  after.instances[1].namespaces = acr::selection{false, {"team-b"}};
  BOOST_TEST(changes().scope);
}

BOOST_AUTO_TEST_SUITE_END()
