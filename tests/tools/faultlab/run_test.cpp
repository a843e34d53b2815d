#define BOOST_TEST_MODULE faultlab_run
#include <boost/test/unit_test.hpp>

#include "tools/faultlab/run.hpp"
#include "tools/faultlab/scenario/random.hpp"
#include "tools/faultlab/scenario/shrink.hpp"

using namespace acr;
using namespace acr::faultlab;
using namespace std::chrono_literals;

namespace {

run_wishes traced() {
  run_wishes wishes;
  wishes.trace = true;
  return wishes;
}

scenario quiet() {
  scenario about;
  about.name = "quiet";
  about.lasts = 3h;
  return about;
}

/// As the helper's log calls it.
std::string name_of(int instance) { return instance_id(instance) + "@" + lab_region; }

bool found(const outcome& out, const std::string& invariant) {
  return std::any_of(out.violations.begin(), out.violations.end(),
                     [&](const violation& one) { return one.invariant == invariant; });
}

} // namespace

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_trace_byte_for_byte) {
  for (const std::uint64_t seed : {3U, 4U, 21U}) { // three identities
    const auto about = random_scenario(seed, 5h);
    const auto one = run(about, traced());
    const auto two = run(about, traced());
    BOOST_TEST(one.trace.size() > 10000U);
    BOOST_TEST((one.trace == two.trace));
  }
}

BOOST_AUTO_TEST_CASE(another_seed_gives_another_trace) {
  auto about = quiet();
  const auto one = run(about, traced());
  about.seed = 2;
  BOOST_TEST((one.trace != run(about, traced()).trace));
}

BOOST_AUTO_TEST_CASE(nothing_is_found_where_nothing_happens) {
  const auto out = run(quiet());
  BOOST_TEST(out.good());
  BOOST_TEST(out.pulls.pods > 20U);
  BOOST_TEST(out.pulls.at_once == out.pulls.pods);
  BOOST_TEST(out.events.at("namespace_served") > 0U);
}

BOOST_AUTO_TEST_CASE(each_identity_finds_its_way) {
  for (const char* identity : {"key", "rrsa", "chain"}) {
    auto about = quiet();
    about.world.identity = identity;
    about.world.names_domains = false;
    const auto out = run(about);
    BOOST_TEST(out.good());
    BOOST_TEST(out.issued.size() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_slow_or_unreachable_links_nothing_at_creation) {
  const auto patches = [](std::optional<std::string> how) {
    auto about = quiet();
    about.world.accounts = "*";
    about.world.webhook = true;
    if (how)
      about.timeline.push_back({30min, 20min, "webhook", *how, {}});
    about.timeline.push_back(
        {35min, 0ms, "do", "create-account", {{"namespace", "team-0"}, {"account", "robot"}}});
    const auto out = run(about, traced());
    BOOST_TEST(out.good());
    return out.trace.find("PATCH /api/v1/namespaces/team-0/serviceaccounts/robot") !=
           std::string::npos;
  };
  BOOST_TEST(!patches(std::nullopt)); // it came with the link
  BOOST_TEST(patches("slow"));
  BOOST_TEST(patches("unreachable"));
}

BOOST_AUTO_TEST_CASE(a_cloud_that_is_away_for_too_long_costs_pulls_but_breaks_no_promise) {
  auto about = quiet();
  about.timeline.push_back({40min, 60min, "cloud", "blackhole", {}});
  const auto out = run(about);
  BOOST_TEST(out.good());
  BOOST_TEST(out.pulls.at_once < out.pulls.pods);
  BOOST_TEST(out.events.at("token_withdrawn") == 2U);
}

// The checkers themselves: what a scenario says must not happen, they find.

BOOST_AUTO_TEST_CASE(passwords_that_end_without_a_cause_are_found) {
  auto about = quiet();
  // The helper is gone for good, and nobody told the checkers.
  about.timeline.push_back({10min, 0ms, "helper", "vanishes", {}});
  const auto out = run(about);
  BOOST_TEST(found(out, "I1"));
  BOOST_TEST(found(out, "I2"));
  BOOST_TEST(found(out, "I7"));
  BOOST_TEST(found(out, "pulls"));
}

BOOST_AUTO_TEST_CASE(what_was_expected_and_did_not_come_is_reported) {
  auto about = quiet();
  about.expect = {{{{"log", "config_rejected"}}}, {{{"never", "token_issued"}}}};
  BOOST_TEST(run(about).violations.size() == 2U);
}

// What happens to one instance is nothing to another (I3).

BOOST_AUTO_TEST_CASE(a_fault_of_one_instance_moves_no_renewal_of_another_by_a_millisecond) {
  auto about = quiet();
  about.lasts = 12h;
  about.world.instances = 3;
  // With a session that is shared, the expiry of passwords is shared, too.
  about.world.identity = "key";
  const auto before = run(about);
  for (const auto& item : std::vector<lab_event>{
           {20min, 3h, "cloud", "throttle", {{"instance", "0"}, {"retry_after", "30"}}},
           {20min, 3h, "cloud", "silence", {{"instance", "0"}}},
           {20min, 3h, "cloud", "garbage", {{"instance", "0"}}},
           {20min,
            3h,
            "cloud",
            "error_code",
            {{"instance", "0"}, {"code", "NoPermission"}, {"status", "403"}}}}) {
    auto troubled = about;
    troubled.timeline.push_back(item);
    const auto after = run(troubled);
    BOOST_TEST(after.good());
    BOOST_TEST((after.issued.at(name_of(0)) != before.issued.at(name_of(0))));
    for (int other : {1, 2})
      BOOST_TEST((after.issued.at(name_of(other)) == before.issued.at(name_of(other))));
  }
}

BOOST_AUTO_TEST_CASE(a_scenario_is_read_as_it_was_written) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    auto about = random_scenario(seed, 48h);
    about.about = "a: text, with \"quotes\"";
    about.expect = {{{{"pulls", "99.5"}}}};
    const auto again = read_scenario(write_scenario(about), "test");
    BOOST_REQUIRE(again.has_value());
    BOOST_TEST((*again == about));
  }
}

BOOST_AUTO_TEST_CASE(mistakes_in_a_scenario_are_reported_with_their_line) {
  const auto text = [](const std::string& document) {
    return read_scenario(document, "x.yaml").error().message;
  };
  BOOST_TEST(text("name: a\nsead: 1\n").find("line 2") != std::string::npos);
  BOOST_TEST(text("lasts: 1 hour\n").find("1h30m") != std::string::npos);
  BOOST_TEST(text("timeline:\n  - {at: 1h}\n").find("line 2") != std::string::npos);
  BOOST_TEST(text("timeline:\n  - {at: 1h}\n")
                 .ends_with("one of cloud, api, helper, webhook, do, rival is missing"));
  BOOST_TEST(text("world: {identity: root}\n").find("rrsa") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(spans_are_read_as_they_were_written) {
  for (const auto span : {0ms, 1ms, 90s + 0ms, 36h + 250ms, -(20min + 0ms)})
    BOOST_TEST((read_span(write_span(span)).value() == span));
  BOOST_TEST(!read_span("1x").has_value());
  BOOST_TEST(!read_span("").has_value());
}

BOOST_AUTO_TEST_CASE(shrinking_leaves_what_the_failure_needs) {
  auto big = random_scenario(5, 240h);
  big.timeline.push_back({4h, 10min, "do", "needle", {}});
  big.timeline.push_back({5h, 10min, "do", "thread", {}});
  std::sort(big.timeline.begin(), big.timeline.end(),
            [](const auto& a, const auto& b) { return a.at < b.at; });
  const auto has = [](const scenario& in, const char* what) {
    return std::any_of(in.timeline.begin(), in.timeline.end(),
                       [&](const lab_event& one) { return one.how == what; });
  };
  const auto small = shrink(
      big, [&](const scenario& s) { return has(s, "needle") && has(s, "thread"); }, 1000);
  BOOST_TEST(small.timeline.size() == 2U);
  BOOST_TEST(small.world.instances == 1);
  BOOST_TEST((small.lasts <= 2h));
}
