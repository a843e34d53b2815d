#define BOOST_TEST_MODULE admission_keeper
#include <boost/test/unit_test.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "actors/admission_keeper.hpp"
#include "config/model.hpp"
#include "protocol/base64.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_api.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr auto life = std::chrono::hours{12};

struct keeper_fixture : actor_fixture {
  keeper_fixture() {
    script.on_call = [this](const http_request& m) { return answer(m); };
    api = track(system.spawn(fake_api, &script));
  }

  admission_keeper_deps deps(bool elected) {
    admission_keeper_deps out;
    out.api = api;
    out.desk = desk;
    out.serve_as = [this](const server_identity& own) {
      served.push_back(own.certificate);
      return unusable ? std::optional{make_failure(errc::config_bad, "serve", "no key")}
                      : std::nullopt;
    };
    out.log = logger{[this](const log_record& r) {
                       if (r.level == log_level::warning)
                         warnings.emplace_back(r.event);
                     },
                     log_level::debug};
    out.secret = {"kube-system", "webhook"};
    out.configuration = "hooks";
    out.names = {"webhook.kube-system.svc"};
    out.life = life;
    out.elected = elected;
    out.wall = wall();
    return out;
  }

  static http_response reply(int status, const std::string& text = "{}") {
    return {status, {}, secret_string{std::string_view{text}}};
  }

  /// The Secret and the MutatingWebhookConfiguration, as an API server keeps them.
  std::optional<http_response> answer(const http_request& m) {
    if (status != 0)
      return reply(status);
    if (m.url.find("/secrets/webhook") != std::string::npos) {
      if (m.method == "PATCH") {
        auto document = json::parse(m.body).as_object();
        auto& meta = document["metadata"].as_object();
        const auto* seen = meta.if_contains("resourceVersion");
        if (!secret.empty() && (seen == nullptr || seen->as_string() != std::to_string(version)))
          return reply(409);
        meta["resourceVersion"] = std::to_string(++version);
        meta["uid"] = "u";
        secret = json::serialize(document);
      }
      return secret.empty() ? reply(404) : reply(200, secret);
    }
    BOOST_REQUIRE(m.url.find("/mutatingwebhookconfigurations/hooks") != std::string::npos);
    if (m.method == "PATCH") // a test of the name, and the bundle
      bundle = json::value_to<std::string>(json::parse(m.body).at(1).at("value"));
    return reply(200, R"({"metadata":{"name":"hooks","uid":"u","resourceVersion":"1"},"webhooks":)"
                      R"([{"name":"a","clientConfig":{"caBundle":")" +
                          bundle + R"("}}]})");
  }

  std::size_t writes() const { return script.count("PATCH"); }

  api_script script;
  http_gateway api;
  std::shared_ptr<admission_desk> desk = std::make_shared<admission_desk>();
  std::vector<std::string> served;
  std::vector<std::string> warnings;
  bool unusable = false; ///< Every certificate.
  std::string secret;
  std::string bundle;
  int version = 0;
  int status = 0; ///< Of every answer; 0: all is answered as usual.
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(admission_keeper_suite, keeper_fixture)

BOOST_AUTO_TEST_CASE(without_an_election_it_makes_a_certificate_and_has_it_trusted) {
  track(spawn_admission_keeper(system, deps(false)));
  BOOST_TEST(writes() == 2U);
  BOOST_TEST(served.size() == 1U);
  BOOST_TEST(decode_base64(bundle).value_or("").starts_with("-----BEGIN CERTIFICATE-----"));
  advance(life / 2);
  BOOST_TEST(writes() == 2U);
  BOOST_TEST(served.size() == 1U);
}

BOOST_AUTO_TEST_CASE(it_is_renewed_in_time) {
  track(spawn_admission_keeper(system, deps(false)));
  advance(life * 2 / 3 - 1h);
  BOOST_TEST(writes() == 2U);
  advance(2h);
  BOOST_TEST(writes() == 5U); // the successor, its authority, its turn
  BOOST_TEST(served.size() == 2U);
}

BOOST_AUTO_TEST_CASE(only_a_leader_writes) {
  const auto keeper = track(spawn_admission_keeper(system, deps(true)));
  advance(1h);
  BOOST_TEST(writes() == 0U);
  BOOST_TEST(served.empty());
  caf::anon_send(keeper, leadership{mono() + 15s});
  drain();
  BOOST_TEST(writes() == 2U);
  const auto other = track(spawn_admission_keeper(system, deps(true)));
  BOOST_TEST(served.size() == 2U); // the same certificate
  BOOST_TEST(served[0] == served[1]);
  caf::anon_send(keeper, leadership{});
  secret.clear();
  advance(1h);
  BOOST_TEST(writes() == 2U);
  caf::anon_send(other, leadership{mono() + 15s});
  drain();
  BOOST_TEST(writes() == 4U);
}

BOOST_AUTO_TEST_CASE(what_fails_is_tried_again_with_backoff) {
  status = 503;
  track(spawn_admission_keeper(system, deps(false)));
  advance(10min);
  BOOST_TEST(script.calls.size() <= 17U);
  BOOST_TEST(script.calls.size() >= 10U);
  status = 0;
  advance(1min);
  BOOST_TEST(served.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_client_that_refuses_the_certificate_makes_it_look_but_not_all_the_time) {
  track(spawn_admission_keeper(system, deps(false)));
  advance(10s);
  bundle.clear();
  desk->refused();
  drain();
  BOOST_TEST(!bundle.empty());
  const auto before = script.calls.size();
  for (int i = 0; i < 1000; ++i)
    desk->refused();
  drain();
  BOOST_TEST(script.calls.size() == before);
}

BOOST_AUTO_TEST_CASE(a_configuration_is_published) {
  const auto keeper = track(spawn_admission_keeper(system, deps(true)));
  BOOST_TEST(!desk->in_force());
  auto value = std::make_shared<config::configuration>();
  value->namespaces = {true, {}};
  caf::anon_send(keeper, config_changed{value});
  drain();
  BOOST_REQUIRE(desk->in_force());
  BOOST_TEST(desk->in_force()->namespaces.all);
}

BOOST_AUTO_TEST_CASE(domains_that_are_found_may_take_a_second_reference) {
  const auto keeper = track(spawn_admission_keeper(system, deps(true)));
  auto value = std::make_shared<config::configuration>();
  value->instances.resize(2);
  value->instances[0].name = "cri-1";
  value->instances[0].domains = {"a"};
  value->instances[1].name = "cri-2";
  caf::anon_send(keeper, config_changed{value});
  drain();
  BOOST_TEST(desk->in_force()->references.size() == 1U);
  const auto tell = [&](fact what) {
    caf::anon_send(keeper, fact_reported{std::move(what)});
    drain();
    return desk->in_force()->references.size();
  };
  password_held held;
  held.instance = "cri-2";
  held.domains = {"a"};
  BOOST_TEST(tell(held) == 2U);
  held.domains = {"b"};
  BOOST_TEST(tell(held) == 1U);
  credential_found seen; // what a replica knows that stands by
  seen.instance = "cri-2";
  seen.domains = {"a", "b"};
  BOOST_TEST(tell(seen) == 2U);
}

BOOST_AUTO_TEST_CASE(certificates_from_elsewhere_are_left_alone) {
  auto theirs = deps(false);
  theirs.names.clear();
  track(spawn_admission_keeper(system, std::move(theirs)));
  desk->refused();
  advance(1h);
  BOOST_TEST(script.calls.empty());
}

BOOST_AUTO_TEST_CASE(sends_nothing_after_its_end) {
  const auto keeper = track(spawn_admission_keeper(system, deps(false)));
  kill(keeper);
  desk->refused();
  drain();
}

BOOST_AUTO_TEST_CASE(a_certificate_that_cannot_be_used_is_reported_once) {
  unusable = true;
  const auto keeper = track(spawn_admission_keeper(system, deps(false)));
  const auto tried = served.size();
  BOOST_TEST(warnings.size() == 1U);
  advance(3h);
  for (int i = 0; i < 5; ++i) {
    advance(10s);
    desk->refused();
    drain();
  }
  BOOST_TEST(served.size() > tried); // it is tried again
  BOOST_TEST(warnings.size() == 1U);
  advance(life * 2 / 3); // its successor
  BOOST_TEST(warnings.size() == 2U);
  unusable = false;
  advance(10s);
  desk->refused();
  drain();
  BOOST_TEST(warnings.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
