#define BOOST_TEST_MODULE secret_writer
#include <boost/test/unit_test.hpp>

#include "actors/secret_writer.hpp"
#include "actors/writer/write_spreading.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_api.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

struct writer_fixture : actor_fixture {
  writer_fixture() {
    api.on_call = [this](const http_request& m) { return answer(m); };
    deps.api = track(system.spawn(fake_api, &api));
    deps.wall = wall();
    deps.seed = 42;
    deps.log = logger{
        [this](const log_record& r) { lines.push_back(format_line(r, now(), log_format::text)); },
        log_level::debug};
  }

  std::optional<http_response> answer(const http_request& m) {
    if (silent)
      return std::nullopt;
    if (status != 200)
      return http_response{status, headers, secret_string{std::string_view{body}}};
    return success(m);
  }

  /// As a server that accepts every write: a patched account comes back with its list.
  http_response success(const http_request& m) {
    ++version;
    if (m.url.find("/serviceaccounts/") != std::string::npos)
      return {200,
              {},
              secret_string{
                  R"({"metadata":{"name":"default","namespace":")" + namespace_in(m.url) +
                  R"(","uid":"u","resourceVersion":")" + std::to_string(version) +
                  R"("},"imagePullSecrets":[{"name":"acr-credential-secret-aggregation"}]})"}};
    return {200,
            {},
            secret_string{R"({"metadata":{"name":"x","namespace":"y","uid":"u",)"
                          R"("resourceVersion":")" +
                          std::to_string(version) + R"("}})"}};
  }

  static std::string namespace_in(const std::string& url) {
    const std::string before = "/namespaces/";
    const auto from = url.find(before) + before.size();
    return url.substr(from, url.find('/', from) - from);
  }

  secret_writer start() {
    writer = track(spawn_secret_writer(system, deps));
    return writer;
  }

  template <class Message>
  void tell(Message m) {
    caf::anon_send(writer, std::move(m));
    drain();
  }

  void issue(const std::string& password = "secret") {
    tell(token_issued{
        "a",
        {"cr_temp_user", secret_string{std::string_view{password}}, now() + 1h, {"a.example"}},
        now() + 45min});
  }

  static std::vector<scope_event> space(const std::string& ns) {
    kubernetes::service_account account;
    account.meta = {{ns, "default"}, "u", "1"};
    return {namespace_seen{ns, false}, account_seen{account, true}};
  }

  void serve(int count) {
    scope_changed all;
    for (int i = 0; i < count; ++i)
      for (auto& event : space("team-" + std::to_string(i)))
        all.events.push_back(std::move(event));
    all.events.emplace_back(scope_synced{});
    tell(all);
  }

  /// "PATCH sa team-0", "PATCH secret team-0" ...
  std::vector<std::string> writes() const {
    std::vector<std::string> found;
    for (const auto& call : api.calls) {
      const bool account = call.url.find("/serviceaccounts/") != std::string::npos;
      const auto ns = call.url.substr(call.url.find("team-"));
      found.push_back(call.method + (account ? " sa " : " secret ") + ns.substr(0, ns.find('/')));
    }
    return found;
  }

  std::size_t logged(const std::string& text) const {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
          return line.find(text) != std::string::npos;
        }));
  }

  api_script api;
  secret_writer_deps deps;
  secret_writer writer;
  std::vector<std::string> lines;
  int version = 100;
  int status = 200;
  std::vector<http_header> headers;
  std::string body;
  bool silent = false;
};

struct started_writer : writer_fixture {
  started_writer() {
    start();
    tell(expect_instances{{{"a", {}}}, ""});
  }
};

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

BOOST_AUTO_TEST_CASE(an_expired_password_is_blanked_in_place_though_nobody_withdraws_it) {
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

namespace {

/// Only Roles in single namespaces allow to watch and write.
struct writer_with_roles : writer_fixture {
  writer_with_roles() {
    api.on_open = [this](const std::string& url) { return may(url) ? 0 : 403; };
    api.on_call = [this](const http_request& m) -> std::optional<http_response> {
      if (m.method == "GET" && m.url.find("/secrets") != std::string::npos && !may(m.url))
        return http_response{403, {}, {}};
      return answer(m);
    };
    start();
    tell(expect_instances{{{"a", {}}}, ""});
  }

  bool may(const std::string& url) const {
    return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& ns) {
      return url.find(ns.empty() ? "/secrets" : "/namespaces/" + ns + "/secrets") !=
             std::string::npos;
    });
  }

  void select(std::vector<std::string> names) {
    tell(select_scope{{names.empty(), std::move(names)}, {true, {}}});
  }

  std::size_t watched(const std::string& ns) const {
    return static_cast<std::size_t>(
        std::count_if(api.streams.begin(), api.streams.end(), [&](const auto& stream) {
          return stream.request.url.find("/namespaces/" + ns + "/secrets") != std::string::npos;
        }));
  }

  std::vector<std::string> allowed{"team-0", "team-1"};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(with_roles_only, writer_with_roles)

BOOST_AUTO_TEST_CASE(a_list_of_namespaces_is_watched_and_served_one_by_one) {
  select({"team-0", "team-1"});
  BOOST_TEST(api.streams.size() == 8U);
  issue();
  serve(2);
  BOOST_TEST(logged("namespace_served") == 2U);
  BOOST_TEST(logged("WARNING watch_failed") == 0U);
}

BOOST_AUTO_TEST_CASE(it_does_not_matter_whether_the_refusal_or_the_list_comes_first) {
  select({}); // it is known by now that all namespaces may not be watched
  BOOST_TEST(logged("WARNING watch_failed") == 1U);
  select({"team-0"});
  BOOST_TEST(watched("team-0") == 4U);
  BOOST_TEST(logged("WARNING watch_failed") == 1U);
}

BOOST_AUTO_TEST_CASE(a_namespace_without_a_role_delays_no_other_and_nothing_is_written_blindly) {
  select({"team-0", "team-1", "team-2"});
  issue();
  serve(3);
  BOOST_TEST(logged("namespace_served") == 2U);
  BOOST_TEST(api.count("PATCH", "/namespaces/team-2/") == 0U);
  allowed.emplace_back("team-2");
  advance(2min);
  BOOST_TEST(logged("namespace_served") == 3U);
}

BOOST_AUTO_TEST_CASE(watches_follow_the_list) {
  select({"team-0"});
  select({"team-1"});
  BOOST_TEST(watched("team-1") == 4U);
  select({"team-0", "team-1"});
  BOOST_TEST(watched("team-1") == 4U);
  BOOST_TEST(watched("team-0") == 8U); // begun anew: the script counts all that ever were
}

BOOST_AUTO_TEST_CASE(all_namespaces_are_never_watched_one_by_one) {
  select({});
  issue();
  serve(2);
  advance(1min);
  BOOST_TEST(api.streams.empty());
  BOOST_TEST(api.count("PATCH") == 0U);
  allowed.emplace_back(""); // everywhere
  advance(2min);
  BOOST_TEST(api.streams.size() == 4U);
  BOOST_TEST(logged("namespace_served") == 2U);
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_is_left_alone_there_too) {
  api.on_list = [](const std::string& url) -> std::vector<std::string> {
    if (url.find("aggregation-") != std::string::npos ||
        url.find("/namespaces/team-0/") == std::string::npos)
      return {};
    return {R"({"type":"ADDED","object":{"metadata":{"name":)"
            R"("acr-credential-secret-aggregation","namespace":"team-0","uid":"u",)"
            R"("resourceVersion":"50"},"type":"Opaque"}})"};
  };
  select({"team-0", "team-1"});
  issue();
  serve(2);
  BOOST_TEST(api.count("PATCH", "/namespaces/team-0/") == 0U);
  BOOST_TEST(logged("secret_foreign") == 1U);
  BOOST_TEST(logged("namespace_served") == 1U);
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

BOOST_FIXTURE_TEST_CASE(where_it_is_allowed_a_list_is_watched_as_a_whole, started_writer) {
  tell(select_scope{{false, {"team-0"}}, {true, {}}});
  BOOST_TEST(api.streams.size() == 4U);
}

BOOST_FIXTURE_TEST_SUITE(with_an_election, writer_fixture)

BOOST_AUTO_TEST_CASE(nothing_is_written_unless_it_leads_and_all_is_known_when_it_does) {
  deps.elected = true;
  start();
  tell(expect_instances{{{"a", {}}}, ""});
  serve(2);
  issue();
  advance(1h);
  BOOST_TEST(writes().empty());
  issue();
  tell(leadership{mono() + 10s});
  BOOST_TEST(writes().size() == 4U);
}

BOOST_AUTO_TEST_CASE(no_write_begins_after_the_time_it_leads_until) {
  deps.elected = true;
  start();
  tell(expect_instances{{{"a", {}}}, ""});
  tell(leadership{mono() + 10s});
  serve(1);
  issue();
  BOOST_TEST(writes().size() == 2U);
  advance(10s);
  issue("other");
  advance(1min);
  BOOST_TEST(writes().size() == 2U);
  tell(leadership{mono() + 10s});
  BOOST_TEST(writes().size() == 3U);
  tell(leadership{});
  issue("third");
  BOOST_TEST(writes().size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_retry_waits_for_the_lead_too) {
  deps.elected = true;
  silent = true;
  start();
  tell(expect_instances{{{"a", {}}}, ""});
  tell(leadership{mono() + 10s});
  serve(1);
  issue();
  BOOST_TEST(writes() == (std::vector<std::string>{"PATCH sa team-0", "PATCH secret team-0"}),
             boost::test_tools::per_element());
  advance(10s);
  silent = false;
  advance(1min); // both are given up, and not tried again
  BOOST_TEST(writes().size() == 2U);
}

/// The lead may end between two steps of one handler: it asks before each.
BOOST_AUTO_TEST_CASE(a_lead_that_has_ended_already_begins_nothing_and_ends_the_handler) {
  deps.elected = true;
  start();
  tell(expect_instances{{{"a", {}}}, ""});
  serve(50);
  issue();
  tell(leadership{mono()});
  BOOST_TEST(writes().empty());
  tell(leadership{mono() + 10s});
  BOOST_TEST(writes().size() == 100U);
}

BOOST_AUTO_TEST_SUITE_END()
