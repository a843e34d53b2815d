#define BOOST_TEST_MODULE http_server
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "runtime/serving/http_server.hpp"
#include "tests/support/certificates.hpp"

using namespace acr;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// A client of the server over TLS; blocking.
struct client {
  explicit client(std::uint16_t port, const std::string& trusted) {
    stream.set_verify_mode(asio::ssl::verify_peer); // of the context it would come too late
    tls.add_certificate_authority(asio::buffer(trusted));
    stream.set_verify_callback(asio::ssl::host_name_verification("localhost"));
    stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
    stream.handshake(asio::ssl::stream_base::client, error);
  }

  http::response<http::string_body> post(const std::string& body) {
    http::request<http::string_body> asked{http::verb::post, "/a", 11, body};
    asked.prepare_payload();
    http::write(stream, asked, error);
    http::response<http::string_body> answer;
    if (!error)
      http::read(stream, buffer, answer, error);
    return answer;
  }

  asio::io_context io;
  asio::ssl::context tls{asio::ssl::context::tls_client};
  asio::ssl::stream<tcp::socket> stream{io, tls};
  boost::beast::flat_buffer buffer;
  error_code error;
};

void echo(served_request asked, const std::function<void(served_answer)>& done) {
  done({200, {}, asked.method + " " + asked.target + " " + asked.body});
}

server_options options() {
  server_options out;
  out.tls = true;
  out.limits.body_bytes = 1000;
  out.limits.idle = 1min;
  return out;
}

server_identity identity_of(const testing::certificate_authority& who) {
  const auto made = who.issue("server", "DNS:localhost");
  return {made.certificate_pem, secret_string{std::string_view{made.key_pem}}};
}

std::unique_ptr<http_server> open(server_options how = options()) {
  auto server = http_server::open({"127.0.0.1", 0}, echo, std::move(how));
  BOOST_REQUIRE(server);
  return std::move(*server);
}

} // namespace

BOOST_AUTO_TEST_CASE(many_requests_are_answered_on_one_connection) {
  const testing::certificate_authority authority;
  const auto server = open();
  BOOST_TEST(!server->identify_as(identity_of(authority)));
  client one{server->port(), authority.pem()};
  for (const auto* body : {"x", "y", ""}) {
    const auto answer = one.post(body);
    BOOST_REQUIRE(!one.error);
    BOOST_TEST(answer.body() == std::string{"POST /a "} + body);
    BOOST_TEST(answer.keep_alive());
  }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_long_is_refused) {
  const testing::certificate_authority authority;
  const auto server = open();
  server->identify_as(identity_of(authority));
  client one{server->port(), authority.pem()};
  BOOST_TEST(one.post(std::string(1000, 'x')).result_int() == 200U);
  BOOST_TEST(one.post(std::string(1001, 'x')).result_int() == 413U);
}

BOOST_AUTO_TEST_CASE(bodies_that_never_end_cost_no_more_than_so_much_together) {
  const testing::certificate_authority authority;
  auto how = options();
  how.limits.body_bytes = 8U << 20U;
  how.limits.request = 1h;
  const auto server = open(how);
  server->identify_as(identity_of(authority));
  const auto begin = [&](client& one) {
    const std::string head =
        "POST / HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n" + std::string(1000, 'x');
    asio::write(one.stream, asio::buffer(head), one.error);
  };
  std::vector<std::unique_ptr<client>> slow;
  for (int i = 0; i < 6; ++i) {
    slow.push_back(std::make_unique<client>(server->port(), authority.pem()));
    begin(*slow.back());
  }
  client one{server->port(), authority.pem()};
  BOOST_TEST(one.post(std::string(7000000, 'x')).result_int() == 200U);
  char byte = 0;
  asio::read(slow.front()->stream, asio::buffer(&byte, 1), slow.front()->error);
  BOOST_TEST(!!slow.front()->error); // returns: it had to go
}

BOOST_AUTO_TEST_CASE(a_body_without_a_length_is_refused) {
  const testing::certificate_authority authority;
  const auto server = open();
  server->identify_as(identity_of(authority));
  client one{server->port(), authority.pem()};
  const std::string text = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  asio::write(one.stream, asio::buffer(text), one.error);
  http::response<http::string_body> answer;
  http::read(one.stream, one.buffer, answer, one.error);
  BOOST_TEST(answer.result_int() == 411U);
}

BOOST_AUTO_TEST_CASE(a_refusal_has_a_body_unless_its_own_request_is_a_head) {
  const testing::certificate_authority authority;
  const auto server = open();
  server->identify_as(identity_of(authority));
  const auto refusal_after = [&](const std::string& first, const std::string& second) {
    client one{server->port(), authority.pem()};
    const auto text = first + " / HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + second +
                      " / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    asio::write(one.stream, asio::buffer(text), one.error);
    std::string all;
    asio::read(one.stream, asio::dynamic_buffer(all), one.error); // until it is closed
    return all.substr(std::min(all.size(), all.find("HTTP/1.1 411")));
  };
  BOOST_TEST(
      refusal_after("HEAD", "POST").ends_with("\r\n\r\nthe length of the body has to be told\n"));
  BOOST_TEST(refusal_after("POST", "HEAD").ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(another_identity_holds_for_new_connections_and_ends_no_old_one) {
  const testing::certificate_authority before;
  const testing::certificate_authority after;
  const auto server = open();
  server->identify_as(identity_of(before));
  client old{server->port(), before.pem()};
  BOOST_TEST(old.post("1").result_int() == 200U);
  BOOST_TEST(!server->identify_as(identity_of(after)));
  BOOST_TEST(old.post("2").result_int() == 200U);
  client fresh{server->port(), after.pem()};
  BOOST_TEST(fresh.post("3").result_int() == 200U);
  client late{server->port(), before.pem()};
  BOOST_TEST(!!late.error);
}

BOOST_AUTO_TEST_CASE(what_is_no_identity_changes_nothing) {
  const testing::certificate_authority authority;
  const auto server = open();
  const auto good = identity_of(authority);
  const auto other = identity_of(authority);
  BOOST_TEST(!server->identify_as(good));
  for (const auto& bad : {server_identity{"", good.key}, server_identity{good.certificate, {}},
                          server_identity{good.certificate, other.key}}) {
    const auto refused = server->identify_as(bad);
    BOOST_REQUIRE(refused);
    BOOST_TEST((refused->code == errc::parameter_bad));
  }
  client one{server->port(), authority.pem()};
  BOOST_TEST(one.post("1").result_int() == 200U);
}

BOOST_AUTO_TEST_CASE(no_client_is_answered_without_an_identity) {
  const testing::certificate_authority authority;
  const auto server = open();
  client one{server->port(), authority.pem()};
  BOOST_TEST(!!one.error);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_trust_us_is_reported) {
  const testing::certificate_authority authority;
  const testing::certificate_authority another;
  std::promise<void> told;
  auto how = options();
  how.on_refused = [&] { told.set_value(); };
  const auto server = open(how);
  server->identify_as(identity_of(authority));
  client one{server->port(), another.pem()};
  BOOST_TEST(!!one.error);
  told.get_future().get(); // returns
}

BOOST_AUTO_TEST_CASE(old_versions_of_tls_are_refused) {
  const testing::certificate_authority authority;
  const auto server = open();
  server->identify_as(identity_of(authority));
  asio::io_context io;
  asio::ssl::context old{asio::ssl::context::tls_client};
  SSL_CTX_set_security_level(old.native_handle(), 0);
  SSL_CTX_set_max_proto_version(old.native_handle(), TLS1_1_VERSION);
  asio::ssl::stream<tcp::socket> stream{io, old};
  stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), server->port()});
  error_code error;
  stream.handshake(asio::ssl::stream_base::client, error);
  BOOST_TEST(!!error);
}

BOOST_AUTO_TEST_CASE(clients_that_do_not_take_their_answers_are_let_go_for_others) {
  server_options how;
  how.limits.connections = 4;
  how.limits.transmission = 1h;
  const std::string more_than_a_socket_holds(std::size_t{32} << 20U, 'x');
  auto server = http_server::open(
      {"127.0.0.1", 0},
      [&](const served_request& asked, const std::function<void(served_answer)>& done) {
        done({200, {}, asked.target == "/long" ? more_than_a_socket_holds : "short"});
      },
      how);
  BOOST_REQUIRE(server);
  asio::io_context io;
  const tcp::endpoint at{asio::ip::make_address("127.0.0.1"), (*server)->port()};
  const auto ask = [&](tcp::socket& peer, const std::string& target) {
    peer.connect(at);
    asio::write(peer, asio::buffer("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"));
  };
  std::vector<tcp::socket> idle;
  for (int i = 0; i < 4; ++i) {
    ask(idle.emplace_back(io), "/long");
    char first = 0;
    asio::read(idle.back(), asio::buffer(&first, 1)); // being answered
  }
  tcp::socket prompt{io};
  ask(prompt, "/short");
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> answer;
  error_code error;
  http::read(prompt, buffer, answer, error);
  BOOST_TEST(!error);
  BOOST_TEST(answer.body() == "short");
}

BOOST_AUTO_TEST_CASE(clients_that_never_begin_to_speak_are_let_go_for_others) {
  const testing::certificate_authority authority;
  auto how = options();
  how.limits.connections = 4;
  how.limits.request = 1h;
  const auto server = open(how);
  server->identify_as(identity_of(authority));
  asio::io_context io;
  std::vector<tcp::socket> silent;
  for (int i = 0; i < 40; ++i)
    silent.emplace_back(io).connect({asio::ip::make_address("127.0.0.1"), server->port()});
  client one{server->port(), authority.pem()};
  BOOST_TEST(one.post("1").result_int() == 200U);
}
