#define BOOST_TEST_MODULE event_recorder
#include <boost/test/unit_test.hpp>

#include "actors/event_recorder.hpp"
#include "actors/status_board.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_api.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

struct recorder_fixture : actor_fixture {
  recorder_fixture() {
    api.on_call = [this](const http_request& m) { return answer(m); };
    event_recorder_deps deps;
    deps.api = track(system.spawn(fake_api, &api));
    deps.wall = wall();
    deps.instance = "pod-1";
    deps.report = reporter{[this](const fact& what) {
      if (const auto* handled = std::get_if<event_handled>(&what))
        ++outcomes.at(static_cast<std::size_t>(handled->outcome));
    }};
    recorder = track(spawn_event_recorder(system, std::move(deps)));
  }

  std::optional<http_response> answer(const http_request& /*m*/) const {
    if (status == 0)
      return std::nullopt;
    return http_response{
        status,
        {},
        secret_string{std::string_view{
            R"({"metadata":{"name":"e-1","namespace":"kube-system","uid":"u","resourceVersion":"9"}})"}}};
  }

  template <class Fact>
  void tell(Fact what) {
    caf::anon_send(recorder, fact_reported{std::move(what)});
    drain();
  }

  static configuration_read read(configuration_verdict verdict) {
    configuration_read what;
    what.verdict = verdict;
    what.about = {{"kube-system", "acr-configuration"}, "uid-1", "5"};
    return what;
  }

  std::size_t count(event_outcome what) const {
    return outcomes.at(static_cast<std::size_t>(what));
  }

  api_script api;
  int status = 201;
  std::array<std::size_t, 4> outcomes{};
  event_recorder recorder;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_recorder_suite, recorder_fixture)

BOOST_AUTO_TEST_CASE(a_fact_becomes_an_event_and_a_repeat_counts_it_up) {
  tell(read(configuration_verdict::rejected));
  tell(read(configuration_verdict::accepted));
  tell(read(configuration_verdict::rejected));
  BOOST_REQUIRE_EQUAL(api.calls.size(), 3U);
  BOOST_TEST(api.calls[0].method == "POST");
  BOOST_TEST(api.calls[0].body.find("ConfigurationRejected") != std::string::npos);
  BOOST_TEST(api.calls[2].method == "PATCH");
  BOOST_TEST(api.calls[2].url.find("/events/e-1") != std::string::npos);
  BOOST_TEST(api.calls[2].body.find("\"count\":2") != std::string::npos);
  BOOST_TEST(count(event_outcome::written) == 3U);
}

BOOST_AUTO_TEST_CASE(many_failing_instances_cost_no_operator_an_answer) {
  tell(read(configuration_verdict::accepted));
  for (int i = 0; i < 40; ++i) {
    attempt_ended what;
    what.instance = std::to_string(i);
    what.reason = make_failure(errc::denied, "assume", "no");
    tell(what);
  }
  BOOST_TEST(count(event_outcome::dropped) == 10U);
  const auto before = api.calls.size();
  tell(renewals_ended{"r1", {{"cri-1", wall_time{}}}});
  tell(renewals_ended{"r2", {{"cri-1", wall_time{}}}});
  BOOST_REQUIRE_EQUAL(api.calls.size(), before + 2);
  for (auto call = api.calls.begin() + static_cast<std::ptrdiff_t>(before); call != api.calls.end();
       ++call)
    BOOST_TEST(call->method == "POST"); // an Event of its own: nobody's answer is overwritten
  BOOST_TEST(api.calls.back().body.find("request r2: ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_api_server_that_is_away_for_a_moment_loses_nothing) {
  status = 503;
  tell(read(configuration_verdict::rejected));
  BOOST_TEST(api.calls.size() == 1U);
  status = 201;
  advance(2s);
  BOOST_TEST(api.calls.size() == 2U);
  BOOST_TEST(count(event_outcome::written) == 1U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_never_comes_holds_up_nothing_for_ever) {
  status = 0;
  tell(read(configuration_verdict::rejected));
  tell(read(configuration_verdict::accepted));
  BOOST_TEST(api.calls.size() == 1U);
  status = 201;
  advance(60s);
  BOOST_TEST(api.calls.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_reported_and_not_repeated) {
  status = 403;
  tell(read(configuration_verdict::rejected));
  advance(1h);
  BOOST_TEST(api.calls.size() == 1U);
  BOOST_TEST(count(event_outcome::failed) == 1U);
}

BOOST_AUTO_TEST_CASE(the_board_passes_facts_on_until_the_recorder_dies) {
  const auto board = track(spawn_status_board(system, {wall(), {}}));
  caf::anon_send(board, follow_facts{caf::actor_cast<fact_sink>(recorder)});
  caf::anon_send(board, fact_reported{read(configuration_verdict::rejected)});
  drain();
  BOOST_TEST(api.calls.size() == 1U);
  const auto known = ask<status_reply>(board, ask_status{});
  BOOST_REQUIRE(known);
  BOOST_TEST(known->value.configuration.read);
  kill(recorder);
  caf::anon_send(board, fact_reported{read(configuration_verdict::accepted)});
  drain();
  BOOST_TEST(ask<status_reply>(board, ask_status{}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
