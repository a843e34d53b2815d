#define BOOST_TEST_MODULE namespace_record
#include <boost/test/unit_test.hpp>

#include "actors/writer/namespace_record.hpp"

using namespace acr;
using namespace std::chrono_literals;
using kind = work_step::kind;

namespace {

const content_digest wanted{1};
const content_digest other{2};
const std::string ours = secret_names[0];

account_record account(std::optional<std::vector<std::string>> list, bool in_scope = true) {
  account_record made;
  made.pull_secrets = list.value_or(std::vector<std::string>{});
  made.in_scope = in_scope;
  return made;
}

std::unique_ptr<secret_record> found(bool is_ours, bool written_by_us, content_digest digest) {
  auto made = std::make_unique<secret_record>();
  made->ours = is_ours;
  made->written_by_us = written_by_us;
  made->digest = digest;
  return made;
}
std::unique_ptr<secret_record> written(content_digest digest) { return found(true, true, digest); }

struct serving_namespace {
  serving_namespace() { record.state = standing::serving; }
  work_step next(std::chrono::milliseconds now = 1h) const {
    return next_step(record, {{wanted}, now});
  }
  namespace_record record;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(namespace_record_suite, serving_namespace)

BOOST_AUTO_TEST_CASE(the_link_comes_before_the_secret) {
  record.accounts["default"] = account(std::nullopt);
  auto step = next();
  BOOST_TEST((step.what == kind::link));
  BOOST_TEST(step.account == "default");
  BOOST_TEST(step.names == std::vector<std::string>{ours}, boost::test_tools::per_element());
  record.accounts["default"].pull_secrets = shared_list{std::vector<std::string>{"foreign", ours}};
  step = next();
  BOOST_TEST((step.what == kind::apply));
  record.secrets[0] = written(wanted);
  BOOST_TEST((next().what == kind::nothing));
}

BOOST_AUTO_TEST_CASE(a_changed_secret_is_written_again) {
  record.secrets[0] = written(other);
  BOOST_TEST((next().what == kind::apply));
}

BOOST_AUTO_TEST_CASE(a_secret_waits_a_moment_for_the_first_account) {
  record.seen_at = 10s;
  const auto step = next(10s);
  BOOST_TEST((step.what == kind::wait));
  BOOST_TEST((step.not_before == 10s + account_grace));
  BOOST_TEST((next(step.not_before).what == kind::apply));
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_is_neither_written_nor_linked_nor_deleted) {
  record.accounts["default"] = account(std::nullopt);
  record.secrets[0] = found(false, false, other);
  BOOST_TEST((next().what == kind::nothing));
  record.state = standing::leaving;
  record.inspected = true;
  BOOST_TEST((next().what == kind::forget));
}

BOOST_AUTO_TEST_CASE(a_copy_that_we_did_not_write_is_never_deleted) {
  record.state = standing::leaving;
  record.inspected = true;
  record.secrets[0] = found(true, false, wanted);
  BOOST_TEST((next().what == kind::forget));
}

BOOST_AUTO_TEST_CASE(an_account_out_of_scope_is_unlinked_if_the_link_is_ours) {
  record.secrets[0] = written(wanted);
  record.accounts["old"] = account({{"foreign", ours}}, false);
  BOOST_TEST((next().what == kind::nothing)); // the user's own reference
  record.accounts["old"].was_in_scope = true;
  auto step = next();
  BOOST_TEST((step.what == kind::unlink));
  BOOST_TEST(step.account == "old");
  record.accounts["old"].was_in_scope = false;
  record.accounts["old"].managed_by_us = true;
  BOOST_TEST((next().what == kind::unlink));
}

BOOST_AUTO_TEST_CASE(a_namespace_that_leaves_is_unlinked_first_and_emptied_second) {
  record.state = standing::leaving;
  BOOST_TEST((next().what == kind::inspect));
  record.inspected = true;
  record.accounts["default"] = account({{ours}}, false);
  record.accounts["default"].was_in_scope = true;
  record.secrets[0] = written(wanted);
  BOOST_TEST((next().what == kind::unlink));
  record.accounts.clear();
  BOOST_TEST((next().what == kind::remove));
  record.secrets[0].reset();
  BOOST_TEST((next().what == kind::forget));
}

BOOST_AUTO_TEST_CASE(
    a_reference_goes_with_its_secret_even_if_the_server_does_not_tell_whose_it_is) {
  record.state = standing::leaving;
  record.inspected = true;
  record.accounts["default"] = account({{"foreign", ours, secret_names[1]}}, false);
  record.secrets[0] = written(wanted);
  const auto step = next();
  BOOST_TEST((step.what == kind::unlink));
  // The second Secret is not there: a reference to it may be anyone's.
  BOOST_TEST(step.names == std::vector<std::string>{ours}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_second_secret_that_is_no_longer_needed_is_unlinked_and_deleted) {
  record.accounts["default"] = account({{ours, secret_names[1]}});
  record.secrets[0] = written(wanted);
  record.secrets[1] = written(other);
  auto step = next();
  BOOST_TEST((step.what == kind::unlink));
  BOOST_TEST(step.names == std::vector<std::string>{secret_names[1]},
             boost::test_tools::per_element());
  record.accounts["default"].pull_secrets = shared_list{std::vector<std::string>{ours}};
  step = next();
  BOOST_TEST((step.what == kind::remove));
  BOOST_TEST(step.index == 1U);
}

BOOST_AUTO_TEST_CASE(a_terminating_namespace_is_left_alone) {
  record.accounts["default"] = account(std::nullopt);
  record.state = standing::ending;
  BOOST_TEST((next().what == kind::nothing));
}

BOOST_AUTO_TEST_CASE(while_nothing_may_be_written_accounts_are_linked_all_the_same) {
  record.accounts["default"] = account(std::nullopt);
  plan_input held{{std::nullopt}, 1h};
  BOOST_TEST((next_step(record, held).what == kind::link));
  record.accounts["default"].pull_secrets = shared_list{std::vector<std::string>{ours}};
  record.secrets[0] = written(other);
  BOOST_TEST((next_step(record, held).what == kind::nothing)); // neither written nor removed
}

BOOST_AUTO_TEST_SUITE_END()
