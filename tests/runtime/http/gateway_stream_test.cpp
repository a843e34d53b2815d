#define BOOST_TEST_MODULE http_gateway_stream
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>

#include "tests/support/gateway_fixture.hpp"
#include "tests/support/print.hpp"
#include "tests/support/raw_server.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto open_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr stream_id first{1};
using state = stream_record::state;

bool is_open(const state& s) { return s.opened; }
bool is_over(const state& s) { return s.closed || s.refusal; }

struct streams : gateway_fixture {
  ~streams() {
    for (auto& one : readers)
      stop(one);
  }
  streams() = default;
  streams(const streams&) = delete;
  streams& operator=(const streams&) = delete;

  stream_sink start(const std::string& url, stream_limits limits = {}, bool acknowledge = true) {
    auto fresh = reader(record, acknowledge);
    readers.push_back(fresh);
    caf::anon_send(gateway, open_stream{first, get(url), limits, fresh});
    return fresh;
  }

  std::shared_ptr<stream_record> record = std::make_shared<stream_record>();
  std::vector<stream_sink> readers;
};

/// Answers the request, then does as told, then waits for the gateway to hang up.
raw_server::script streaming(std::function<void(raw_connection&)> then) {
  return [then = std::move(then)](raw_connection& peer) {
    peer.read_request();
    peer.write(open_head);
    then(peer);
    peer.wait_for_the_peer_to_leave();
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_gateway_stream_suite, streams)

BOOST_AUTO_TEST_CASE(a_stream_opens_with_the_headers_even_if_nothing_follows) {
  raw_server server{streaming([](raw_connection&) {})};
  start(server.url());
  BOOST_TEST(record->await(is_open).opened);
}

BOOST_AUTO_TEST_CASE(pieces_come_whole_and_in_order_wherever_they_were_cut) {
  const std::string text = R"({"type":"ADDED"})"
                           "\n"
                           R"({"type":"DELETED"})"
                           "\n";
  raw_server server{streaming([&](raw_connection& peer) {
    for (char c : text)
      peer.chunk(std::string(1, c));
    peer.chunk("");
  })};
  start(server.url());
  const auto seen = record->await(is_over);
  BOOST_TEST(seen.text == text);
  BOOST_TEST(seen.closed);
  BOOST_TEST(!seen.reason);
}

BOOST_AUTO_TEST_CASE(each_piece_comes_without_waiting_for_the_next) {
  std::promise<void> seen_first;
  raw_server server{streaming([&](raw_connection& peer) {
    peer.chunk("one");
    seen_first.get_future().wait();
    peer.chunk("two");
  })};
  start(server.url());
  BOOST_TEST(record->await([](const state& s) { return s.text == "one"; }).text == "one");
  seen_first.set_value();
  BOOST_TEST(record->await([](const state& s) { return s.text == "onetwo"; }).text == "onetwo");
}

BOOST_AUTO_TEST_CASE(another_status_is_a_refusal_with_its_body) {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.answer("410 Gone", R"({"reason":"Expired"})");
  }};
  start(server.url());
  const auto seen = record->await(is_over);
  BOOST_TEST(!seen.opened);
  BOOST_REQUIRE(seen.refusal);
  BOOST_TEST(seen.refusal->status == 410);
  BOOST_TEST(seen.refusal->body.reveal() == R"({"reason":"Expired"})");
}

BOOST_AUTO_TEST_CASE(a_refusal_counts_even_if_its_body_breaks_off) {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nhal");
  }};
  start(server.url());
  const auto seen = record->await(is_over);
  BOOST_REQUIRE(seen.refusal);
  BOOST_TEST(seen.refusal->status == 403);
}

BOOST_AUTO_TEST_CASE(a_stream_that_breaks_tells_why) {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.write(open_head);
    peer.chunk("one");
    peer.reset();
  }};
  start(server.url());
  const auto seen = record->await(is_over);
  BOOST_REQUIRE(seen.reason);
  BOOST_TEST(seen.reason->code == errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(no_answer_in_time_closes_it_as_a_timeout) {
  raw_server server{[](raw_connection& peer) { peer.wait_for_the_peer_to_leave(); }};
  start(server.url(), {300ms});
  const auto seen = record->await(is_over);
  BOOST_REQUIRE(seen.reason);
  BOOST_TEST(seen.reason->code == errc::http_timeout);
}

BOOST_AUTO_TEST_CASE(silence_closes_it_as_idle) {
  raw_server server{streaming([](raw_connection& peer) { peer.chunk("one"); })};
  start(server.url(), {15s, 300ms});
  const auto seen = record->await(is_over);
  BOOST_TEST(seen.text == "one");
  BOOST_REQUIRE(seen.reason);
  BOOST_TEST(seen.reason->code == errc::stream_idle);
}

BOOST_AUTO_TEST_CASE(a_refused_connection_closes_it) {
  std::string url;
  {
    raw_server gone{[](raw_connection&) {}};
    url = gone.url();
  }
  start(url);
  const auto seen = record->await(is_over);
  BOOST_REQUIRE(seen.reason);
  BOOST_TEST(seen.reason->code == errc::connect_failed);
}

BOOST_AUTO_TEST_CASE(an_unusable_url_closes_it) {
  start("nonsense://");
  const auto seen = record->await(is_over);
  BOOST_REQUIRE(seen.reason);
  BOOST_TEST(seen.reason->code == errc::bad_request);
}

BOOST_AUTO_TEST_CASE(a_reader_that_does_not_acknowledge_gets_no_more_than_its_window) {
  constexpr std::size_t total = std::size_t{64} << 20; // more than all socket buffers hold
  constexpr std::size_t window = std::size_t{64} << 10;
  std::atomic<bool> sent = false;
  raw_server server{streaming([&](raw_connection& peer) {
    const std::string piece(std::size_t{1} << 20, 'x');
    for (std::size_t i = 0; i < total / piece.size() && peer.good(); ++i)
      peer.chunk(piece);
    sent = true;
    peer.chunk("");
  })};
  // It is idle for longer than allowed, but through no fault of the server.
  const auto slow = start(server.url(), {15s, 300ms, window}, false);
  record->await([](const state& s) { return s.size >= window; });
  raw_server silent{[](raw_connection& peer) { peer.wait_for_the_peer_to_leave(); }};
  http_limits longer_than_that;
  longer_than_that.deadline = 1s;
  BOOST_TEST(failure_of(get(silent.url()), longer_than_that) == errc::http_timeout);
  BOOST_TEST(!sent);
  BOOST_TEST(!record->now().closed);
  constexpr std::size_t one_read = std::size_t{16} << 10;
  BOOST_TEST(record->now().size < window + one_read);

  // The rest comes as it is acknowledged.
  std::size_t acknowledged = 0;
  while (acknowledged < total) {
    const auto seen =
        record->await([&](const state& s) { return s.closed || s.size > acknowledged; });
    BOOST_REQUIRE(seen.size > acknowledged);
    caf::anon_send(gateway, stream_ack{first, seen.size - acknowledged, slow});
    acknowledged = seen.size;
  }
  const auto seen = record->await(is_over);
  BOOST_TEST(seen.closed);
  BOOST_TEST(!seen.reason);
  BOOST_TEST(seen.size == total);
}

BOOST_AUTO_TEST_CASE(it_ends_when_its_reader_dies) {
  std::promise<void> left;
  raw_server server{[&](raw_connection& peer) {
    peer.read_request();
    peer.write(open_head);
    peer.wait_for_the_peer_to_leave();
    left.set_value();
  }};
  const auto dying = start(server.url());
  record->await(is_open);
  stop(dying);
  BOOST_TEST((left.get_future().wait_for(30s) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(closing_it_is_silent) {
  std::promise<void> left;
  raw_server server{[&](raw_connection& peer) {
    peer.read_request();
    peer.write(open_head);
    peer.wait_for_the_peer_to_leave();
    left.set_value();
  }};
  const auto reading = start(server.url());
  record->await(is_open);
  caf::anon_send(gateway, close_stream{first, reading});
  BOOST_TEST((left.get_future().wait_for(30s) == std::future_status::ready));
  BOOST_TEST(failure_of(get("nonsense://")) == errc::bad_request); // a round trip later
  BOOST_TEST(!record->now().closed);
}

BOOST_AUTO_TEST_CASE(two_readers_may_use_the_same_name) {
  raw_server server{streaming([](raw_connection& peer) { peer.chunk("x"); })};
  auto other = std::make_shared<stream_record>();
  start(server.url());
  std::swap(other, record);
  const auto second = start(server.url());
  BOOST_TEST(record->await(is_open).opened);
  BOOST_TEST(other->await(is_open).opened);
  caf::anon_send(gateway, close_stream{first, second});
  BOOST_TEST(other->await([](const state& s) { return s.text == "x"; }).text == "x");
  BOOST_TEST(!other->now().closed);
}

BOOST_AUTO_TEST_CASE(opening_it_again_replaces_it) {
  std::promise<void> left;
  raw_server old{[&](raw_connection& peer) {
    peer.read_request();
    peer.write(open_head);
    peer.wait_for_the_peer_to_leave();
    left.set_value();
  }};
  raw_server fresh{streaming([](raw_connection& peer) { peer.chunk("fresh"); })};
  const auto reading = start(old.url());
  record->await(is_open);
  caf::anon_send(gateway, open_stream{first, get(fresh.url()), {}, reading});
  BOOST_TEST((left.get_future().wait_for(30s) == std::future_status::ready));
  BOOST_TEST(record->await([](const state& s) { return s.text == "fresh"; }).text == "fresh");
  BOOST_TEST(!record->now().closed);
}

BOOST_AUTO_TEST_CASE(its_reader_learns_that_the_gateway_was_killed) {
  raw_server server{streaming([](raw_connection&) {})};
  start(server.url());
  record->await(is_open);
  stop(gateway);
  const auto seen = record->await(is_over);
  BOOST_REQUIRE(seen.reason);
  BOOST_TEST(seen.reason->code == errc::cancelled);
}

BOOST_AUTO_TEST_CASE(calls_go_on_beside_a_stream_that_waits_for_its_reader) {
  raw_server server{[](raw_connection& peer) {
    if (peer.read_request().starts_with("GET /stream")) {
      peer.write(open_head);
      while (peer.good())
        peer.chunk(std::string(std::size_t{1} << 16, 'x'));
    } else {
      peer.answer("200 OK", "");
    }
  }};
  start(server.url("/stream"), {15s, 90s, 1000}, false);
  record->await([](const state& s) { return s.size >= 1000; });
  BOOST_TEST(failure_of(get(server.url("/call"))) == errc::none);
}

BOOST_AUTO_TEST_SUITE_END()
