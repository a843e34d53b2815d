#define BOOST_TEST_MODULE cleanup_plan
#include <boost/test/unit_test.hpp>

#include "tools/helper/cleanup_plan.hpp"

using namespace acr;
using namespace acr::helper;

namespace {

constexpr auto first = "acr-credential-secret-aggregation";
constexpr auto second = "acr-credential-secret-aggregation-2";

kubernetes::secret secret(const std::string& ns, const std::string& name, bool ours) {
  kubernetes::secret value;
  value.meta = {{ns, name}, "u", "1"};
  value.managed_by_us = ours;
  value.labels = {{"app.kubernetes.io/managed-by", "acr-credential-helper"}};
  return value;
}

kubernetes::service_account account(const std::string& ns, std::vector<std::string> list,
                                    bool ours = false) {
  kubernetes::service_account value;
  value.meta = {{ns, "default"}, "u", "1"};
  value.pull_secrets = std::move(list);
  value.managed_by_us = ours;
  return value;
}

} // namespace

BOOST_AUTO_TEST_CASE(secrets_that_we_wrote_go_with_the_references_to_them) {
  const auto plan =
      plan_cleanup({secret("a", first, true), secret("a", second, true)},
                   {account("a", {"mine", first, second}), account("b", {"mine"})}, false);
  BOOST_TEST(plan.remove.size() == 2U);
  BOOST_REQUIRE_EQUAL(plan.unlink.size(), 1U);
  BOOST_TEST(plan.unlink[0].names == (std::vector<std::string>{first, second}),
             boost::test_tools::per_element());
  BOOST_TEST(plan.left.empty());
}

BOOST_AUTO_TEST_CASE(a_secret_that_we_did_not_write_stays_and_so_does_the_reference) {
  const auto plan = plan_cleanup({secret("a", first, false)}, {account("a", {first})}, true);
  BOOST_TEST(plan.empty());
  BOOST_TEST(plan.left.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_reference_in_a_list_that_we_wrote_goes_without_a_secret) {
  const auto plan = plan_cleanup({}, {account("a", {first}, true)}, false);
  BOOST_TEST(plan.unlink.size() == 1U);
  BOOST_TEST(plan.left.empty());
}

BOOST_AUTO_TEST_CASE(a_reference_of_unknown_origin_is_removed_only_on_request) {
  const auto kept = plan_cleanup({}, {account("a", {first})}, false);
  BOOST_TEST(kept.empty());
  BOOST_TEST(kept.left.size() == 1U);
  BOOST_TEST(plan_cleanup({}, {account("a", {first})}, true).unlink.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_reference_that_came_back_after_its_secret_went_is_ours) {
  const auto plan = plan_cleanup({}, {account("a", {first})}, false, {{"a", first}});
  BOOST_TEST(plan.unlink.size() == 1U);
  BOOST_TEST(plan.left.empty());
}

BOOST_AUTO_TEST_CASE(secrets_of_another_namespace_are_another_matter) {
  const auto plan = plan_cleanup({secret("a", first, true)}, {account("b", {first})}, false);
  BOOST_TEST(plan.unlink.empty());
  BOOST_TEST(plan.left.size() == 1U);
}

BOOST_AUTO_TEST_CASE(where_nothing_is_nothing_is_planned) {
  const auto plan = plan_cleanup({}, {account("a", {"mine"}), kubernetes::service_account{}}, true);
  BOOST_TEST(plan.empty());
  BOOST_TEST(plan.left.empty());
}

BOOST_AUTO_TEST_CASE(of_many_that_are_left_for_one_reason_one_line_tells) {
  std::vector<left_object> left{{"Secret", "a/x", "the helper did not write it"}};
  for (int i = 0; i < 50; ++i)
    left.push_back({"reference", "b/" + std::to_string(i), "nothing shows who wrote it"});
  const auto words = helper::in_words(left);
  BOOST_REQUIRE_EQUAL(words.size(), 2U);
  BOOST_TEST(words[0] == "Secret a/x: the helper did not write it");
  BOOST_TEST(words[1] == "reference b/0, b/1, b/2 and 47 more: nothing shows who wrote it");
}
