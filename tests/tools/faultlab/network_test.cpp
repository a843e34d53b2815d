#define BOOST_TEST_MODULE network
#include <boost/test/unit_test.hpp>

#include <set>

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "tests/support/actor_fixture.hpp"
#include "tools/faultlab/network/gateway.hpp"

using namespace acr;
using namespace acr::faultlab;
using namespace std::chrono_literals;

namespace {

constexpr const char* api = "https://api.lab";
constexpr const char* secrets =
    "https://api.lab/api/v1/secrets?watch=true&allowWatchBookmarks=true";

/// One gateway, one simulated cluster; a reader that writes down what it is told of a stream.
struct lab : testing::actor_fixture {
  lab() {
    net->attach("api.lab", std::make_shared<kubernetes_site>(cluster));
    start();
  }

  void start() {
    simulated_gateway_deps deps;
    deps.net = net;
    deps.true_time = wall();
    gateway = track(spawn_simulated_gateway(system, deps));
  }

  static http_request as_admin(const std::string& url) {
    http_request request;
    request.url = url;
    request.headers = {{"Authorization", "Bearer admin"}};
    return request;
  }

  /// The outcome of a call as text, and when it came.
  void call(const std::string& path, std::chrono::milliseconds deadline = 15s) {
    http_call message{as_admin(api + path), {}};
    message.limits.deadline = deadline;
    const auto asked = now();
    system.spawn(
        [this, asked](caf::event_based_actor* self, const http_call& what) {
          const auto tell = [this, asked](const std::string& outcome) {
            said.push_back(outcome + " after " + std::to_string((now() - asked).count()));
          };
          self->request(gateway, 10min, what)
              .then(
                  [tell](const http_reply& r) {
                    tell(r.value ? std::to_string(r.value->status)
                                 : to_string(r.value.error().code));
                  },
                  [tell](const caf::error&) { tell("nothing"); });
        },
        message);
    drain();
  }

  std::string outcome_of(const std::string& path) {
    said.clear();
    call(path);
    advance(60s);
    BOOST_REQUIRE_EQUAL(said.size(), 1U);
    return said[0].substr(0, said[0].find(' '));
  }

  stream_sink watch(const std::string& url, stream_limits limits = {}) {
    auto reader = track(system.spawn(
        [this](stream_sink::pointer self, int) -> stream_sink::behavior_type {
          return {[this](const stream_opened&) { said.emplace_back("opened"); },
                  [this, self](const stream_data& m) {
                    text += m.chunk.reveal();
                    ++pieces;
                    self->send(gateway, stream_ack{m.id, m.chunk.size(), self});
                  },
                  [this](const stream_refused& m) {
                    said.emplace_back("refused " + std::to_string(m.response.status));
                  },
                  [this](const stream_closed& m) {
                    said.emplace_back(m.reason ? to_string(m.reason->code) : "closed");
                  }};
        },
        0)); // an argument: UBSan does not know CAF's way of having none
    caf::anon_send(gateway, open_stream{stream_id{1}, as_admin(url), limits, reader});
    return reader;
  }

  void create(const std::string& name) {
    kubesim::request request;
    request.method = "POST";
    request.target = "/api/v1/namespaces/default/secrets";
    request.headers = {{"Authorization", "Bearer admin"}};
    request.body = R"({"metadata":{"name":")" + name + R"("}})";
    request.now = now();
    BOOST_REQUIRE_EQUAL(cluster.handle(request).answer.status, 201);
  }

  link_quality& quality() { return net->to("api.lab").quality; }

  kubesim::cluster cluster{now()};
  std::shared_ptr<network> net = std::make_shared<network>(7);
  http_gateway gateway;
  std::vector<std::string> said;
  std::string text;
  int pieces = 0;
};

constexpr const char* list = "/api/v1/namespaces";

} // namespace

BOOST_FIXTURE_TEST_CASE(a_call_is_answered_by_the_server_after_the_way_there_and_back, lab) {
  quality().delay_least = quality().delay_most = 30ms;
  call(list);
  BOOST_TEST(said.empty());
  advance(1min);
  BOOST_TEST(said == std::vector<std::string>{"200 after 60"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(each_state_of_a_link_fails_in_its_own_way, lab) {
  auto& state = net->to("api.lab").state;
  BOOST_TEST(outcome_of(list) == "200");
  state = reach::refusing;
  BOOST_TEST(outcome_of(list) == "connect_failed");
  state = reach::blackhole;
  BOOST_TEST(outcome_of(list) == "connect_failed");
  state = reach::unresolvable;
  BOOST_TEST(outcome_of(list) == "dns_failed");
  state = reach::untrusted;
  BOOST_TEST(outcome_of(list) == "tls_failed");
}

BOOST_FIXTURE_TEST_CASE(each_mishap_fails_in_its_own_way, lab) {
  for (const auto& [what, expected] : std::vector<std::pair<double link_quality::*, std::string>>{
           {&link_quality::lost_request, "connect_failed"},
           {&link_quality::lost_answer, "http_timeout"},
           {&link_quality::reset, "connection_lost"}}) {
    quality().*what = 1;
    BOOST_TEST(outcome_of(list) == expected);
    quality().*what = 0;
  }
  quality().busy = 1;
  const auto busy = outcome_of(list); // one of several ways to say so, by chance
  BOOST_TEST((std::set<std::string>{"429", "500", "502", "503", "504"}.contains(busy)), busy);
}

BOOST_FIXTURE_TEST_CASE(a_late_answer_meets_the_deadline_of_its_call, lab) {
  quality().delay_least = quality().delay_most = 3s;
  call(list, 5s);
  advance(1min);
  BOOST_TEST(said == std::vector<std::string>{"http_timeout after 5000"},
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(what_is_in_flight_is_executed_although_no_client_waits, lab) {
  quality().delay_least = quality().delay_most = 1s;
  http_call message{as_admin(std::string{api} + "/api/v1/namespaces"), {}};
  message.request.method = "POST";
  message.request.body = R"({"metadata":{"name":"team"}})";
  const auto caller = system.spawn(
      [this](caf::event_based_actor* self, const http_call& what) {
        self->request(gateway, 10min, what)
            .then([](const http_reply&) {}, [](const caf::error&) {});
      },
      message);
  drain();
  kill(caller);
  advance(5s);
  BOOST_TEST(cluster.find("namespaces", "", "team") != nullptr);
}

BOOST_FIXTURE_TEST_CASE(a_duplicated_request_is_executed_twice_and_answered_once, lab) {
  quality().duplicated = 1;
  int arrived = 0;
  net->on_traffic = [&](const traffic& m) { arrived += m.what == traffic::kind::arrived ? 1 : 0; };
  BOOST_TEST(outcome_of(list) == "200");
  BOOST_TEST(arrived == 2);
}

BOOST_FIXTURE_TEST_CASE(a_watch_brings_what_happens_in_order_and_in_pieces, lab) {
  quality().torn_stream = 1;
  watch(secrets);
  advance(1s);
  create("one");
  create("two");
  advance(10s);
  BOOST_TEST(said == std::vector<std::string>{"opened"}, boost::test_tools::per_element());
  BOOST_TEST(pieces > 2);
  const auto second = text.find("\"two\"");
  BOOST_TEST(second != std::string::npos);
  BOOST_TEST(text.find("\"one\"") < second);
  BOOST_TEST(text.ends_with('\n'));
}

BOOST_FIXTURE_TEST_CASE(bookmarks_keep_a_watch_alive_and_a_silent_one_ends_as_idle, lab) {
  stream_limits limits;
  limits.idle_timeout = 90s;
  watch(secrets, limits);
  advance(10min);
  BOOST_TEST(said == std::vector<std::string>{"opened"}, boost::test_tools::per_element());
  net->to("api.lab").quality.silent_stream = 1;
  net->to("api.lab").quality.stream_life_most = 0ms;
  caf::anon_send(gateway, close_stream{stream_id{1}, caf::actor_cast<stream_sink>(tracked.back())});
  drain();
  said.clear();
  watch(secrets, limits);
  advance(10min);
  BOOST_TEST(said == (std::vector<std::string>{"opened", "stream_idle"}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_restarting_server_breaks_its_watches, lab) {
  watch(secrets);
  advance(1s);
  cluster.restart(now());
  advance(1s);
  BOOST_TEST(said == (std::vector<std::string>{"opened", "connection_lost"}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_gateway_that_dies_answers_everyone, lab) {
  watch(secrets);
  advance(1s);
  quality().lost_answer = 1;
  call(list);
  advance(1s);
  kill(gateway);
  drain();
  BOOST_TEST(said == (std::vector<std::string>{"opened", "cancelled", "cancelled after 1000"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_happens_to_one_flow_does_not_depend_on_another) {
  network alone{3};
  network busy{3};
  for (auto* net : {&alone, &busy})
    net->attach("cloud", nullptr);
  for (int i = 0; i < 100; ++i) {
    if (i % 3 == 0)
      static_cast<void>(busy.draw("cloud", "instance b"));
    const auto a = alone.draw("cloud", "instance a");
    const auto b = busy.draw("cloud", "instance a");
    BOOST_TEST((a.there == b.there && a.back == b.back && a.luck == b.luck));
  }
}
