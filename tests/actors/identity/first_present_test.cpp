#define BOOST_TEST_MODULE first_present
#include <boost/test/unit_test.hpp>

#include "actors/identity/first_present.hpp"
#include "tests/support/actor_end.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_cloud.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

struct order_fixture : actor_fixture {
  order_fixture() {
    for (auto* script : {&first, &second, &third})
      script->value = make_failure(errc::unavailable, "identity", "is not there");
    deps.log = logger{[this](const log_record& m) {
                        std::string line{m.event};
                        for (const auto& field : m.fields)
                          if (const auto* text = std::get_if<std::string>(&field.value))
                            line.append(" ").append(field.key).append("=").append(*text);
                        lines.push_back(line);
                      },
                      log_level::info};
    deps.candidates = {candidate("first", first), candidate("second", second),
                       candidate("third", third)};
    whom = track(spawn_first_present(system, deps));
  }

  identity_candidate candidate(const char* name, identity_script& script) {
    return {name, [this, name, &script] {
              made.emplace_back(name);
              auto source = system.spawn(fake_identity, &script);
              sources[name] = caf::actor_cast<caf::strong_actor_ptr>(source);
              return source;
            }};
  }

  static void appears(identity_script& script, const char* key) {
    script.value = aliyun::credentials{key, {}, {}, std::nullopt};
  }
  result<aliyun::credentials> obtain(bool refused = false) {
    return ask<credentials_obtained>(whom, obtain_credentials{1h, refused})->value;
  }

  identity_script first, second, third;
  first_present_deps deps;
  identity_source whom;
  std::vector<std::string> made, lines;
  std::map<std::string, caf::strong_actor_ptr> sources;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(first_present_suite, order_fixture)

BOOST_AUTO_TEST_CASE(takes_the_first_that_is_there_and_tells_why_not_the_others) {
  appears(second, "LTAI2");
  appears(third, "LTAI3");
  BOOST_TEST(obtain()->access_key_id == "LTAI2");
  BOOST_REQUIRE_EQUAL(lines.size(), 1U);
  BOOST_TEST(lines[0] ==
             "identity_chosen source=second access_key_id=LTAI2 passed_over=first: is not there");
  BOOST_TEST(made == (std::vector<std::string>{"first", "second"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_source_that_is_there_is_not_replaced_because_it_fails) {
  appears(third, "LTAI3");
  second.value = make_failure(errc::service_failed, "metadata", "503");
  BOOST_TEST((obtain().error().code == errc::service_failed));
  BOOST_TEST(third.asked.empty());
}

BOOST_AUTO_TEST_CASE(a_choice_stays_and_is_reported_once) {
  appears(second, "LTAI2");
  obtain();
  appears(first, "LTAI1");
  BOOST_TEST(obtain(true)->access_key_id == "LTAI2");
  BOOST_TEST(first.asked.size() == 1U);
  BOOST_TEST(second.asked.back().refused);
  BOOST_TEST(lines.size() == 1U);
}

BOOST_AUTO_TEST_CASE(when_the_chosen_one_goes_the_others_get_their_chance) {
  appears(second, "LTAI2");
  obtain();
  second.value = make_failure(errc::unavailable, "identity", "is gone");
  appears(first, "LTAI1");
  BOOST_TEST(obtain()->access_key_id == "LTAI1");
  BOOST_TEST(lines.size() == 2U);
}

BOOST_AUTO_TEST_CASE(without_any_every_reason_is_reported_and_one_that_appears_is_used_at_once) {
  const auto none = obtain();
  BOOST_TEST((none.error().code == errc::unavailable));
  BOOST_TEST(
      none.error().message ==
      "no source of identity: first: is not there; second: is not there; third: is not there");
  appears(third, "LTAI3");
  BOOST_TEST(obtain()->access_key_id == "LTAI3");
}

BOOST_AUTO_TEST_CASE(it_and_its_candidates_end_together) {
  appears(second, "LTAI2");
  obtain();
  BOOST_REQUIRE_EQUAL(sources.size(), 2U); // the third was not needed
  kill(whom);
  for (const auto& [name, source] : sources)
    BOOST_TEST(has_ended(source), name);
}

BOOST_AUTO_TEST_SUITE_END()
