#define BOOST_TEST_MODULE http_gateway
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>

#include <caf/event_based_actor.hpp>

#include "tests/support/gateway_fixture.hpp"
#include "tests/support/print.hpp"
#include "tests/support/raw_server.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

http_gateway_deps quick_to_give_up() {
  http_gateway_deps deps;
  deps.user_agent = "agent/1";
  deps.connect_timeout = 300ms;
  return deps;
}

struct loopback : gateway_fixture {
  loopback() : gateway_fixture{quick_to_give_up()} {}
};

constexpr http_limits soon{300ms};

raw_server::script says(std::string text) {
  return [text = std::move(text)](raw_connection& peer) {
    peer.read_request();
    peer.write(text);
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_gateway_suite, loopback)

BOOST_AUTO_TEST_CASE(gives_status_headers_and_body_of_an_answer) {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.answer("404 Not Found", "no such thing", "X-One: a b \r\nx-two:c\r\n");
  }};
  const auto answer = call(get(server.url()));
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 404);
  BOOST_TEST(answer->body.reveal() == "no such thing");
  BOOST_TEST(find_header(answer->headers, "x-one") == "a b");
  BOOST_TEST(find_header(answer->headers, "X-Two") == "c");
}

BOOST_AUTO_TEST_CASE(sends_headers_and_path_as_given_and_adds_no_more_than_it_must) {
  std::promise<std::string> seen;
  raw_server server{[&](raw_connection& peer) {
    seen.set_value(peer.read_request());
    peer.answer("200 OK", "");
  }};
  auto request = get(server.url("/a/../b%2Fc?x=1&y"));
  request.headers = {{"x-Acs-Date", "today"}, {"host", "sts.example.com"}, {"Empty", ""}};
  BOOST_REQUIRE(call(request));
  BOOST_TEST(seen.get_future().get() == "GET /a/../b%2Fc?x=1&y HTTP/1.1\r\n"
                                        "Host: sts.example.com\r\n"
                                        "User-Agent: agent/1\r\n"
                                        "x-Acs-Date: today\r\n"
                                        "Empty:\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(sends_a_body_with_its_length_and_no_expectation) {
  std::promise<std::string> seen;
  raw_server server{[&](raw_connection& peer) {
    seen.set_value(peer.read_request());
    peer.answer("200 OK", "");
  }};
  auto request = get(server.url());
  request.method = "PATCH";
  request.body = std::string(100000, 'x');
  BOOST_REQUIRE(call(request));
  const auto text = seen.get_future().get();
  BOOST_TEST(text.starts_with("PATCH / HTTP/1.1\r\n"));
  BOOST_TEST(text.find("Content-Length: 100000\r\n") != std::string::npos);
  BOOST_TEST(text.find("Expect") == std::string::npos);
  BOOST_TEST(text.find("Content-Type") == std::string::npos);
  BOOST_TEST(text.ends_with("\r\n\r\n" + request.body));
}

BOOST_AUTO_TEST_CASE(an_empty_post_says_that_it_is_empty) {
  std::promise<std::string> seen;
  raw_server server{[&](raw_connection& peer) {
    seen.set_value(peer.read_request());
    peer.answer("200 OK", "");
  }};
  auto request = get(server.url());
  request.method = "POST";
  BOOST_REQUIRE(call(request));
  BOOST_TEST(seen.get_future().get().find("Content-Length: 0\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_answer_to_head_has_no_body) {
  raw_server server{says("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")};
  auto request = get(server.url());
  request.method = "HEAD";
  const auto answer = call(request);
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->body.empty());
}

BOOST_AUTO_TEST_CASE(a_connection_is_used_again) {
  raw_server server{[](raw_connection& peer) {
    while (!peer.read_request().empty())
      peer.answer("200 OK", "ok");
  }};
  for (int i = 0; i < 3; ++i)
    BOOST_REQUIRE(call(get(server.url())));
  BOOST_TEST(server.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(a_reused_connection_that_the_server_has_closed_is_replaced) {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.answer("200 OK", "ok");
  }};
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(failure_of(get(server.url())) == errc::none);
}

BOOST_AUTO_TEST_CASE(a_redirect_is_an_answer_and_is_not_followed) {
  raw_server server{says("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")};
  const auto answer = call(get(server.url()));
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 302);
  BOOST_TEST(server.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(an_interim_answer_is_not_the_answer) {
  raw_server server{says("HTTP/1.1 103 Early Hints\r\nX: early\r\n\r\n"
                         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")};
  const auto answer = call(get(server.url()));
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 200);
  BOOST_TEST(find_header(answer->headers, "x").empty());
}

BOOST_AUTO_TEST_CASE(a_body_of_the_allowed_size_passes_and_one_byte_more_does_not) {
  raw_server server{[](raw_connection& peer) {
    while (!peer.read_request().empty()) {
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      peer.chunk(std::string(1000, 'x'));
      peer.chunk("");
    }
  }};
  BOOST_TEST(failure_of(get(server.url()), {15s, 1000}) == errc::none);
  BOOST_TEST(failure_of(get(server.url()), {15s, 999}) == errc::response_too_big);
}

BOOST_AUTO_TEST_CASE(a_body_announced_too_big_is_not_even_read) {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    peer.wait_for_the_peer_to_leave();
  }};
  BOOST_TEST(failure_of(get(server.url()), {15s, 1000}) == errc::response_too_big);
}

BOOST_AUTO_TEST_CASE(headers_without_end_are_cut_off) {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n");
    while (peer.good())
      peer.write("X-More: of the same\r\n");
  }};
  BOOST_TEST(failure_of(get(server.url())) == errc::response_too_big);
}

BOOST_AUTO_TEST_CASE(a_truncated_body_is_a_lost_connection) {
  raw_server server{says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")};
  BOOST_TEST(failure_of(get(server.url())) == errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(a_truncated_chunk_is_a_lost_connection) {
  raw_server server{says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf")};
  BOOST_TEST(failure_of(get(server.url())) == errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(truncated_headers_are_no_answer) {
  raw_server server{says("HTTP/1.1 200 OK\r\nContent-Le")};
  const auto code = failure_of(get(server.url()));
  BOOST_TEST((code == errc::connection_lost || code == errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(garbage_is_a_malformed_answer) {
  raw_server server{says("SSH-2.0-OpenSSH_9.2\r\n")};
  BOOST_TEST(failure_of(get(server.url())) == errc::malformed_answer);
}

BOOST_AUTO_TEST_CASE(hanging_up_without_a_word_is_a_lost_connection) {
  raw_server server{says("")};
  BOOST_TEST(failure_of(get(server.url())) == errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(a_reset_is_a_lost_connection) {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    peer.reset();
  }};
  BOOST_TEST(failure_of(get(server.url())) == errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_a_timeout) {
  raw_server server{[](raw_connection& peer) { peer.wait_for_the_peer_to_leave(); }};
  BOOST_TEST(failure_of(get(server.url()), soon) == errc::http_timeout);
}

BOOST_AUTO_TEST_CASE(a_server_that_drips_is_a_timeout_too) {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    while (peer.good())
      peer.write("."); // the loopback is fast, but the end is far
  }};
  BOOST_TEST(failure_of(get(server.url()), {300ms, 200000000}) == errc::http_timeout);
}

BOOST_AUTO_TEST_CASE(a_refused_connection_tells_host_and_port) {
  std::string url;
  std::string port;
  {
    raw_server gone{[](raw_connection&) {}};
    url = gone.url("/path?secret=1");
    port = gone.port();
  }
  const auto answer = call(get(url));
  BOOST_REQUIRE(!answer);
  BOOST_TEST(answer.error().code == errc::connect_failed);
  BOOST_TEST(answer.error().message ==
             "no connection to 127.0.0.1:" + port + ": Connection refused");
  BOOST_TEST(answer.error().step == "GET http://127.0.0.1:" + port + "/path");
}

BOOST_AUTO_TEST_CASE(a_name_that_does_not_exist_is_a_dns_failure) {
  // RFC 2606: .invalid never exists. Without any name server it may also just take too long.
  const auto code = failure_of(get("http://nobody.invalid/"));
  BOOST_TEST((code == errc::dns_failed));
}

BOOST_AUTO_TEST_CASE(an_unusable_url_is_a_bad_request) {
  for (const char* url : {"", "no-scheme", "ftp://example.com/", "file:///etc/passwd",
                          "http://user:pw@example.com/", "http://exa mple.com/"})
    BOOST_TEST(failure_of(get(url)) == errc::bad_request, url);
}

BOOST_AUTO_TEST_CASE(a_header_that_would_break_the_framing_is_a_bad_request) {
  raw_server server{says("HTTP/1.1 200 OK\r\n\r\n")};
  auto request = get(server.url());
  request.headers = {{"X", "a\r\nInjected: b"}};
  BOOST_TEST(failure_of(request) == errc::bad_request);
}

BOOST_AUTO_TEST_CASE(many_calls_at_once_are_all_answered) {
  raw_server server{[](raw_connection& peer) {
    for (auto text = peer.read_request(); !text.empty(); text = peer.read_request())
      peer.answer("200 OK", text.substr(0, text.find(" HTTP")));
  }};
  constexpr int count = 100;
  int right = 0;
  caf::scoped_actor self{system};
  for (int i = 0; i < count; ++i)
    self->send(gateway, http_call{get(server.url('/' + std::to_string(i))), {}});
  for (int i = 0; i < count; ++i)
    self->receive(
        [&](const http_reply& reply) { right += reply.value && reply.value->status == 200; },
        caf::after(30s) >> [] {});
  BOOST_TEST(right == count);
}

BOOST_AUTO_TEST_CASE(calls_in_flight_are_answered_when_the_gateway_is_killed) {
  std::promise<void> asked;
  raw_server server{[&](raw_connection& peer) {
    peer.read_request();
    asked.set_value();
    peer.wait_for_the_peer_to_leave();
  }};
  caf::scoped_actor self{system};
  auto pending = self->request(gateway, 60s, http_call{get(server.url()), {}});
  asked.get_future().wait();
  stop(gateway);
  errc code = errc::none;
  pending.receive([&](const http_reply& reply) { code = reply.value.error().code; },
                  [](const caf::error&) {});
  BOOST_TEST(code == errc::cancelled);
}

BOOST_AUTO_TEST_CASE(a_call_ends_when_its_caller_dies) {
  std::promise<void> asked;
  std::promise<void> left;
  raw_server server{[&](raw_connection& peer) {
    peer.read_request();
    asked.set_value();
    peer.wait_for_the_peer_to_leave();
    left.set_value();
  }};
  auto caller = system.spawn(
      [](caf::event_based_actor* self, const http_gateway& to, const http_request& what) {
        self->request(to, 60s, http_call{what, {60s}})
            .then([](const http_reply&) {}, [](caf::error&) {});
      },
      gateway, get(server.url()));
  asked.get_future().wait();
  stop(caller);
  BOOST_TEST((left.get_future().wait_for(30s) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(a_post_is_not_repeated_where_its_connection_ends_without_an_answer) {
  std::atomic<int> posts = 0;
  raw_server server{[&](raw_connection& peer) {
    for (auto text = peer.read_request(); !text.empty(); text = peer.read_request()) {
      if (text.starts_with("POST")) {
        ++posts;
        return; // carried out, but not answered
      }
      peer.answer("200 OK", "");
    }
  }};
  for (const char* body : {"", "Action=AssumeRole"}) {
    posts = 0;
    BOOST_TEST(failure_of(get(server.url())) == errc::none); // a connection to be used again
    auto request = get(server.url());
    request.method = "POST";
    request.body = body;
    const auto answer = call(request);
    BOOST_REQUIRE(!answer);
    BOOST_TEST(answer.error().code == errc::connection_lost);
    BOOST_TEST(posts == 1);
  }
}

BOOST_AUTO_TEST_CASE(one_silent_server_does_not_hold_up_another) {
  raw_server silent{[](raw_connection& peer) { peer.wait_for_the_peer_to_leave(); }};
  raw_server good{says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")};
  caf::scoped_actor self{system};
  self->send(gateway, http_call{get(silent.url()), {60s}});
  BOOST_TEST(failure_of(get(good.url())) == errc::none);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_call_whose_caller_died_is_not_missed_at_its_deadline) {
  std::mutex mutex;
  std::vector<std::string> events;
  auto deps = quick_to_give_up();
  deps.log = logger{[&](const log_record& record) {
                      const std::lock_guard lock{mutex};
                      events.emplace_back(record.event);
                    },
                    log_level::debug};
  std::promise<void> asked;
  std::promise<void> left;
  raw_server server{[&](raw_connection& peer) {
    if (peer.read_request().starts_with("GET /first")) {
      asked.set_value();
      peer.wait_for_the_peer_to_leave();
      left.set_value();
    }
    peer.wait_for_the_peer_to_leave();
  }};
  gateway_fixture one{std::move(deps)};
  auto caller = one.actors().spawn(
      [](caf::event_based_actor* self, const http_gateway& to, const http_request& what) {
        self->request(to, 60s, http_call{what, {500ms}})
            .then([](const http_reply&) {}, [](caf::error&) {});
      },
      one.gateway, gateway_fixture::get(server.url("/first")));
  asked.get_future().wait();
  gateway_fixture::stop(caller);
  BOOST_TEST((left.get_future().wait_for(30s) == std::future_status::ready));
  // This one is given up after the gateway would have missed the first (500 ms and a second).
  BOOST_TEST(one.failure_of(gateway_fixture::get(server.url()), {2s}) == errc::http_timeout);
  const std::lock_guard lock{mutex};
  BOOST_TEST(std::count(events.begin(), events.end(), "http_answer_lost") == 0);
}

BOOST_AUTO_TEST_CASE(a_request_may_name_its_own_proxy) {
  raw_server proxy{says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown")};
  raw_server server{says("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect")};
  for (const auto policy : {proxy_policy::environment, proxy_policy::none, proxy_policy::fixed}) {
    system_config config;
    caf::actor_system system{config};
    http_gateway_deps deps;
    deps.proxy = {policy, secret_string{std::string_view{"http://127.0.0.1:1"}}, "*"};
    const auto gateway = spawn_http_gateway(system, deps);
    auto request = gateway_fixture::get(server.url());
    request.proxy_url = proxy.url("");
    std::string body;
    caf::scoped_actor self{system};
    self->request(gateway, 60s, http_call{request, {}})
        .receive([&](const http_reply& reply) { body = reply.value->body.reveal(); },
                 [](const caf::error&) {});
    BOOST_TEST(body == "own");
    gateway_fixture::stop(gateway);
  }
}

BOOST_AUTO_TEST_CASE(a_call_that_must_not_use_the_proxy_does_not) {
  raw_server proxy{says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")};
  raw_server direct{says("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect")};
  system_config config;
  caf::actor_system system{config};
  http_gateway_deps deps;
  deps.proxy = {proxy_policy::fixed, secret_string{proxy.url("")}, ""};
  const auto gateway = spawn_http_gateway(system, deps);
  caf::scoped_actor self{system};
  const auto body_of = [&](bool use_proxy) {
    std::string body;
    http_limits limits;
    limits.use_proxy = use_proxy;
    self->request(gateway, 60s, http_call{gateway_fixture::get(direct.url()), limits})
        .receive([&](const http_reply& reply) { body = reply.value->body.reveal(); },
                 [](const caf::error&) {});
    return body;
  };
  BOOST_TEST(body_of(true) == "proxy");
  BOOST_TEST(body_of(false) == "direct");
  gateway_fixture::stop(gateway);
}
