#define BOOST_TEST_MODULE secret_writer
#include <boost/test/unit_test.hpp>

#include "actors/writer/write_spreading.hpp"
#include "tests/support/writer_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

using list_of = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(secret_writer_suite, started_writer)

BOOST_AUTO_TEST_CASE(watches_its_own_secrets_by_name_and_no_others) {
  BOOST_REQUIRE_EQUAL(api.streams.size(), 4U);
  for (const auto& stream : api.streams)
    BOOST_TEST(stream.request.url.find(
                   "fieldSelector=metadata.name%3Dacr-credential-secret-aggregation") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(links_first_and_writes_second) {
  issue();
  serve(1);
  BOOST_TEST(writes() == (list_of{"PATCH sa team-0", "PATCH secret team-0"}),
             boost::test_tools::per_element());
  BOOST_TEST(logged("namespace_served") == 1U);
}

BOOST_AUTO_TEST_CASE(each_namespace_that_it_writes_is_named_however_many_there_are) {
  serve(30);
  issue();
  BOOST_TEST(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
               return line.find(" INFO ") != std::string::npos &&
                      line.find(" namespace_served ") != std::string::npos;
             }) == 30);
}

BOOST_AUTO_TEST_CASE(links_before_there_is_a_password) {
  serve(1);
  BOOST_TEST(writes() == (list_of{"PATCH sa team-0"}), boost::test_tools::per_element());
  issue();
  BOOST_TEST(writes().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_renewal_is_one_write_in_each_namespace) {
  issue();
  serve(50);
  api.calls.clear();
  issue("renewed");
  BOOST_TEST(api.calls.size() < 10U);
  advance(25 * write_every);
  BOOST_TEST(api.calls.size() > 10U);
  BOOST_TEST(api.calls.size() < 40U);
  advance(25 * write_every);
  BOOST_TEST(api.calls.size() == 50U);
  BOOST_TEST(api.count("PATCH", "/secrets/") == 50U);
  advance(5s);
  BOOST_TEST(logged("secrets_written") == 2U); // the first ones, the renewal
}

BOOST_AUTO_TEST_CASE(no_more_than_the_bound_are_in_flight_and_one_in_each_namespace) {
  silent = true;
  issue();
  serve(100);
  BOOST_TEST(api.calls.size() == deps.most_in_flight);
  silent = false;
  advance(5min); // the lost answers are given up, and everything is done in the end
  BOOST_TEST(logged("namespace_served") == 100U);
}

BOOST_AUTO_TEST_CASE(one_failing_namespace_delays_no_other) {
  api.on_call = [this](const http_request& m) -> std::optional<http_response> {
    if (m.url.find("team-0/") != std::string::npos)
      return http_response{500, {}, {}};
    return success(m);
  };
  issue();
  serve(10);
  BOOST_TEST(api.calls.size() == 10U * 2U);
  advance(1min);
  BOOST_TEST(logged("WARNING write_failed") ==
             2U); // once for each cause, however often it is tried
  BOOST_TEST(api.calls.size() < 60U);
  api.on_call = [this](const http_request& m) { return answer(m); };
  advance(30s);
  BOOST_TEST(logged("namespace_served") == 10U);
}

BOOST_AUTO_TEST_CASE(too_many_requests_stop_all_writes_for_as_long_as_the_server_asks) {
  status = 429;
  headers = {{"Retry-After", "7"}};
  issue();
  serve(50);
  const auto before = api.calls.size();
  BOOST_TEST(before <= deps.most_in_flight + 1); // the second refusal holds up all
  status = 200;
  advance(7s - 1ms);
  BOOST_TEST(api.calls.size() == before);
  advance(1min);
  BOOST_TEST(logged("namespace_served") == 50U);
}

BOOST_AUTO_TEST_CASE(a_terminating_namespace_is_left_alone_silently) {
  status = 403;
  body = R"({"kind":"Status","status":"Failure","reason":"Forbidden","code":403,)"
         R"("details":{"causes":[{"reason":"NamespaceTerminating","message":"x"}]}})";
  issue();
  serve(1);
  advance(10min);
  BOOST_TEST(api.calls.size() == 2U);
  BOOST_TEST(logged("write_failed") == 0U);
}

BOOST_AUTO_TEST_CASE(a_conflict_is_computed_again_from_the_newer_list) {
  status = 422;
  body = R"({"kind":"Status","status":"Failure","reason":"Invalid","code":422})";
  api.on_call = [this](const http_request& m) -> std::optional<http_response> {
    return m.url.find("/serviceaccounts/") == std::string::npos ? success(m) : answer(m);
  };
  issue();
  serve(1);
  kubernetes::service_account newer;
  newer.meta = {{"team-0", "default"}, "u", "50"};
  newer.pull_secrets = {{"foreign"}};
  tell(scope_changed{{account_seen{newer, true}}});
  status = 200;
  advance(1s);
  BOOST_TEST(logged("namespace_served") == 1U);
  BOOST_TEST(logged("WARNING write_failed") == 0U);
  BOOST_TEST(std::any_of(api.calls.begin(), api.calls.end(), [](const http_request& call) {
    return call.body.find("foreign") != std::string::npos;
  }));
}

/// One object is refused for ever, in each way in which a server can.
BOOST_AUTO_TEST_CASE(an_object_that_is_refused_for_ever_delays_no_other) {
  for (const int refusal : {403, 422, 429, 500}) {
    for (const std::string refused : {"/serviceaccounts/default", "/secrets/"}) {
      started_writer w;
      w.api.on_call = [&w, refusal,
                       refused](const http_request& m) -> std::optional<http_response> {
        const secret_string untouched{std::string_view{
            R"({"metadata":{"name":"default","namespace":"team-0","uid":"u","resourceVersion":"1"}})"}};
        const bool it = m.url.find("team-0" + refused) != std::string::npos;
        if (it && m.method == "GET")
          return http_response{refused == "/secrets/" ? 404 : 200, {}, untouched};
        if (it)
          return http_response{refusal, {}, {}};
        return w.success(m);
      };
      w.issue();
      w.serve(3);
      // The other object of the namespace, and the other namespaces.
      BOOST_TEST(w.api.count("PATCH", "team-0/") >= 2U);
      BOOST_TEST(w.logged("namespace_served") == 2U);
      w.api.calls.clear();
      w.advance(1h);
      BOOST_TEST(w.api.count("PATCH", "team-0" + refused) > 30U);
      BOOST_TEST(w.api.count("PATCH", "team-0" + refused) < 240U); // a few a minute
      BOOST_TEST(w.api.count("PATCH", "team-1/secrets/") == 1U);   // blanked at its end
      if (refused == "/serviceaccounts/default")
        BOOST_TEST(w.api.count("PATCH", "team-0/secrets/") == 1U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_policy_that_owns_the_list_is_reported_and_not_fought) {
  api.on_call = [this](const http_request& m) -> std::optional<http_response> {
    if (m.url.find("/serviceaccounts/") == std::string::npos)
      return success(m);
    return http_response{
        200,
        {},
        secret_string{std::string_view{
            R"({"metadata":{"name":"default","namespace":"team-0","uid":"u","resourceVersion":"7"},)"
            R"("imagePullSecrets":[{"name":"regcred"}]})"}}};
  };
  issue();
  serve(1);
  advance(1h);
  BOOST_TEST(api.count("PATCH", "/serviceaccounts/") < 60U);
  BOOST_TEST(api.count("PATCH", "/serviceaccounts/") > 10U);
  BOOST_TEST(logged("WARNING write_failed") == 1U);
  BOOST_TEST(logged("admission policy or webhook") >= 1U);
}

/// The watch tells within no time that somebody took our reference away.
BOOST_AUTO_TEST_CASE(a_rival_that_reacts_at_once_is_answered_a_few_times_a_minute_and_named) {
  int seen = 1000;
  api.on_call = [&](const http_request& m) -> std::optional<http_response> {
    auto answer = success(m);
    if (m.url.find("/serviceaccounts/") != std::string::npos) {
      kubernetes::service_account undone;
      undone.meta = {{"team-0", "default"}, "u", std::to_string(++seen)};
      undone.pull_secrets = {{"theirs"}};
      undone.list_manager = "other-operator";
      caf::anon_send(writer, scope_changed{{account_seen{undone, true}}});
    }
    return answer;
  };
  issue();
  serve(2);
  BOOST_TEST(api.count("PATCH", "team-0/serviceaccounts/") <= 5U);
  advance(1min);
  BOOST_TEST(api.count("PATCH", "team-0/serviceaccounts/") <= 8U);
  advance(9min);
  BOOST_TEST(api.count("PATCH", "team-0/serviceaccounts/") <= 15U);
  BOOST_TEST(logged("the field manager other-operator changes back") >= 1U);
  BOOST_TEST(logged("WARNING write_failed") == 1U);
  BOOST_TEST(api.count("PATCH", "team-1/secrets/") == 1U);
}

BOOST_AUTO_TEST_CASE(a_rival_that_deletes_the_secret_at_once_is_answered_a_few_times_a_minute) {
  int seen = 100000;
  api.on_call = [&](const http_request& m) -> std::optional<http_response> {
    auto answer = success(m);
    if (m.method == "PATCH" && m.url.find("/secrets/") != std::string::npos) {
      version = ++seen;
      api.emit("secrets?fieldSelector=metadata.name%3Dacr-credential-secret-aggregation&",
               R"({"type":"DELETED","object":{"metadata":{"name":)"
               R"("acr-credential-secret-aggregation","namespace":"team-0","uid":"u",)"
               R"("resourceVersion":")" +
                   std::to_string(++seen) + R"("},"type":"kubernetes.io/dockerconfigjson"}})");
    }
    return answer;
  };
  issue();
  serve(1);
  advance(10min);
  BOOST_TEST(api.count("PATCH", "/secrets/") >= 5U);
  BOOST_TEST(api.count("PATCH", "/secrets/") <= 12U);
}

BOOST_AUTO_TEST_CASE(a_secret_is_replaced_as_it_was_seen_or_looked_at_again) {
  issue();
  serve(1);
  BOOST_TEST(api.calls.back().body.find("resourceVersion") == std::string::npos); // there was none
  const auto written = std::to_string(version);
  api.calls.clear();
  status = 409; // somebody was faster, and the watch has not told yet
  body = R"({"kind":"Status","status":"Failure","reason":"Conflict","code":409})";
  issue("second");
  for (auto past = 0ms; past <= write_every && api.calls.empty(); past += 1ms)
    advance(1ms); // it is spread
  BOOST_REQUIRE_EQUAL(api.calls.size(), 1U);
  BOOST_TEST(api.calls[0].body.find(R"("uid":"u","resourceVersion":")" + written + "\"") !=
             std::string::npos);
  status = 200;
  api.on_call = [this](const http_request& m) { // it was deleted
    return m.method == "GET" ? http_response{404, {}, {}} : success(m);
  };
  advance(10ms);
  BOOST_REQUIRE_EQUAL(api.calls.size(), 3U);
  BOOST_TEST(api.calls[1].method == "GET");
  BOOST_TEST(api.calls[1].url ==
             "/api/v1/namespaces/team-0/secrets/acr-credential-secret-aggregation");
  BOOST_TEST(api.calls[2].method == "PATCH");
  BOOST_TEST(api.calls[2].body.find("resourceVersion") == std::string::npos);
  BOOST_TEST(logged("WARNING write_failed") == 0U);
}

BOOST_AUTO_TEST_CASE(a_namespace_that_comes_back_does_not_wait_for_a_refused_removal) {
  issue();
  serve(1);
  status = 403;
  tell(scope_changed{{namespace_left{"team-0", false}}});
  advance(1h);
  BOOST_TEST(api.count("DELETE", "/secrets/") > 30U); // as far apart as tries get
  status = 200;
  issue("renewed");
  api.calls.clear();
  tell(scope_changed{space("team-0")});
  BOOST_TEST(api.count("PATCH", "/secrets/") == 1U);
}

BOOST_AUTO_TEST_CASE(a_deleted_secret_is_written_again) {
  issue();
  serve(1);
  api.calls.clear();
  api.emit("secrets", R"({"type":"DELETED","object":{"metadata":{"name":)"
                      R"("acr-credential-secret-aggregation","namespace":"team-0","uid":"u",)"
                      R"("resourceVersion":"5000"},"type":"kubernetes.io/dockerconfigjson"}})");
  version = 6000;
  drain();
  BOOST_TEST(api.count("PATCH", "/secrets/") >= 1U);
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_is_reported_once_and_left_alone) {
  api.emit("secrets", R"({"type":"ADDED","object":{"metadata":{"name":)"
                      R"("acr-credential-secret-aggregation","namespace":"team-0","uid":"u",)"
                      R"("resourceVersion":"50"},"type":"Opaque"}})");
  drain();
  issue();
  serve(1);
  issue("renewed");
  BOOST_TEST(api.calls.empty());
  BOOST_TEST(logged("secret_foreign") == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_webhook_learns_of_foreign_secrets, writer_fixture) {
  using names = std::set<std::pair<std::string, std::string>>;
  std::vector<names> told;
  deps.tell_foreign = [&](const names& all) { told.push_back(all); };
  deps.elected = true; // each replica answers the API server, also one that does not lead
  const auto event = [&](const std::string& type, const std::string& labels) {
    api.emit("secret-aggregation&",
             R"({"type":")" + type +
                 R"(","object":{"metadata":{"name":"acr-credential-secret-aggregation",)"
                 R"("namespace":"team-0","uid":"u","resourceVersion":")" +
                 std::to_string(++version) + R"(","labels":{)" + labels +
                 R"(}},"type":"Opaque"}})");
    drain();
  };
  start();
  BOOST_REQUIRE_EQUAL(told.size(), 1U); // they replace what a writer before this one has said
  BOOST_TEST(told[0].empty());
  const names one{{"team-0", "acr-credential-secret-aggregation"}};
  event("ADDED", "");
  BOOST_REQUIRE_EQUAL(told.size(), 2U);
  BOOST_TEST((told[1] == one));
  serve(1);
  issue();
  event("MODIFIED", "");
  BOOST_TEST(told.size() == 2U);
  event("MODIFIED", R"("app.kubernetes.io/managed-by":"acr-credential-helper")"); // handed over
  BOOST_REQUIRE_EQUAL(told.size(), 3U);
  BOOST_TEST(told[2].empty());
  event("MODIFIED", "");
  event("DELETED", "");
  BOOST_REQUIRE_EQUAL(told.size(), 5U);
  BOOST_TEST((told[3] == one));
  BOOST_TEST(told[4].empty());
}

BOOST_AUTO_TEST_CASE(an_expired_password_is_blanked_in_place_without_a_withdrawal) {
  issue();
  serve(1);
  api.calls.clear();
  advance(1h - 1ms);
  BOOST_TEST(api.calls.empty());
  advance(1ms);
  BOOST_REQUIRE_EQUAL(api.calls.size(), 1U);
  BOOST_TEST(api.calls[0].body.find("withdrawn") != std::string::npos);
  BOOST_TEST(api.count("DELETE") == 0U);
}

BOOST_AUTO_TEST_CASE(a_session_that_died_is_a_failure_and_not_the_end) {
  issue();
  kill(deps.api);
  serve(1);
  BOOST_TEST(logged("WARNING write_failed") == 1U);
}

BOOST_AUTO_TEST_CASE(no_line_holds_a_password) {
  issue("marker-password");
  serve(3);
  status = 500;
  issue("marker-password-2");
  advance(1min);
  BOOST_TEST(logged("marker-password") == 0U);
  BOOST_TEST(!lines.empty());
}

BOOST_AUTO_TEST_SUITE_END()

/// After a restart in an outage no Pod there can pull until there is a password.
BOOST_FIXTURE_TEST_CASE(an_emptied_secret_does_not_serve_its_namespace, writer_fixture) {
  api.on_list = [](const std::string& url) -> std::vector<std::string> {
    if (url.find("aggregation-") != std::string::npos)
      return {};
    return {R"({"type":"ADDED","object":{"metadata":{"name":)"
            R"("acr-credential-secret-aggregation","namespace":"team-0","uid":"u",)"
            R"("resourceVersion":"50","labels":{"app.kubernetes.io/managed-by":)"
            R"("acr-credential-helper"}},"type":"kubernetes.io/dockerconfigjson",)"
            R"("data":{".dockerconfigjson":"e30="}}})"};
  };
  start();
  tell(expect_instances{{{"a", {}}}, ""});
  serve(1);
  advance(1h);
  BOOST_TEST(logged("namespace_served") == 0U);
  issue();
  BOOST_TEST(logged("namespace_served") == 1U);
}
