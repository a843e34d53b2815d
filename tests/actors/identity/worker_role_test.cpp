#define BOOST_TEST_MODULE worker_role
#include <boost/test/unit_test.hpp>

#include "actors/identity/worker_role.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_cloud.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

struct worker_fixture : actor_fixture {
  worker_fixture() {
    cloud.on_metadata = [this](const std::string& path) -> std::optional<result<secret_string>> {
      if (trouble)
        return *trouble;
      const std::string base = "ram/security-credentials/";
      if (role.empty())
        return make_failure(errc::not_found, "metadata " + path, "not there");
      if (path == base)
        return json_text(role + "\n");
      if (path != base + role)
        return make_failure(errc::not_found, "metadata " + path, "not there");
      return json_text(R"({"Code":"Success","AccessKeyId":"STS.)" + key +
                       R"(","AccessKeySecret":"s","SecurityToken":"t","Expiration":")" +
                       to_rfc3339(ends) + R"("})");
    };
    ends = now() + 6h;
  }

  identity_source start(std::string name = "") {
    worker_role_deps deps;
    deps.role = std::move(name);
    deps.cloud = track(system.spawn(fake_cloud, &cloud));
    deps.wall = wall();
    deps.service_ahead = [this] { return service_ahead; };
    deps.seed = 1;
    return track(spawn_worker_role(system, std::move(deps)));
  }

  result<aliyun::credentials> obtain(const identity_source& source, obtain_credentials how = {}) {
    const auto answer = ask<credentials_obtained>(source, how);
    BOOST_REQUIRE(answer.has_value());
    return answer->value;
  }

  cloud_script cloud;
  std::string role = "worker";
  std::string key = "one";
  wall_time ends;
  std::optional<failure> trouble;
  std::chrono::milliseconds service_ahead{0};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(worker_role_suite, worker_fixture)

BOOST_AUTO_TEST_CASE(the_attached_role_is_found_and_its_credentials_are_shared) {
  const auto source = start();
  const auto session = obtain(source, {30min, false});
  BOOST_REQUIRE(session.has_value());
  BOOST_TEST(session->access_key_id == "STS.one");
  BOOST_TEST((session->expires_at == ends));
  obtain(source, {30min, false});
  BOOST_TEST(cloud.metadata_asked.size() == 2U); // the name and the credentials, once
}

BOOST_AUTO_TEST_CASE(a_service_whose_date_is_off_ends_no_session) {
  service_ahead = 24h * 365 * 300;
  BOOST_TEST((obtain(start()).value().expires_at == ends));
  service_ahead = 20min; // it may be right: the earlier end counts
  BOOST_TEST((obtain(start()).value().expires_at == ends - 20min));
}

BOOST_AUTO_TEST_CASE(a_role_that_is_named_is_not_looked_for) {
  BOOST_TEST(obtain(start("worker")).has_value());
  BOOST_TEST(cloud.metadata_asked == std::vector<std::string>{"ram/security-credentials/worker"});
}

BOOST_AUTO_TEST_CASE(no_role_and_another_role_are_reported) {
  const auto other = obtain(start("other"));
  BOOST_REQUIRE(!other);
  BOOST_TEST((other.error().code == errc::unavailable));
  BOOST_TEST(other.error().message == "the RAM role other is not attached to this instance");
  role.clear();
  const auto none = obtain(start());
  BOOST_REQUIRE(!none);
  BOOST_TEST((none.error().code == errc::unavailable));
  BOOST_TEST(none.error().message == "no RAM role is attached to this instance");
  BOOST_TEST(none.error().cause_id == "metadata_without_role");
}

BOOST_AUTO_TEST_CASE(a_role_that_is_attached_later_is_used) {
  role.clear();
  const auto source = start();
  BOOST_TEST(!obtain(source));
  role = "worker";
  advance(1min); // the time in which failures are not repeated
  BOOST_TEST(obtain(source).has_value());
}

BOOST_AUTO_TEST_CASE(another_role_is_noticed_at_the_next_question_after_ten_minutes) {
  const auto source = start();
  obtain(source);
  role = "second";
  key = "two";
  advance(9min);
  BOOST_TEST(obtain(source).value().access_key_id == "STS.one");
  advance(1min);
  BOOST_TEST(obtain(source).value().access_key_id == "STS.two");
}

BOOST_AUTO_TEST_CASE(credentials_near_their_end_are_read_again) {
  ends = now() + 20min;
  const auto source = start();
  obtain(source);
  advance(6min); // more than a quarter of it is over
  key = "two";
  ends = now() + 6h;
  BOOST_TEST(obtain(source, {36min, false}).value().access_key_id == "STS.two");
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_service_leaves_living_credentials_in_use) {
  const auto source = start();
  obtain(source);
  trouble = make_failure(errc::http_timeout, "metadata", "silence");
  advance(20min);
  BOOST_TEST(obtain(source).value().access_key_id == "STS.one");
  advance(6h);
  BOOST_TEST((obtain(source).error().code == errc::http_timeout));
}

// As `metadata_exchange` reports a refused connection, and silence where no token is left.
BOOST_AUTO_TEST_CASE(a_service_that_cannot_be_reached_leaves_living_credentials_in_use) {
  const auto source = start();
  obtain(source);
  trouble = make_failure(errc::unavailable, "metadata", "nobody answers at http://x");
  advance(20min);
  BOOST_TEST(obtain(source).value().access_key_id == "STS.one");
  advance(1min); // past the time in which failures are not repeated
  BOOST_TEST(obtain(source).value().access_key_id == "STS.one");
  advance(6h);
  const auto ended = obtain(source);
  BOOST_REQUIRE(!ended);
  BOOST_TEST((ended.error().code == errc::connect_failed)); // the role is not known to be gone
  BOOST_TEST(ended.error().cause_id == "metadata_unreachable");
  trouble.reset();
  ends = now() + 6h;
  key = "two";
  advance(1min);
  BOOST_TEST(obtain(source).value().access_key_id == "STS.two");
}

BOOST_AUTO_TEST_CASE(at_the_first_look_a_service_that_cannot_be_reached_is_none) {
  trouble = make_failure(errc::unavailable, "metadata", "nobody answers at http://x");
  BOOST_TEST((obtain(start()).error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_token_that_does_not_arrive_ends_no_credentials) {
  const auto source = start();
  obtain(source);
  trouble = make_failure(errc::denied, "metadata", "no token arrives");
  advance(20min);
  BOOST_TEST(obtain(source).value().access_key_id == "STS.one");
}

BOOST_AUTO_TEST_CASE(a_service_that_was_switched_off_ends_the_credentials) {
  const auto source = start();
  obtain(source);
  trouble = make_failure(errc::unavailable, "metadata", "refuses everything: HttpEndpoint");
  trouble->status = 403;
  advance(20min);
  BOOST_TEST((obtain(source).error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(what_was_refused_is_not_given_again) {
  const auto source = start();
  obtain(source);
  trouble = make_failure(errc::http_timeout, "metadata", "silence");
  BOOST_TEST(!obtain(source, {0min, true}));
}

BOOST_AUTO_TEST_CASE(a_role_that_was_detached_is_not_used_any_more) {
  const auto source = start();
  obtain(source);
  role.clear();
  advance(20min);
  BOOST_TEST((obtain(source).error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_lost_answer_is_a_failure_in_the_end) {
  cloud.on_metadata = nullptr;
  const auto source = start();
  std::optional<credentials_obtained> answer;
  system.spawn(
      [](caf::event_based_actor* self, const identity_source& whom,
         std::optional<credentials_obtained>* out) {
        self->request(whom, 60min, obtain_credentials{})
            .then([out](const credentials_obtained& m) { *out = m; }, [](caf::error&) {});
      },
      source, &answer);
  drain();
  BOOST_TEST(!answer.has_value());
  advance(30s);
  BOOST_REQUIRE(answer.has_value());
  BOOST_TEST((answer->value.error().code == errc::actor_down));
}

BOOST_AUTO_TEST_SUITE_END()
