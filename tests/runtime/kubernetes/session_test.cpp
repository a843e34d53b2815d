#define BOOST_TEST_MODULE session
#include <boost/test/unit_test.hpp>

#include <deque>
#include <set>

#include <caf/typed_event_based_actor.hpp>

#include "runtime/kubernetes/session.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace acr;
using namespace acr::kubernetes;
using namespace std::chrono_literals;

namespace {

struct fake_run : running_plugin {
  explicit fake_run(int* living) : living_{living} { ++*living_; }
  ~fake_run() override { --*living_; }
  fake_run(const fake_run&) = delete;
  fake_run& operator=(const fake_run&) = delete;
  int* living_;
};

struct session_fixture : testing::actor_fixture {
  session_fixture() {
    gateway = track(system.spawn(fake_gateway, this));
    receiver = track(system.spawn(fake_receiver, this));
  }
  // Whoever writes into the members below goes before them.
  ~session_fixture() { kill_all(); }
  session_fixture(const session_fixture&) = delete;
  session_fixture& operator=(const session_fixture&) = delete;

  void start(credential_source source) {
    session_deps deps;
    deps.gateway = gateway;
    deps.access.server = "https://api:6443";
    deps.access.credential = std::move(source);
    if (!ca.empty()) {
      tls_options tls;
      tls.ca_pem = ca;
      deps.access.tls = std::make_shared<const tls_options>(tls);
      deps.access.files.ca = "/ca.crt";
    }
    deps.wall = wall();
    deps.read_file = [this](const std::string& path) -> result<secret_string> {
      return secret_string{std::string_view{path == "/ca.crt" ? ca : file}};
    };
    deps.run_plugin = [this](const exec_plugin&, const exec_cluster& cluster,
                             std::function<void(result<exec_credential>)> done) {
      told = cluster;
      finish = std::move(done);
      ++runs;
      return std::make_unique<fake_run>(&living);
    };
    session = track(spawn_kubernetes_session(system, std::move(deps)));
  }

  /// Answers 200, or 401 to each token in `refused`; silent if told so.
  static http_gateway::behavior_type fake_gateway(http_gateway::pointer self,
                                                  session_fixture* world) {
    return {[self, world](const http_call& call) {
              auto promise = self->make_response_promise<http_reply>();
              world->calls.push_back(call);
              if (world->on_call)
                world->on_call();
              const std::string token{find_header(call.request.headers, "Authorization")};
              const int status = world->refused.contains(token) ? 401 : 200;
              if (call.request.tls && call.request.tls->ca_pem != world->server_ca) {
                promise.deliver(http_reply{make_failure(errc::tls_failed, "GET", "not trusted")});
                return promise;
              }
              if (world->silent)
                world->promises.push_back(promise);
              else
                promise.deliver(http_reply{http_response{status, {}, {}}});
              return promise;
            },
            [world](const open_stream& stream) { world->streams.push_back(stream); },
            [world](const stream_ack& ack) { world->acks.push_back(ack); },
            [world](const close_stream& end) { world->ends.push_back(end); }};
  }

  static stream_sink::behavior_type fake_receiver(stream_sink::pointer, session_fixture* world) {
    return {[](const stream_opened&) {}, [](const stream_data&) {}, [](const stream_refused&) {},
            [world](const stream_closed& end) { world->closed.push_back(end); }};
  }

  /// Asks; the answer, whenever it comes, is `replies[index]`, or nothing if the time is over.
  std::size_t post(const std::string& url = "/api") {
    http_call what;
    what.request.url = url;
    replies.emplace_back();
    system.spawn(
        [](caf::event_based_actor* self, const http_gateway& to, const http_call& text,
           std::optional<http_reply>* out) {
          self->request(to, text.limits.deadline + 5s, text)
              .then([out](const http_reply& reply) { *out = reply; }, [](caf::error&) {});
        },
        session, what, &replies.back());
    drain();
    return replies.size() - 1;
  }
  /// The status of the answer, or minus the code of the failure; 0 if there is none yet.
  int outcome(std::size_t index) const {
    const auto& reply = replies.at(index);
    if (!reply)
      return 0;
    return reply->value ? reply->value->status : -static_cast<int>(reply->value.error().code);
  }
  int call(const std::string& url = "/api") { return outcome(post(url)); }
  static int minus(errc code) { return -static_cast<int>(code); }

  void open(std::uint64_t id) {
    open_stream what;
    what.id = stream_id{id};
    what.request.url = "/watch";
    what.receiver = receiver;
    caf::anon_send(session, what);
    drain();
  }

  static exec_credential token(std::string_view text) {
    exec_credential value;
    value.token = secret_string{text};
    return value;
  }
  void finish_with(const result<exec_credential>& outcome_of_plugin) {
    finish(outcome_of_plugin);
    drain();
  }
  std::string sent_token(std::size_t index) const {
    return std::string{find_header(calls.at(index).request.headers, "Authorization")};
  }

  http_gateway gateway, session;
  stream_sink receiver;
  std::deque<std::optional<http_reply>> replies; // whose addresses stay
  std::string file = "one";
  std::string ca;        ///< What the file of the cluster's CA holds; empty: there is none.
  std::string server_ca; ///< What proves the server.
  std::set<std::string> refused;
  std::function<void()> on_call;
  bool silent = false;
  std::vector<http_call> calls;
  std::vector<caf::typed_response_promise<http_reply>> promises;
  std::vector<open_stream> streams;
  std::vector<stream_ack> acks;
  std::vector<close_stream> ends;
  std::vector<stream_closed> closed;
  std::function<void(result<exec_credential>)> finish;
  exec_cluster told;
  int runs = 0;
  int living = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_suite, session_fixture)

BOOST_AUTO_TEST_CASE(the_ca_of_a_cluster_rotates_without_a_failed_call) {
  ca = server_ca = "old";
  start(token_file{"/token"});
  BOOST_TEST(call() == 200);
  advance(2s);
  ca = server_ca = "new";
  BOOST_TEST(call() == 200);
  BOOST_TEST(calls.size() == 3U); // the second was sent twice
  BOOST_TEST(calls.back().request.tls->ca_pem == "new");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_trusted_is_asked_once_where_the_files_have_not_changed) {
  ca = "old";
  server_ca = "other";
  start(token_file{"/token"});
  BOOST_TEST(call() == minus(errc::tls_failed));
  BOOST_TEST(calls.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_call_gets_server_and_token) {
  start(token_file{"/token"});
  BOOST_TEST(call("/api/v1/namespaces") == 200);
  BOOST_TEST(calls.at(0).request.url == "https://api:6443/api/v1/namespaces");
  BOOST_TEST(sent_token(0) == "Bearer one");
}

BOOST_AUTO_TEST_CASE(a_stream_gets_them_too_and_its_messages_are_passed_on) {
  start(token_file{"/token"});
  open(5);
  BOOST_REQUIRE_EQUAL(streams.size(), 1U);
  BOOST_TEST(streams[0].request.url == "https://api:6443/watch");
  BOOST_TEST(find_header(streams[0].request.headers, "Authorization") == "Bearer one");
  BOOST_TEST((streams[0].receiver == receiver));
  caf::anon_send(session, stream_ack{stream_id{5}, 100, receiver});
  caf::anon_send(session, close_stream{stream_id{5}, receiver});
  drain();
  BOOST_TEST(acks.at(0).bytes == 100U);
  BOOST_TEST((ends.at(0).id == stream_id{5}));
}

BOOST_AUTO_TEST_CASE(a_call_that_is_refused_is_sent_once_more_with_the_new_token) {
  start(token_file{"/token"});
  call();
  refused = {"Bearer one"};
  file = "two";
  BOOST_TEST(call() == 200);
  BOOST_REQUIRE_EQUAL(calls.size(), 3U);
  BOOST_TEST(sent_token(1) == "Bearer one");
  BOOST_TEST(sent_token(2) == "Bearer two");
  BOOST_TEST(calls[2].request.headers.size() == 1U); // not both tokens
  BOOST_TEST(calls[2].request.url == "https://api:6443/api");
}

BOOST_AUTO_TEST_CASE(a_call_is_not_sent_again_with_the_same_token_nor_twice) {
  start(token_file{"/token"});
  refused = {"Bearer one", "Bearer two"};
  BOOST_TEST(call() == 401);
  BOOST_TEST(calls.size() == 1U);
  file = "two";
  BOOST_TEST(call() == 401);
  BOOST_TEST(calls.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_call_is_sent_twice_at_most_however_often_the_token_changes) {
  start(token_file{"/token"});
  on_call = [this] {
    refused.insert("Bearer " + file);
    file += "x";
  };
  BOOST_TEST(call() == 401);
  BOOST_TEST(calls.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_not_relative_is_refused_unsent) {
  start(token_file{"/token"});
  BOOST_TEST(call("https://elsewhere/api") == minus(errc::bad_request));
  BOOST_TEST(calls.empty());
  open_stream what;
  what.request.url = "https://elsewhere/api";
  what.receiver = receiver;
  caf::anon_send(session, what);
  drain();
  BOOST_REQUIRE_EQUAL(closed.size(), 1U);
  BOOST_TEST((closed[0].reason->code == errc::bad_request));
  BOOST_TEST(streams.empty());
}

BOOST_AUTO_TEST_CASE(without_a_token_nothing_is_sent) {
  file = "";
  start(token_file{"/token"});
  BOOST_TEST(call() == minus(errc::credentials_bad));
  open(1);
  BOOST_TEST((closed.at(0).reason->code == errc::credentials_bad));
  BOOST_TEST(calls.empty());
  BOOST_TEST(streams.empty());
}

BOOST_AUTO_TEST_CASE(one_plugin_serves_all_that_wait) {
  start(exec_plugin{});
  BOOST_TEST(call() == 0);
  BOOST_TEST(call() == 0);
  open(1);
  open(2);
  caf::anon_send(session, close_stream{stream_id{2}, receiver}); // changed its mind
  drain();
  BOOST_TEST(runs == 1);
  BOOST_TEST(told.server == "https://api:6443");
  finish_with(token("t"));
  BOOST_TEST(calls.size() == 2U);
  BOOST_TEST(sent_token(1) == "Bearer t");
  BOOST_REQUIRE_EQUAL(streams.size(), 1U);
  BOOST_TEST((streams[0].id == stream_id{1}));
  BOOST_TEST(living == 0);
  BOOST_TEST(call() == 200);
  BOOST_TEST(runs == 1);
}

BOOST_AUTO_TEST_CASE(a_refused_credential_of_a_plugin_is_replaced) {
  start(exec_plugin{});
  call();
  finish_with(token("t"));
  advance(1min);
  refused = {"Bearer t"};
  BOOST_TEST(call() == 0);
  BOOST_TEST(runs == 2);
  finish_with(token("u"));
  BOOST_REQUIRE_EQUAL(calls.size(), 3U);
  BOOST_TEST(sent_token(2) == "Bearer u");
}

BOOST_AUTO_TEST_CASE(when_the_plugin_fails_all_callers_are_answered) {
  start(exec_plugin{});
  const auto waiting = post();
  open(1);
  finish_with(
      make_failure(errc::credentials_bad, "run credential plugin x", "ended with status 1"));
  BOOST_TEST(outcome(waiting) == minus(errc::credentials_bad));
  BOOST_TEST((closed.at(0).reason->code == errc::credentials_bad));
  BOOST_TEST(call() == minus(errc::credentials_bad)); // at once, without another run
  BOOST_TEST(runs == 1);
  advance(5s);
  call();
  BOOST_TEST(runs == 2);
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_wait) {
  start(exec_plugin{});
  for (int i = 0; i < 1024; ++i)
    call();
  BOOST_TEST(call() == minus(errc::not_ready));
  for (std::uint64_t i = 0; i < 1025; ++i)
    open(i);
  BOOST_REQUIRE_EQUAL(closed.size(), 1U);
  BOOST_TEST((closed[0].reason->code == errc::not_ready));
}

BOOST_AUTO_TEST_CASE(a_gateway_that_does_not_answer_is_reported_before_the_caller_gives_up) {
  start(no_credential{});
  silent = true;
  const auto waiting = post();
  advance(1min);
  BOOST_TEST(outcome(waiting) == minus(errc::actor_down));
}

BOOST_AUTO_TEST_CASE(callers_are_answered_when_the_session_dies) {
  for (const bool for_plugin : {true, false}) {
    silent = true;
    if (for_plugin)
      start(exec_plugin{});
    else
      start(no_credential{});
    const auto waiting = post();
    kill(session);
    BOOST_TEST(outcome(waiting) == minus(errc::cancelled));
    BOOST_TEST(living == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_plugin_that_ends_after_the_session_does_no_harm) {
  start(exec_plugin{});
  call();
  kill(session);
  session = http_gateway{};
  finish_with(token("t"));
  BOOST_TEST(calls.empty());
}

BOOST_AUTO_TEST_SUITE_END()
