#define BOOST_TEST_MODULE http_gateway_dates
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <mutex>

#include "tests/support/gateway_fixture.hpp"
#include "tests/support/raw_server.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

/// Whatever the gateway tells of dates; the uptime is a second more each time somebody looks.
struct diary {
  std::mutex mutex;
  std::vector<std::string> told;
  std::atomic<int> looks = 0;

  http_gateway_deps deps() {
    http_gateway_deps made;
    made.dates.tell = [this](std::string_view server, std::string_view date,
                             std::chrono::milliseconds took) {
      const std::lock_guard lock{mutex};
      told.push_back(std::string{server} + " " + std::string{date} + " " +
                     std::to_string(took.count()));
    };
    made.dates.uptime = [this] { return std::chrono::seconds{++looks}; };
    return made;
  }
};

struct dated : diary, gateway_fixture {
  dated() : gateway_fixture{deps()} {}
};

raw_server::script answers(const char* status) {
  return [status](raw_connection& peer) {
    peer.read_request();
    peer.answer(status, "x", "Date: then\r\n");
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_gateway_dates_suite, dated)

BOOST_AUTO_TEST_CASE(the_date_of_an_answer_comes_with_its_server_and_how_long_it_took) {
  raw_server server{answers("200 OK")};
  BOOST_REQUIRE(call(get(server.url("/a/b?c"))));
  const auto url = server.url();
  const auto authority = url.substr(7, url.find('/', 7) - 7);
  const std::lock_guard lock{mutex};
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  BOOST_TEST(told[0] == authority + " then 1000");
}

BOOST_AUTO_TEST_CASE(a_stream_tells_it_when_it_opens) {
  raw_server server{answers("200 OK")};
  const auto record = std::make_shared<stream_record>();
  const auto sink = reader(record);
  caf::anon_send(gateway, open_stream{stream_id{1}, get(server.url()), {}, sink});
  BOOST_TEST(record->await([](const auto& s) { return s.closed; }).opened);
  {
    const std::lock_guard lock{mutex};
    BOOST_REQUIRE_EQUAL(told.size(), 1U);
    BOOST_TEST(told[0].ends_with(" then 1000"));
  }
  stop(sink);
}

BOOST_AUTO_TEST_CASE(a_refusal_tells_nothing) {
  raw_server server{answers("503 Service Unavailable")}; // perhaps a proxy with a clock of its own
  BOOST_REQUIRE(call(get(server.url())));
  const std::lock_guard lock{mutex};
  BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_SUITE_END()
