#define BOOST_TEST_MODULE secret_key
#include <boost/test/unit_test.hpp>

#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/secret_key.hpp"
#include "protocol/base64.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_cloud.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

struct secret_fixture : actor_fixture {
  secret_fixture() {
    deps.secret = addon_secret;
    deps.api = track(system.spawn(api_server, this));
  }

  static http_gateway::behavior_type api_server(http_gateway::pointer self, secret_fixture* world) {
    return {[self, world](const http_call& m) -> caf::result<http_reply> {
              world->asked.push_back(m.request.method + " " + m.request.url);
              if (world->silent)
                return self->make_response_promise<http_reply>();
              return http_reply{http_response{world->status, {}, json_text(world->body)}};
            },
            [](const open_stream&) {}, [](const stream_ack&) {}, [](const close_stream&) {}};
  }

  void holds(const std::string& id, const std::string& secret) {
    status = 200;
    body = R"({"kind":"Secret","data":{"access-key-id":")" + encode_base64(id) +
           R"(","access-key-secret":")" + encode_base64(secret) + R"("}})";
  }
  void refuses(int with, const std::string& reason) {
    status = with;
    body = R"({"kind":"Status","status":"Failure","code":)" + std::to_string(with) +
           R"(,"reason":")" + reason + R"(","message":"no"})";
  }

  identity_source start() { return track(spawn_secret_key(system, deps)); }
  result<aliyun::credentials> obtain(const identity_source& whom, bool refused = false) {
    return ask<credentials_obtained>(whom, obtain_credentials{0ms, refused})->value;
  }

  secret_key_deps deps;
  int status = 200;
  std::string body;
  bool silent = false;
  std::vector<std::string> asked;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(secret_key_suite, secret_fixture)

BOOST_AUTO_TEST_CASE(reads_one_secret_by_name_and_drops_line_ends) {
  holds("LTAI1\n", "word\n");
  const auto got = obtain(start());
  BOOST_REQUIRE(got);
  BOOST_TEST(got->access_key_id == "LTAI1");
  BOOST_TEST(got->access_key_secret.reveal() == "word");
  BOOST_TEST(!got->expires_at);
  BOOST_REQUIRE_EQUAL(asked.size(), 1U);
  BOOST_TEST(asked[0] == "GET /api/v1/namespaces/kube-system/secrets/alibaba-addon-secret");
}

BOOST_AUTO_TEST_CASE(instances_that_renew_together_share_one_read) {
  holds("LTAI1", "word");
  const auto key = start();
  obtain(key);
  obtain(key);
  BOOST_TEST(asked.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_rotated_key_is_read_at_the_next_renewal) {
  holds("LTAI1", "word");
  const auto key = start();
  obtain(key);
  holds("LTAI2", "word");
  advance(61s);
  BOOST_TEST(obtain(key)->access_key_id == "LTAI2");
}

BOOST_AUTO_TEST_CASE(a_refused_key_is_read_again_at_once) {
  holds("LTAI1", "word");
  const auto key = start();
  obtain(key);
  holds("LTAI2", "word");
  BOOST_TEST(obtain(key, true)->access_key_id == "LTAI2");
}

BOOST_AUTO_TEST_CASE(no_secret_means_that_this_source_is_not_there) {
  refuses(404, "NotFound");
  BOOST_TEST((obtain(start()).error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(one_that_may_not_be_read_is_passed_over_unless_it_was_asked_for) {
  refuses(403, "Forbidden");
  BOOST_TEST((obtain(start()).error().code == errc::denied));
  deps.optional = true;
  BOOST_TEST((obtain(start()).error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_missing_half_is_named_and_the_other_not_shown) {
  status = 200;
  body = R"({"data":{"access-key-secret":")" + encode_base64("marker-secret") + R"("}})";
  const auto got = obtain(start());
  BOOST_TEST((got.error().code == errc::config_bad));
  BOOST_TEST(got.error().message.find("`access-key-id`") != std::string::npos);
  BOOST_TEST(to_string(got.error()).find("marker") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_not_base64_is_reported_by_its_key) {
  status = 200;
  body = R"({"data":{"access-key-id":"***marker***"}})";
  const auto got = obtain(start());
  BOOST_TEST((got.error().code == errc::malformed_answer));
  BOOST_TEST(to_string(got.error()).find("data.access-key-id") != std::string::npos);
  BOOST_TEST(to_string(got.error()).find("marker") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_death_answers_everyone_who_waits) {
  silent = true;
  const auto key = start();
  std::optional<result<aliyun::credentials>> got;
  system.spawn(
      [](caf::event_based_actor* self, const identity_source& whom,
         std::optional<result<aliyun::credentials>>* out) {
        self->request(whom, 60min, obtain_credentials{})
            .then([out](const credentials_obtained& m) { *out = m.value; }, [](caf::error&) {});
      },
      key, &got);
  drain();
  BOOST_TEST(!got.has_value());
  kill(key);
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST((got->error().code == errc::actor_down));
}

BOOST_AUTO_TEST_SUITE_END()
