#define BOOST_TEST_MODULE status_model
#include <boost/test/unit_test.hpp>

#include "actors/status/status_model.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

constexpr wall_time start{};

configuration_read read(configuration_verdict verdict, std::vector<std::string> instances = {}) {
  configuration_read what;
  what.verdict = verdict;
  what.in_force = true;
  what.source = "kube-system/acr-configuration";
  what.instances = std::move(instances);
  what.threshold = 900s;
  return what;
}

attempt_ended ended(const std::string& instance, std::optional<failure> reason = {},
                    unsigned failures = 0) {
  return {instance, std::move(reason), 300ms, failures, true, start + 1min};
}

struct book_fixture {
  book_fixture() { tell(read(configuration_verdict::accepted, {"cri-1", "cri-2"})); }
  void tell(const fact& what, wall_time now = start) { model.apply(what, now); }
  const helper_status& state() const { return model.state(); }
  const instance_status& one() const { return state().instances.at("cri-1"); }
  status_model model{start};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(status_model_suite, book_fixture)

BOOST_AUTO_TEST_CASE(instances_are_those_of_the_configuration_in_force) {
  tell(password_held{"cri-1", {"a.example"}, start, start + 1h, start + 45min});
  tell(read(configuration_verdict::accepted, {"cri-1", "cri-3"}));
  BOOST_TEST(state().instances.size() == 2U);
  BOOST_TEST(one().expires_at.has_value()); // it stays as it was
  BOOST_TEST(state().instances.contains("cri-3"));
}

BOOST_AUTO_TEST_CASE(an_instance_is_limited_as_the_configuration_in_force_says) {
  auto what = read(configuration_verdict::accepted, {"cri-1", "cri-2"});
  what.limits = {{"cri-1", "team-*"}};
  tell(what);
  BOOST_TEST(one().limited_to == "team-*");
  BOOST_TEST(state().instances.at("cri-2").limited_to.empty());
  tell(read(configuration_verdict::rejected));
  BOOST_TEST(one().limited_to == "team-*");
  tell(read(configuration_verdict::accepted, {"cri-1"}));
  BOOST_TEST(one().limited_to.empty());
}

BOOST_AUTO_TEST_CASE(a_rejected_configuration_changes_nothing_of_the_one_in_force) {
  auto bad = read(configuration_verdict::rejected);
  bad.problems = {"line 1"};
  tell(bad, start + 5min);
  BOOST_TEST((state().configuration.verdict == configuration_verdict::rejected));
  BOOST_TEST(state().configuration.problems.size() == 1U);
  BOOST_TEST((state().configuration.accepted_at == start));
  BOOST_TEST((state().configuration.threshold == 900s));
  BOOST_TEST(state().instances.size() == 2U);
}

BOOST_AUTO_TEST_CASE(failures_are_counted_by_step_and_code_and_the_last_one_is_kept_until_success) {
  const auto reason = make_failure(errc::denied, "sts AssumeRole", "no");
  tell(ended("cri-1", reason, 1));
  tell(ended("cri-1", reason, 2), start + 1s);
  tell(ended("cri-1", make_failure(errc::throttled, "cr GetAuthorizationToken", ""), 3));
  BOOST_TEST(one().failures == 3U);
  BOOST_TEST((one().failures_by.at({"sts AssumeRole", "denied"}) == 2U));
  BOOST_TEST(one().last_failure->step == "cr GetAuthorizationToken");
  tell(ended("cri-1"));
  BOOST_TEST(one().failures == 0U);
  BOOST_TEST(!one().last_failure);
  BOOST_TEST(one().successes == 1U);
  BOOST_TEST((one().failures_by.at({"sts AssumeRole", "denied"}) == 2U)); // a counter never falls
}

BOOST_AUTO_TEST_CASE(a_withdrawn_password_is_withdrawn_until_there_is_another) {
  tell(password_held{"cri-1", {"a.example"}, start, start + 1h, start + 45min});
  tell(password_withdrawn{"cri-1"});
  BOOST_TEST(one().withdrawn);
  tell(password_held{"cri-1", {"a.example"}, start, start + 2h, start + 45min});
  BOOST_TEST(!one().withdrawn);
}

BOOST_AUTO_TEST_CASE(late_words_of_an_instance_that_is_gone_are_ignored) {
  tell(ended("cri-9"));
  tell(password_held{"cri-9", {}, start, start, start});
  tell(password_withdrawn{"cri-9"});
  BOOST_TEST(!state().instances.contains("cri-9"));
}

BOOST_AUTO_TEST_CASE(durations_are_counted_up_to_each_bound) {
  duration_histogram times;
  times.add(50ms);
  times.add(700ms);
  times.add(5min);
  BOOST_TEST(times.counts[0] == 1U); // 0.05, inclusive
  BOOST_TEST(times.counts[3] == 1U); // 0.5
  BOOST_TEST(times.counts[4] == 2U); // 1
  BOOST_TEST(times.counts[7] == 2U); // 60
  BOOST_TEST(times.counts[8] == 3U); // all
  BOOST_TEST(times.sum == 300.75, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(ready_means_a_configuration_in_force_and_warm_caches_whatever_the_cloud_does) {
  BOOST_TEST(!state().ready());
  writing_progress progress;
  progress.warm = true;
  tell(progress);
  BOOST_TEST(state().ready());
  tell(ended("cri-1", make_failure(errc::connect_failed, "cr GetAuthorizationToken", ""), 99));
  tell(password_withdrawn{"cri-1"});
  tell(read(configuration_verdict::rejected));
  BOOST_TEST(state().ready());
}

BOOST_AUTO_TEST_CASE(who_loses_the_lead_knows_nothing_of_passwords_any_more) {
  tell(password_held{"cri-1", {"a.example"}, start, start + 1h, start + 45min});
  tell(ended("cri-1", make_failure(errc::denied, "sts AssumeRole", "no"), 3));
  tell(credentials_left_out{{{"cri-1", "a.example", true}}});
  tell(lead_changed{false});
  BOOST_TEST(state().left_out.empty());
  BOOST_TEST(!state().leads);
  BOOST_TEST(!one().expires_at);
  BOOST_TEST(one().failures == 0U);
  BOOST_TEST((one().failures_by.at({"sts AssumeRole", "denied"}) == 1U));
}

// After a restart: what the Secrets hold.

BOOST_AUTO_TEST_CASE(after_a_restart_the_credential_of_before_is_what_pods_pull_with) {
  tell(credential_found{"cri-1", {"a.example"}, start + 58min, 12});
  BOOST_TEST(one().state(start) == "valid");
  tell(ended("cri-1", make_failure(errc::service_failed, "cr GetAuthorizationToken", ""), 1));
  BOOST_TEST(one().state(start) == "renewal failing");
  BOOST_TEST((one().valid_until(start) == start + 58min));
  BOOST_TEST(one().from_before(start));
  BOOST_TEST(one().domains.size() == 1U);
  BOOST_TEST(one().found_in == 12U);
  BOOST_TEST(one().state(start + 58min) == "failing"); // nobody has to say so
}

BOOST_AUTO_TEST_CASE(
    a_credential_of_before_that_expires_is_withdrawn_and_one_that_is_deleted_is_not) {
  tell(credential_found{"cri-1", {"a.example"}, start + 58min, 1});
  tell(credential_found{"cri-1", {}, {}, 0}, start + 20min);
  BOOST_TEST(one().state(start + 20min) == "pending");
  tell(credential_found{"cri-1", {"a.example"}, start + 58min, 1});
  tell(credential_found{"cri-1", {}, {}, 0}, start + 58min);
  BOOST_TEST(one().state(start + 58min) == "withdrawn");
  BOOST_REQUIRE_EQUAL(state().happened.size(), 2U);
  BOOST_TEST(state().happened[0].what == "the credential written before the restart has expired");
}

BOOST_AUTO_TEST_CASE(a_credential_of_this_process_is_all_that_counts_once_there_is_one) {
  tell(credential_found{"cri-1", {"old.example"}, start + 58min, 1});
  tell(password_held{"cri-1", {"a.example"}, start, start + 1h, start + 45min});
  BOOST_TEST(!one().from_before(start));
  tell(credential_found{"cri-1", {"old.example"}, start + 58min, 1});
  BOOST_TEST((one().valid_until(start) == start + 1h));
  BOOST_TEST(one().domains.front() == "a.example");
  tell(lead_changed{false});
  BOOST_TEST(!one().valid_until(start));
}

BOOST_AUTO_TEST_CASE(minutes_without_a_trusted_connection_are_noticed_until_there_is_one) {
  const auto answers = [this](const std::string& code, wall_time at) {
    tell(api_answered{"patch", "secrets", code}, at);
  };
  answers("tls_failed", start);
  BOOST_TEST(state().trusts_api_server(start + 5min - 1ms));
  answers("tls_failed", start + 4min);     // since the first
  answers("connect_failed", start + 4min); // proves nothing
  BOOST_TEST(!state().trusts_api_server(start + 5min));
  answers("403", start + 6min);
  BOOST_TEST(state().trusts_api_server(start + 60min));
  answers("connect_failed", start + 7min);
  BOOST_TEST(state().trusts_api_server(start + 60min));
}

BOOST_AUTO_TEST_CASE(deaths_are_counted_by_kind) {
  tell(part_died{"instance/cri-1"});
  tell(part_died{"instance/cri-2"});
  tell(part_died{"writing"});
  BOOST_TEST(state().deaths.at("instance") == 2U);
  BOOST_TEST(state().deaths.at("writing") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
