#define BOOST_TEST_MODULE http_gateway_tls
#include <boost/test/unit_test.hpp>

#include <atomic>

#include "tests/support/gateway_fixture.hpp"
#include "tests/support/http2_server.hpp"
#include "tests/support/print.hpp"
#include "tests/support/raw_server.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

void answers_ok(raw_connection& peer) {
  while (!peer.read_request().empty())
    peer.answer("200 OK", "ok");
}

void echoes(raw_connection& peer) { peer.answer("200 OK", peer.read_request()); }

struct authorities {
  certificate_authority good;
  certificate_authority other;
};

struct secured : authorities, gateway_fixture {
  secured() : gateway_fixture{trusting(good.pem())} {}

  static http_gateway_deps trusting(std::string pem) {
    http_gateway_deps deps;
    deps.trust = {std::move(pem), true};
    deps.connect_timeout = 300ms;
    return deps;
  }

  static http_request with(const std::string& url, tls_options options) {
    auto request = get(url);
    request.tls = std::make_shared<const tls_options>(std::move(options));
    return request;
  }

  /// How many of ten calls fail for want of a connection, long before their deadline.
  int failures_of_calls_at_once(const std::string& url) {
    int failed = 0;
    caf::scoped_actor self{system};
    for (int i = 0; i < 10; ++i)
      self->send(gateway, http_call{get(url), {60s}});
    for (int i = 0; i < 10; ++i)
      self->receive(
          [&](const http_reply& reply) {
            failed += !reply.value && reply.value.error().code == errc::connect_failed;
          },
          caf::after(30s) >> [] {});
    return failed;
  }

  identity here() const { return good.issue("server", "IP:127.0.0.1"); }
};

tls_options trusting_only(const certificate_authority& authority) {
  tls_options options;
  options.ca_pem = authority.pem();
  return options;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_gateway_tls_suite, secured)

BOOST_AUTO_TEST_CASE(a_server_of_a_trusted_authority_is_believed) {
  raw_server server{answers_ok, server_tls(here())};
  const auto answer = call(get(server.url()));
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->body.reveal() == "ok");
}

BOOST_AUTO_TEST_CASE(a_server_of_another_authority_is_refused_with_a_reason) {
  raw_server server{answers_ok, server_tls(other.issue("server", "IP:127.0.0.1"))};
  const auto answer = call(get(server.url()));
  BOOST_REQUIRE(!answer);
  BOOST_TEST(answer.error().code == errc::tls_failed);
  BOOST_TEST(answer.error().message.find("127.0.0.1:" + server.port()) != std::string::npos);
  BOOST_TEST(answer.error().message.find("issuer") != std::string::npos, answer.error().message);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_name_is_refused) {
  raw_server server{answers_ok, server_tls(good.issue("server", "DNS:elsewhere.example"))};
  BOOST_TEST(failure_of(get(server.url())) == errc::tls_failed);
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused) {
  raw_server server{answers_ok, server_tls(good.issue("server", "IP:127.0.0.1", -60))};
  BOOST_TEST(failure_of(get(server.url())) == errc::tls_failed);
}

BOOST_AUTO_TEST_CASE(the_authority_of_a_request_counts_instead_of_the_gateways) {
  raw_server server{answers_ok, server_tls(other.issue("server", "IP:127.0.0.1"))};
  BOOST_TEST(failure_of(with(server.url(), trusting_only(other))) == errc::none);
  BOOST_TEST(failure_of(with(server.url(), trusting_only(good))) == errc::tls_failed);
}

BOOST_AUTO_TEST_CASE(a_connection_made_under_one_trust_is_not_used_under_another) {
  raw_server server{answers_ok, server_tls(other.issue("server", "IP:127.0.0.1"))};
  tls_options careless;
  careless.insecure_skip_verify = true;
  BOOST_TEST(failure_of(with(server.url(), careless)) == errc::none);
  BOOST_TEST(failure_of(get(server.url())) == errc::tls_failed);
}

BOOST_AUTO_TEST_CASE(equal_options_share_a_connection) {
  raw_server server{answers_ok, server_tls(here())};
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(failure_of(with(server.url(), trusting_only(good))) == errc::none);
  BOOST_TEST(server.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(a_server_name_is_proved_in_place_of_the_host) {
  raw_server server{echoes, server_tls(good.issue("server", "DNS:api.example"))};
  auto options = trusting_only(good);
  options.server_name = "api.example";
  const auto answer = call(with(server.url("/x?y=1"), options));
  BOOST_REQUIRE(answer);
  const std::string request{answer->body.reveal()};
  BOOST_TEST(request.starts_with("GET /x?y=1 HTTP/1.1\r\n"));
  BOOST_TEST(request.find("Host: 127.0.0.1:" + server.port() + "\r\n") != std::string::npos);
  options.server_name = "other.example";
  BOOST_TEST(failure_of(with(server.url(), options)) == errc::tls_failed);
}

BOOST_AUTO_TEST_CASE(a_client_certificate_is_shown) {
  certificate_authority clients;
  raw_server server{answers_ok, server_tls(here(), clients.pem())};
  const auto client = clients.issue("client");
  auto options = trusting_only(good);
  options.client_cert_pem = client.certificate_pem;
  options.client_key_pem = secret_string{std::string_view{client.key_pem}};
  BOOST_TEST(failure_of(with(server.url(), options)) == errc::none);
}

BOOST_AUTO_TEST_CASE(without_the_client_certificate_that_a_server_wants_there_is_no_answer) {
  certificate_authority clients;
  raw_server server{answers_ok, server_tls(here(), clients.pem())};
  // TLS 1.3 lets the client believe that it is connected before it is refused.
  const auto code = failure_of(get(server.url()));
  BOOST_TEST((code == errc::connection_lost || code == errc::tls_failed), code);
}

BOOST_AUTO_TEST_CASE(a_client_key_that_cannot_be_read_is_a_tls_failure) {
  raw_server server{answers_ok, server_tls(here())};
  auto options = trusting_only(good);
  options.client_cert_pem = good.issue("client").certificate_pem;
  options.client_key_pem = secret_string{std::string_view{"not a key"}};
  const auto answer = call(with(server.url(), options));
  BOOST_REQUIRE(!answer);
  BOOST_TEST(answer.error().code == errc::tls_failed);
  BOOST_TEST(answer.error().message.find("not a key") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(streams_without_http2_do_not_wait_for_each_other) {
  raw_server server{[](raw_connection& peer) {
                      peer.read_request();
                      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                      peer.wait_for_the_peer_to_leave();
                    },
                    server_tls(here())};
  std::vector<std::shared_ptr<stream_record>> records;
  std::vector<stream_sink> readers;
  for (int i = 0; i < 5; ++i) {
    records.push_back(std::make_shared<stream_record>());
    readers.push_back(reader(records.back()));
    caf::anon_send(gateway, open_stream{stream_id{1}, get(server.url()), {}, readers.back()});
  }
  for (auto& record : records)
    BOOST_TEST(record->await([](const stream_record::state& s) { return s.opened; }).opened);
  for (auto& one : readers)
    stop(one);
}

// Calls to one host wait for each other's connection, in the hope of HTTP/2.
BOOST_AUTO_TEST_CASE(when_the_first_connection_hangs_those_that_wait_for_it_fail_as_soon) {
  raw_server server{[](raw_connection& peer) { peer.wait_for_the_peer_to_leave(); }};
  const auto url = "https://127.0.0.1:" + server.port() + "/";
  BOOST_TEST(failures_of_calls_at_once(url) == 10);
  BOOST_TEST(server.connections() < 10U); // not one after the other, each with a time of its own
}

BOOST_AUTO_TEST_CASE(when_the_first_connection_is_refused_those_that_wait_for_it_fail_too) {
  std::string port;
  {
    raw_server gone{[](raw_connection&) {}};
    port = gone.port();
  }
  BOOST_TEST(failures_of_calls_at_once("https://127.0.0.1:" + port + "/") == 10);
}

BOOST_AUTO_TEST_CASE(a_server_that_speaks_no_tls_is_a_tls_failure) {
  raw_server server{[](raw_connection& peer) { peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"); }};
  BOOST_TEST(failure_of(get("https://127.0.0.1:" + server.port() + "/")) == errc::tls_failed);
}

BOOST_AUTO_TEST_CASE(tls_older_than_1_2_is_refused) {
  auto tls = server_tls(here());
  SSL_CTX_set_security_level(tls->native_handle(), 0);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(tls->native_handle(), TLS1_1_VERSION);
  raw_server server{answers_ok, tls};
  BOOST_TEST(failure_of(get(server.url())) == errc::tls_failed);
}

// As kube-apiserver does with --goaway-chance, when a request arrives while its connection ends.
BOOST_AUTO_TEST_CASE(a_request_that_a_leaving_server_did_not_answer_is_sent_again_once) {
  std::atomic<int> connections = 0;
  raw_server server{[&](raw_connection& peer) {
                      http2_connection talk{peer};
                      const bool leaves = ++connections == 1;
                      while (const auto stream = talk.next_request()) {
                        if (leaves && stream > 1)
                          return talk.go_away(stream);
                        talk.answer(stream);
                      }
                    },
                    http2_tls(here())};
  BOOST_TEST(failure_of(get(server.url())) == errc::none);
  for (const auto* method : {"PATCH", "GET"}) {
    auto request = get(server.url());
    request.method = method;
    BOOST_TEST(failure_of(request) == errc::none);
  }
  BOOST_TEST(connections == 2);
}

BOOST_AUTO_TEST_CASE(a_post_that_a_leaving_server_did_not_answer_is_not_sent_again) {
  raw_server server{[](raw_connection& peer) {
                      http2_connection talk{peer};
                      while (const auto stream = talk.next_request()) {
                        if (stream > 1)
                          return talk.go_away(stream);
                        talk.answer(stream);
                      }
                    },
                    http2_tls(here())};
  BOOST_TEST(failure_of(get(server.url())) == errc::none);
  auto request = get(server.url());
  request.method = "POST";
  BOOST_TEST(failure_of(request) == errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(a_server_that_always_leaves_is_not_asked_for_ever) {
  std::atomic<int> requests = 0;
  raw_server server{[&](raw_connection& peer) {
                      http2_connection talk{peer};
                      while (const auto stream = talk.next_request()) {
                        if (++requests > 1)
                          return talk.go_away(stream);
                        talk.answer(stream);
                      }
                    },
                    http2_tls(here())};
  BOOST_TEST(failure_of(get(server.url())) == errc::none);
  BOOST_TEST(failure_of(get(server.url())) == errc::connection_lost);
  BOOST_TEST(requests == 3);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(an_extra_authority_is_trusted_beside_those_of_the_system) {
  certificate_authority extra;
  http_gateway_deps deps;
  deps.trust = {extra.pem(), false};
  gateway_fixture world{deps};
  raw_server server{answers_ok, server_tls(extra.issue("server", "IP:127.0.0.1"))};
  BOOST_TEST(world.failure_of(gateway_fixture::get(server.url())) == errc::none);
}

BOOST_AUTO_TEST_CASE(an_authority_that_was_replaced_is_read_again_after_the_first_failure) {
  const certificate_authority before;
  const certificate_authority after;
  std::atomic<bool> rotated = false;
  std::atomic<int> reads = 0;
  auto deps = secured::trusting(before.pem());
  deps.trust.extra_ca_again = [&] {
    ++reads;
    return rotated ? after.pem() : std::string{}; // before: cannot be read
  };
  gateway_fixture world{std::move(deps)};
  raw_server old{answers_ok, server_tls(before.issue("server", "IP:127.0.0.1"))};
  raw_server fresh{answers_ok, server_tls(after.issue("server", "IP:127.0.0.1"))};
  BOOST_TEST(world.failure_of(gateway_fixture::get(old.url())) == errc::none);
  BOOST_TEST(reads == 0);
  rotated = true;
  BOOST_TEST(world.failure_of(gateway_fixture::get(fresh.url())) == errc::tls_failed);
  BOOST_TEST(reads == 1);
  BOOST_TEST(world.failure_of(gateway_fixture::get(fresh.url())) == errc::none);
}

BOOST_AUTO_TEST_CASE(without_extra_authorities_those_of_the_system_decide) {
  certificate_authority unknown;
  gateway_fixture world;
  raw_server server{answers_ok, server_tls(unknown.issue("server", "IP:127.0.0.1"))};
  BOOST_TEST(world.failure_of(gateway_fixture::get(server.url())) == errc::tls_failed);
}
