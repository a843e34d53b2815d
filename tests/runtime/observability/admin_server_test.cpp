#define BOOST_TEST_MODULE admin_server
#include <boost/test/unit_test.hpp>

#include <future>
#include <new>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include "runtime/observability/admin_server.hpp"

using namespace acr;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

struct client {
  explicit client(std::uint16_t port) {
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
  }

  void send(const std::string& text) {
    boost::system::error_code ignored; // the server may have had enough
    asio::write(socket, asio::buffer(text), ignored);
  }

  /// All that comes until the server closes.
  std::string rest() {
    std::string text;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(text), end);
    return text;
  }

  std::string ask(const std::string& text) {
    send(text);
    return rest();
  }

  asio::io_context io;
  tcp::socket socket{io};
};

void echo(const page_request& wanted, const std::function<void(page)>& done) {
  const auto& path = wanted.path;
  done({path == "/none" ? 404 : 200, "text/plain", "you asked for " + path});
}

std::unique_ptr<admin_server> open(page_maker make = echo, page_limits limits = {}) {
  auto server = admin_server::open({"127.0.0.1", 0}, std::move(make), limits);
  BOOST_REQUIRE(server);
  return std::move(*server);
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(only_addresses_and_localhost_name_this_machine) {
  for (const auto* host :
       {"", "localhost", "LocalHost:8082", "127.0.0.1:8082", "[::1]:8082", "10.0.0.9"})
    BOOST_TEST(names_this_machine(host), host);
  for (const auto* host : {"evil.example", "evil.example:8082", "127.0.0.1.evil.example",
                           "localhost.evil.example", "xlocalhost:1", "127.0.0.1@evil"})
    BOOST_TEST(!names_this_machine(host), host);
}

BOOST_AUTO_TEST_CASE(a_page_hears_by_which_name_it_was_asked) {
  std::string heard;
  const auto server = open([&](const page_request& wanted, const std::function<void(page)>& done) {
    heard = wanted.host;
    done({});
  });
  client{server->port()}.ask("GET / HTTP/1.1\r\nHost: evil.example:1\r\n\r\n");
  BOOST_TEST(heard == "evil.example:1");
}

BOOST_AUTO_TEST_CASE(a_page_is_answered_once_and_the_connection_closed) {
  const auto server = open();
  const auto answer = client{server->port()}.ask("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(answer.ends_with("\r\n\r\nyou asked for /metrics"));
  for (const auto* header :
       {"Connection: close", "Cache-Control: no-store", "X-Content-Type-Options: nosniff",
        "default-src 'none'", "Content-Length: 22"})
    BOOST_TEST(holds(answer, header), header);
  BOOST_TEST(client{server->port()}.ask("GET /none HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 404"));
}

BOOST_AUTO_TEST_CASE(head_has_the_headers_only) {
  const auto server = open();
  const auto answer = client{server->port()}.ask("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(holds(answer, "Content-Length: 16"));
  BOOST_TEST(answer.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(nothing_can_be_written) {
  const auto server = open();
  for (const auto* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"}) {
    const auto answer = client{server->port()}.ask(
        std::string{method} + " /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    BOOST_TEST(answer.starts_with("HTTP/1.1 405"), method);
    BOOST_TEST(holds(answer, "Allow: GET, HEAD"));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_request_or_too_long_is_refused) {
  const auto server = open();
  BOOST_TEST(client{server->port()}.ask("\x16\x03\x01 hello\r\n\r\n").starts_with("HTTP/1.1 400"));
  // Not a byte more than it reads before it answers: what is left unread has the kernel reset the
  // connection, and the answer may be lost.
  const std::string line = "GET / HTTP/1.1\r\n"; // does not count
  const std::string end = "\r\n\r\n";
  const auto limit = page_limits{}.header_bytes;
  const auto field = [](std::size_t bytes) { return "X: " + std::string(bytes - 3, 'x'); };
  BOOST_TEST(client{server->port()}.ask(line + field(limit)).starts_with("HTTP/1.1 431"));
  BOOST_TEST(client{server->port()}
                 .ask(line + field(limit - 1 - end.size()) + end)
                 .starts_with("HTTP/1.1 200"));
}

BOOST_AUTO_TEST_CASE(a_page_whose_making_throws_ends_its_connection_only) {
  page_limits limits;
  limits.answer = 20ms;
  const auto server = open(
      [](const page_request& wanted, const std::function<void(page)>& done) {
        if (wanted.path == "/bad")
          throw std::bad_alloc{};
        echo(wanted, done);
      },
      limits);
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(client{server->port()}.ask("GET /bad HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 503"));
    BOOST_TEST(holds(client{server->port()}.ask("GET /a HTTP/1.1\r\n\r\n"), "asked for /a"));
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_finish_its_request_is_let_go) {
  page_limits limits;
  limits.request = 20ms;
  const auto server = open(echo, limits);
  client slow{server->port()};
  slow.send("GET / HTTP/1.1\r\nX: ");
  BOOST_TEST(slow.rest().empty()); // returns: the server has closed
}

BOOST_AUTO_TEST_CASE(slow_clients_do_not_keep_a_prompt_one_out) {
  page_limits limits;
  limits.connections = 2;
  limits.request = 1h; // nobody is let go for being slow
  const auto server = open(echo, limits);
  std::vector<std::unique_ptr<client>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<client>(server->port()));
    slow.back()->send("GET / HTTP/1.1\r\nX: ");
  }
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(holds(client{server->port()}.ask("GET /livez HTTP/1.1\r\n\r\n"), "for /livez"));
  BOOST_TEST(slow.front()->rest().empty()); // returns: the oldest had to go
}

BOOST_AUTO_TEST_CASE(a_page_that_is_not_made_in_time_is_503) {
  page_limits limits;
  limits.answer = 20ms;
  std::function<void(page)> kept;
  const auto server = open(
      [&](const page_request&, std::function<void(page)> done) { kept = std::move(done); }, limits);
  BOOST_TEST(client{server->port()}.ask("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 503"));
  kept({200, "text/plain", "late"}); // goes nowhere
}

BOOST_AUTO_TEST_CASE(a_page_may_be_made_by_another_thread_and_after_the_end_of_the_server) {
  std::promise<std::function<void(page)>> asked;
  auto server = open([&](const page_request&, std::function<void(page)> done) {
    asked.set_value(std::move(done));
  });
  client waiting{server->port()};
  waiting.send("GET / HTTP/1.1\r\n\r\n");
  const auto done = asked.get_future().get();
  server.reset();
  std::thread{[&] { done({200, "text/plain", "too late"}); }}.join();
}

BOOST_AUTO_TEST_CASE(addresses_are_read_as_they_are_written) {
  const auto read = [](const std::string& text) {
    const auto found = parse_page_address(text);
    return found ? found->host + "|" + std::to_string(found->port) : "bad";
  };
  BOOST_TEST(read(":8081") == "|8081");
  BOOST_TEST(read("127.0.0.1:0") == "127.0.0.1|0");
  BOOST_TEST(read("localhost:9090") == "127.0.0.1|9090");
  BOOST_TEST(read("[::1]:9090") == "::1|9090");
  for (const auto* text : {"", "9090", "127.0.0.1", "::1:9090", ":", ":x", ":99999", ":-1", ":1 ",
                           "example.com:80", "[::1:80"})
    BOOST_TEST(read(text) == "bad", text);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_reported) {
  const auto server = open();
  const auto second = admin_server::open({"127.0.0.1", server->port()}, echo);
  BOOST_REQUIRE(!second);
  BOOST_TEST((second.error().code == errc::connect_failed));
}

BOOST_AUTO_TEST_CASE(a_target_is_taken_apart) {
  using map = std::map<std::string, std::string>;
  const auto query = [](const std::string& target) { return parse_page_target(target).query; };
  BOOST_TEST(parse_page_target("/status?a=b").path == "/status");
  BOOST_TEST((query("/") == map{}));
  const auto nothing = query("/?");
  BOOST_TEST((nothing.empty() || nothing == map{{"", ""}}));
  BOOST_TEST((query("/?namespace=a%2Db+c&x=1&x=2") == map{{"namespace", "a-b c"}, {"x", "1"}}));
  BOOST_TEST(query("/?namespace=%zz%").size() == 1U);
  BOOST_TEST(query("/?namespace=a=b").at("namespace") == "a=b");
}
