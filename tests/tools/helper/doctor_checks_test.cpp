#define BOOST_TEST_MODULE doctor_checks
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "tools/helper/doctor_checks.hpp"

using namespace acr;
using namespace acr::helper;
using namespace std::chrono_literals;

namespace {

bool holds(const std::vector<permission>& all, const std::string& text) {
  return std::any_of(all.begin(), all.end(), [&](const permission& one) {
    return permission_finding(one, {}).text == text;
  });
}

} // namespace

BOOST_AUTO_TEST_CASE(all_namespaces_take_permissions_in_all_of_them) {
  const auto all = needed_permissions({}, nullptr, true);
  BOOST_TEST(holds(all, "may list, watch namespaces in all namespaces"));
  BOOST_TEST(holds(all, "may list, watch, patch serviceaccounts in all namespaces"));
  BOOST_TEST(holds(all, "may get, list, watch, create, patch, delete secrets "
                        "acr-credential-secret-aggregation (and 3 more) in all namespaces"));
  BOOST_TEST(holds(all, "may list, watch configmaps acr-configuration in kube-system"));
  BOOST_TEST(all.size() == 5U); // no Lease, no token
}

BOOST_AUTO_TEST_CASE(a_list_of_namespaces_takes_them_in_these_alone) {
  config::configuration known;
  known.namespaces.names = {"team-a", "team-b"};
  const auto all = needed_permissions({}, &known, true);
  BOOST_TEST(holds(all, "may list, watch, patch serviceaccounts in team-a, team-b"));
  BOOST_TEST(holds(all, "may list, watch namespaces team-a (and 1 more) in the cluster"));
  BOOST_TEST(all.size() == 5U);
  known.namespaces.names.assign(2000, "team-x");
  const auto many = needed_permissions({}, &known, true);
  BOOST_TEST(many.size() == 5U); // a finding for each thing, not for each namespace
  BOOST_TEST(permission_finding(many.at(1), {"patch"}, known.namespaces.names).text ==
             "may not patch serviceaccounts in team-x, team-x, team-x and 1997 more: needed to "
             "link ServiceAccounts");
  BOOST_TEST(!holds(all, "may list, watch namespaces in all namespaces"));
}

BOOST_AUTO_TEST_CASE(what_is_not_used_is_not_needed) {
  run_options options;
  options.config_file = "acr.yaml";
  BOOST_TEST(needed_permissions(options, nullptr, true).size() == 3U);
  options.leader_elect = true;
  BOOST_TEST(
      holds(needed_permissions(options, nullptr, true),
            "may get, list, watch, create, update leases acr-credential-helper in kube-system"));
  config::configuration known;
  known.namespaces.all = true;
  known.instances.resize(1);
  known.instances[0].chain.rrsa_role_arn = "acs:ram::1:role/x";
  const auto* const token =
      "may create serviceaccounts/token aliyun-acr-credential-helper in kube-system";
  BOOST_TEST(holds(needed_permissions(options, &known, false), token));
  BOOST_TEST(!holds(needed_permissions(options, &known, true), token));
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_reported_with_what_it_is_for) {
  const auto all = needed_permissions({}, nullptr, true);
  const auto told = permission_finding(all.at(1), {"patch"});
  BOOST_TEST((told.level == finding_level::fault));
  BOOST_TEST(told.text ==
             "may not patch serviceaccounts in all namespaces: needed to link ServiceAccounts");
  BOOST_TEST(!told.remedy.empty());
}

BOOST_AUTO_TEST_CASE(a_clock_is_judged_by_what_the_service_allows) {
  BOOST_TEST((clock_finding("x", -5s).level == finding_level::good));
  const auto noted = clock_finding("x", -6s);
  BOOST_TEST((noted.level == finding_level::note));
  BOOST_TEST(noted.text == "the clock of this machine is 6 s behind that of x");
  BOOST_TEST((clock_finding("x", 15min).level == finding_level::fault));
  BOOST_TEST(clock_finding("x", 15min).text ==
             "the clock of this machine is 900 s ahead of that of x");
}

BOOST_AUTO_TEST_CASE(a_step_is_named_after_its_operation_and_what_it_is_about) {
  cloud_call call;
  call.what.action = "AssumeRole";
  call.what.form = {{"RoleArn", "acs:ram::1:role/x"}, {"RoleSessionName", "y"}};
  BOOST_TEST(step_name(call) == "sts AssumeRole of acs:ram::1:role/x");
  call.what = {};
  call.what.service = aliyun::product::cr;
  call.what.action = "GetAuthorizationToken";
  call.what.query = {{"InstanceId", "cri-1"}};
  BOOST_TEST(step_name(call) == "cr GetAuthorizationToken of cri-1");
}

BOOST_AUTO_TEST_CASE(only_a_refused_login_is_a_fault) {
  BOOST_TEST(
      (login_finding({"a", registry::login_verdict::accepted, {}}).level == finding_level::good));
  const auto refused = login_finding(registry::read_login({401, {}, {}}, "a.example"));
  BOOST_TEST((refused.level == finding_level::fault));
  BOOST_TEST(refused.text == "a.example refuses the user and password");
  const auto unknown =
      login_finding(registry::not_tried(make_failure(errc::dns_failed, "x", "y"), "a.example"));
  BOOST_TEST((unknown.level == finding_level::note));
}

BOOST_AUTO_TEST_CASE(durations_are_short) {
  BOOST_TEST(helper::in_words(12ms) == "12 ms");
  BOOST_TEST(helper::in_words(1449ms) == "1.4 s");
}

BOOST_AUTO_TEST_CASE(the_secret_of_an_identity_must_be_readable) {
  config::configuration known;
  known.namespaces.all = true;
  known.instances.resize(2);
  for (auto& one : known.instances) {
    one.chain.origin.from = config::identity_origin::kind::secret;
    one.chain.origin.secret_name = "mykey";
    one.chain.origin.secret_namespace = "team-a";
  }
  const auto all = needed_permissions({}, &known, true);
  BOOST_TEST(holds(all, "may get secrets mykey in team-a"));
  BOOST_TEST(all.size() == 6U);
}

BOOST_AUTO_TEST_CASE(what_is_the_same_for_several_is_said_once_with_a_count) {
  repeated_findings all;
  const finding none{finding_level::fault, "no AccessKey", "give one"};
  all.add("a", none);
  all.add("b", {finding_level::fault, "denied", "allow it"});
  BOOST_TEST(all.told().at(0).text == "a: no AccessKey");
  for (int i = 0; i < 49; ++i)
    all.add("c", none);
  BOOST_REQUIRE_EQUAL(all.told().size(), 2U);
  BOOST_TEST(all.told()[0].text == "a, c, c and 47 more (50 of them): no AccessKey");
  BOOST_TEST(all.told()[1].text == "b: denied");
}

BOOST_AUTO_TEST_CASE(no_fault_is_without_a_remedy) {
  using number = std::underlying_type_t<errc>; // all that there may ever be
  for (int code = 0; code <= std::numeric_limits<number>::max(); ++code)
    BOOST_TEST(!fault_of("", make_failure(static_cast<errc>(code), "x", "y")).remedy.empty(),
               code << " has none");
}
