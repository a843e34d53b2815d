#define BOOST_TEST_MODULE state_changes
#include <boost/test/unit_test.hpp>

#include "actors/status/state_changes.hpp"
#include "actors/status/status_model.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

constexpr wall_time start{};

struct told {
  told() {
    configuration_read what;
    what.verdict = configuration_verdict::accepted;
    what.instances = {"cri-1"};
    tell(what);
  }
  void tell(const fact& what, wall_time now = start) { book.apply(what, now); }
  void attempt(unsigned failures) {
    std::optional<failure> reason;
    if (failures > 0)
      reason = make_failure(errc::denied, "cr GetAuthorizationToken", "no");
    tell(attempt_ended{"cri-1", reason, 1ms, failures, true, start});
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const auto& one : book.state().happened)
      out.push_back((one.good ? "+ " : "- ") + one.subject + ": " + one.what);
    return out;
  }
  std::string last() const { return lines().at(0); }
  status_model book{start};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(happened, told)

BOOST_AUTO_TEST_CASE(the_configuration_is_reported_with_its_first_problem) {
  BOOST_TEST(last() == "+ configuration: accepted: 1 instance");
  configuration_read bad;
  bad.verdict = configuration_verdict::rejected;
  bad.problems = {"line 2", "line 3"};
  tell(bad);
  BOOST_TEST(last() == "- configuration: rejected: line 2");
  tell(bad);
  BOOST_TEST(lines().size() == 2U); // the same again is nothing new
}

BOOST_AUTO_TEST_CASE(an_instance_is_reported_when_its_state_changes) {
  attempt(0);
  BOOST_TEST(last() == "+ cri-1: the first credential");
  attempt(0);
  BOOST_TEST(lines().size() == 2U);
  attempt(1);
  BOOST_TEST(last().find("- cri-1: cr GetAuthorizationToken") == 0U);
  attempt(2);
  BOOST_TEST(lines().size() == 3U);
  attempt(0);
  BOOST_TEST(last() == "+ cri-1: a credential again, after 2 failures");
  tell(password_withdrawn{"cri-1"});
  BOOST_TEST(last() == "- cri-1: the credential has expired and is withdrawn");
}

BOOST_AUTO_TEST_CASE(a_registry_that_refuses_is_reported) {
  tell(logins_tried{"cri-1", {{"a.example", registry::login_verdict::accepted, {}}}});
  BOOST_TEST(lines().size() == 1U);
  tell(logins_tried{"cri-1", {{"b.example", registry::login_verdict::refused, {}}}});
  BOOST_TEST(last() == "- cri-1: b.example refuses the credential");
}

BOOST_AUTO_TEST_CASE(a_closed_endpoint_is_reported) {
  tell(endpoints_examined{"cri-1", {{"internet", true, "acl_closed", "it admits nobody", ""}}});
  BOOST_TEST(last() == "- cri-1: it admits nobody");
  tell(endpoints_examined{"cri-1", {{"internet", false, "acl_limited", "admits few", ""}}});
  BOOST_TEST(last() == "+ cri-1: nodes can pull through every endpoint that is on");
}

BOOST_AUTO_TEST_CASE(the_work_in_the_cluster_is_reported) {
  tell(writes_failing{make_failure(errc::denied, "apply secret", "no"), 2, {}, {}});
  BOOST_TEST(last().find("- writes: failing in 2 namespaces: apply secret") == 0U);
  tell(writes_recovered{2});
  BOOST_TEST(last() == "+ writes: they work again everywhere");
  tell(foreign_secret{{{"team", "its-secret"}, "u", "1"}, {}});
  BOOST_TEST(last() == "- namespace team: the Secret its-secret is not ours, and left alone");
  tell(part_died{"writing"});
  BOOST_TEST(last() == "- part writing: died, and is started again");
  tell(lead_changed{false});
  BOOST_TEST(last() == "+ replica: this one stands by");
  tell(renewals_ended{"1", {{"cri-1", make_failure(errc::denied, "x", "y")}}});
  BOOST_TEST(last() == "- renewal: asked for by an operator: 1 of 1 instance failed");
}

BOOST_AUTO_TEST_CASE(only_the_last_ones_are_kept) {
  for (int i = 0; i < 100; ++i)
    tell(part_died{"instance/" + std::to_string(i)}, start + std::chrono::seconds{i});
  BOOST_TEST(lines().size() == most_state_changes);
  BOOST_TEST(last() == "- part instance/99: died, and is started again");
  BOOST_TEST((book.state().happened[0].at == start + 99s));
}

BOOST_AUTO_TEST_SUITE_END()
