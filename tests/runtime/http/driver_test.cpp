#define BOOST_TEST_MODULE http_driver
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/http/driver.hpp"
#include "tests/support/raw_server.hpp"

// Without a gateway, and so without actors: what many threads do to it at once is for the thread
// sanitizer to judge (preset tsan).

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

http_driver_options options() {
  http_driver_options made;
  made.user_agent = "test";
  made.connect_timeout = 5s;
  return made;
}

http_request get(const std::string& url) {
  http_request made;
  made.url = url;
  return made;
}

/// Counts the events that it gets.
class listening {
public:
  http_driver::listener listener() {
    return [this](driver_event what) {
      const std::lock_guard lock{guard_};
      if (const auto* ended = std::get_if<exchange_ended>(&what)) {
        ++ended_;
        answered_ += ended->value.has_value() ? 1 : 0;
      }
      if (const auto* piece = std::get_if<transfer_piece>(&what))
        bytes_ += piece->chunk.reveal().size();
      changed_.notify_all();
    };
  }
  template <class Condition>
  bool await(Condition reached) {
    std::unique_lock lock{guard_};
    return changed_.wait_for(lock, 60s, [&] { return reached(*this); });
  }

  int ended_ = 0;
  int answered_ = 0;
  std::size_t bytes_ = 0;

private:
  std::mutex guard_;
  std::condition_variable changed_;
};

/// Answers every request on a connection until the peer leaves.
raw_server::script serving() {
  return [](raw_connection& peer) {
    while (!peer.read_request().empty())
      peer.answer("200 OK", "ok");
  };
}

} // namespace

BOOST_AUTO_TEST_CASE(threads_that_ask_at_once_are_all_answered) {
  constexpr int threads = 4;
  constexpr int each = 25;
  listening heard;
  raw_server server{serving()};
  http_driver driver{options(), heard.listener()};
  std::vector<std::thread> askers;
  for (int i = 0; i < threads; ++i)
    askers.emplace_back([&, i] {
      for (int k = 0; k < each; ++k)
        driver.exchange(transfer_id{static_cast<std::uint64_t>(i * each + k)}, get(server.url()),
                        {});
    });
  for (auto& one : askers)
    one.join();
  BOOST_TEST(heard.await([](const auto& all) { return all.ended_ == threads * each; }));
  BOOST_TEST(heard.answered_ == threads * each);
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_acknowledged_and_withdrawn_by_other_threads) {
  listening heard;
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (peer.good())
      peer.chunk(std::string(1000, 'x'));
  }};
  http_driver driver{options(), heard.listener()};
  stream_limits limits;
  limits.window = 4000;
  driver.open(transfer_id{1}, get(server.url()), limits);
  std::atomic<bool> enough{false};
  std::thread reader{[&] {
    while (!enough) {
      driver.acknowledge(transfer_id{1}, 1000);
      std::this_thread::yield();
    }
  }};
  BOOST_TEST(heard.await([](const auto& all) { return all.bytes_ > 20'000; }));
  std::thread other{[&] { driver.withdraw(transfer_id{1}); }};
  other.join();
  enough = true;
  reader.join();
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_after_its_end_whatever_is_in_flight) {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.wait_for_the_peer_to_leave(); // no answer
  }};
  for (int round = 0; round < 5; ++round) {
    std::atomic<bool> gone{false};
    std::atomic<int> late{0};
    {
      http_driver driver{options(), [&](const driver_event&) { late += gone ? 1 : 0; }};
      for (std::uint64_t id = 0; id < 10; ++id)
        driver.exchange(transfer_id{id}, get(server.url()), {});
    }
    gone = true;
    BOOST_TEST(late == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_compressed_body_stays_as_it_is) {
  // Were it decompressed, a few bytes could become as many as memory holds.
  const std::string packed{"\x1f\x8b\x08 and so on"};
  std::promise<std::string> asked;
  raw_server server{[&](raw_connection& peer) {
    asked.set_value(peer.read_request());
    peer.answer("200 OK", packed, "Content-Encoding: gzip\r\n");
  }};
  std::promise<std::string> came;
  http_driver driver{options(), [&](driver_event what) {
                       const auto& answer = std::get<exchange_ended>(what).value;
                       came.set_value(answer ? std::string{answer->body.reveal()} : "");
                     }};
  driver.exchange(transfer_id{1}, get(server.url()), {});
  BOOST_TEST(asked.get_future().get().find("Encoding") == std::string::npos);
  BOOST_TEST(came.get_future().get() == packed);
}
