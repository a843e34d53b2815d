#define BOOST_TEST_MODULE http_gateway_budget
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

using state = stream_record::state;

/// A server of streams at /stream that say nothing, and of answers elsewhere.
raw_server::script serving() {
  return [](raw_connection& peer) {
    for (auto text = peer.read_request(); !text.empty(); text = peer.read_request()) {
      if (text.starts_with("GET /stream")) {
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        return peer.wait_for_the_peer_to_leave();
      }
      peer.answer("200 OK", "ok");
    }
  };
}

struct many_streams : gateway_fixture {
  explicit many_streams(http_gateway_deps deps = {}) : gateway_fixture{std::move(deps)} {}
  ~many_streams() {
    for (auto& one : readers)
      stop(one);
  }
  many_streams(const many_streams&) = delete;
  many_streams& operator=(const many_streams&) = delete;

  std::shared_ptr<stream_record> open(const raw_server& server, stream_limits limits = {}) {
    auto record = std::make_shared<stream_record>();
    readers.push_back(reader(record));
    caf::anon_send(gateway,
                   open_stream{stream_id{1}, get(server.url("/stream")), limits, readers.back()});
    return record;
  }

  std::vector<stream_sink> readers;
};

http_gateway_deps with(budget_limits budgets) {
  http_gateway_deps deps;
  deps.budgets = budgets;
  return deps;
}

budget_limits tiny() {
  budget_limits out;
  out.exchanges = 1;
  out.streams = 3;
  out.streams_alone = 2;
  return out;
}

bool is_open(const state& s) { return s.opened; }
bool is_over(const state& s) { return s.closed || s.refusal; }

} // namespace

BOOST_AUTO_TEST_CASE(three_hundred_streams_leave_the_exchanges_their_connections) {
  raw_server server{serving()};
  many_streams all;
  std::vector<std::shared_ptr<stream_record>> records;
  for (int i = 0; i < 300; ++i)
    records.push_back(all.open(server));
  int opened = 0;
  for (const auto& record : records)
    opened += record->await([](const state& s) { return s.opened || s.closed; }).opened;
  BOOST_TEST(opened == 300);
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(all.failure_of(gateway_fixture::get(server.url())) == errc::none);
  // Behind all the streams the connection of an exchange is still kept for the next one.
  BOOST_TEST(server.connections() == 301U);
}

BOOST_AUTO_TEST_CASE(a_stream_without_a_connection_says_what_it_waited_for) {
  raw_server server{serving()};
  many_streams all{with(tiny())};
  const auto first = all.open(server);
  const auto second = all.open(server);
  BOOST_TEST(first->await(is_open).opened);
  BOOST_TEST(second->await(is_open).opened);
  stream_limits soon;
  soon.open_deadline = 300ms;
  const auto reason = all.open(server, soon)->await(is_over).reason;
  BOOST_REQUIRE(reason);
  BOOST_TEST(reason->code == errc::http_timeout);
  BOOST_TEST(reason->message == "waited 570 ms for its turn: 2 streams to 127.0.0.1:" +
                                    server.port() + " are under way");
  BOOST_TEST(all.failure_of(gateway_fixture::get(server.url())) == errc::none);
}

BOOST_AUTO_TEST_CASE(a_stream_that_waits_begins_when_another_ends) {
  raw_server server{serving()};
  many_streams all{with(tiny())};
  BOOST_TEST(all.open(server)->await(is_open).opened);
  BOOST_TEST(all.open(server)->await(is_open).opened);
  const auto third = all.open(server);
  const auto fourth = all.open(server)->await(is_over); // one may wait, no more
  BOOST_REQUIRE(fourth.reason);
  BOOST_TEST(fourth.reason->code == errc::http_timeout);
  gateway_fixture::stop(all.readers[0]);
  BOOST_TEST(third->await(is_open).opened);
}

BOOST_AUTO_TEST_CASE(an_exchange_that_waits_says_so_and_is_answered_in_its_turn) {
  std::promise<void> asked;
  std::promise<void> go_on;
  std::atomic<int> requests = 0;
  raw_server server{[&](raw_connection& peer) {
    while (!peer.read_request().empty()) {
      if (++requests == 1) {
        asked.set_value();
        go_on.get_future().wait();
      }
      peer.answer("200 OK", "ok");
    }
  }};
  gateway_fixture one{with(tiny())};
  caf::scoped_actor self{one.actors()};
  auto held = self->request(one.gateway, 60s, http_call{gateway_fixture::get(server.url()), {}});
  asked.get_future().wait();
  const auto late = one.call(gateway_fixture::get(server.url()), {300ms});
  BOOST_REQUIRE(!late);
  BOOST_TEST(late.error().code == errc::http_timeout);
  BOOST_TEST(late.error().message == "waited 300 ms for its turn: 1 requests to 127.0.0.1:" +
                                         server.port() + " are under way");
  BOOST_TEST(requests == 1);
  auto next = self->request(one.gateway, 60s, http_call{gateway_fixture::get(server.url()), {}});
  go_on.set_value();
  for (auto* pending : {&held, &next})
    pending->receive([](const http_reply& reply) { BOOST_TEST(bool{reply.value}); },
                     [](const caf::error&) { BOOST_TEST(false); });
  BOOST_TEST(requests == 2);
}
