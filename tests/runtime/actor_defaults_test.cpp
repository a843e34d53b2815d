#define BOOST_TEST_MODULE actor_defaults
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <stdexcept>
#include <string>

#include <caf/sec.hpp>

#include "runtime/actor_defaults.hpp"
#include "runtime/system_config.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace acr;

namespace {

struct explode {};
struct stranger {
  std::string content;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(explode)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(stranger)

namespace {

struct defaults_fixture : testing::actor_fixture {
  logger log{[this](const log_record& record) { lines << format_line(record, now(), {}) << '\n'; },
             log_level::debug};

  static caf::behavior body(caf::event_based_actor* self, const logger* log) {
    install_actor_defaults(self, *log);
    return {[](explode) { throw std::runtime_error{"boom"}; }};
  }

  caf::actor start() { return track(system.spawn(body, static_cast<const logger*>(&log))); }

  /// The reason with which `whom` ended; none while it lives.
  std::optional<std::string> death_of(const caf::actor& whom) {
    std::optional<std::string> reason;
    track(system.spawn(
        [](caf::event_based_actor* self, const caf::actor& watched,
           std::optional<std::string>* out) -> caf::behavior {
          self->monitor(watched);
          self->set_down_handler(
              [=](caf::down_msg& down) { *out = self->home_system().render(down.reason); });
          return {[](explode) {}};
        },
        whom, &reason));
    kill(tracked.back());
    tracked.pop_back();
    return reason;
  }

  std::ostringstream lines;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(actor_defaults_suite, defaults_fixture)

BOOST_AUTO_TEST_CASE(an_unexpected_message_is_logged_without_its_content) {
  auto actor = start();
  caf::anon_send(actor, stranger{"hunter2"});
  caf::anon_send(actor, std::string{"hunter2"});
  drain();
  BOOST_TEST(lines.str().find("message_unexpected") != std::string::npos);
  BOOST_TEST(lines.str().find("hunter2") == std::string::npos);
  BOOST_TEST(!death_of(actor));
}

BOOST_AUTO_TEST_CASE(an_unexpected_request_is_answered) {
  caf::error answer;
  system.spawn(
      [](caf::event_based_actor* self, const caf::actor& whom, caf::error* out) {
        self->request(whom, std::chrono::minutes{1}, std::string{"?"})
            .then([](int) {}, [out](caf::error& reason) { *out = reason; });
      },
      start(), &answer);
  drain();
  BOOST_TEST((answer == caf::sec::unexpected_message));
}

BOOST_AUTO_TEST_CASE(an_exception_ends_the_actor_with_a_reason_that_a_monitor_sees) {
  auto actor = start();
  caf::anon_send(actor, explode{});
  drain();
  const auto reason = death_of(actor);
  BOOST_REQUIRE(reason);
  BOOST_TEST(reason->find("std::runtime_error: boom") != std::string::npos);
  BOOST_TEST(lines.str().find("actor_failed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_exit_message_ends_the_actor) {
  auto actor = start();
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  drain();
  BOOST_TEST(death_of(actor).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(the_programs_scheduler_works_in_one_thread) {
  system_config config;
  caf::actor_system system{config};
  BOOST_TEST(system.scheduler().num_workers() == 1U);
}
