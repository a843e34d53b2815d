#define BOOST_TEST_MODULE supervisor
#include <boost/test/unit_test.hpp>

#include <caf/scoped_actor.hpp>

#include <caf/actor_registry.hpp>

#include "tests/support/supervisor_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

using list_of = std::vector<std::string>;

const config::role_chain rrsa{
    {}, "acs:ram::1:role/first", "acs:ram::1:oidc-provider/p", {{"acs:ram::2:role/second", ""}}};
const config::role_chain on_base{{}, "", "", {{"acs:ram::2:role/second", ""}}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor_suite, running_supervisor)

BOOST_AUTO_TEST_CASE(a_configuration_starts_its_instances_and_tells_the_writer) {
  BOOST_TEST(expected == (list_of{"a", "b"}), boost::test_tools::per_element());
  BOOST_TEST(written == (list_of{"a", "b"}), boost::test_tools::per_element());
  BOOST_TEST(selected.size() == 1U);
  BOOST_TEST(count["identity"] == 1); // shared
}

BOOST_AUTO_TEST_CASE(an_instance_that_did_not_change_keeps_its_actor_and_its_schedule) {
  supervisor_fixture undisturbed;
  undisturbed.start();
  undisturbed.configure({instance("a"), instance("b")});
  advance(10min);
  auto changed = instance("b");
  changed.domains = {"other.example"};
  configure({instance("a"), changed, instance("c")});
  advance(1ms);
  BOOST_TEST(count["token a"] == 1);
  BOOST_TEST(count["token b"] == 2);
  BOOST_TEST(count["token c"] == 1);
  BOOST_TEST(fetched["a"].size() == 1U);
  BOOST_TEST(fetched["b"].size() == 1U); // the password is as good for the new domain
  BOOST_TEST(std::count(written.begin(), written.end(), "b") == 2);
  configure({instance("c", rrsa), instance("a")}); // gone, moved, of another identity
  advance(24h - 1ms);
  undisturbed.advance(24h + 10min);
  BOOST_TEST(count["token a"] == 1);
  BOOST_TEST(fetched["a"].size() > 24U);
  BOOST_TEST((fetched["a"] == undisturbed.fetched["a"])); // to the millisecond
}

BOOST_AUTO_TEST_CASE(the_first_password_of_an_instance_that_means_another_one_is_urgent) {
  written.clear();
  configure({instance("a", rrsa), instance("b")});
  advance(1s);
  BOOST_TEST(written == (list_of{"a!"}), boost::test_tools::per_element());
  advance(1h);
  BOOST_TEST(std::count(written.begin(), written.end(), "a") >= 1); // the next one is not
  BOOST_TEST(std::count(written.begin(), written.end(), "a!") == 1);
}

// Two roles for one instance; the fake cloud tells calls apart by the instance alone.
BOOST_AUTO_TEST_CASE(removing_the_first_of_two_entries_keeps_the_credential_of_the_second) {
  const auto entry = [](const std::string& name, config::role_chain chain) {
    auto made_one = instance("cri-1", std::move(chain));
    made_one.name = name;
    return made_one;
  };
  configure({entry("cri-1#x", {}), entry("cri-1#y", rrsa)});
  BOOST_TEST(fetched["cri-1"].size() == 2U);
  written.clear();
  configure({entry("cri-1", rrsa)});
  advance(1s);
  BOOST_TEST(fetched["cri-1"].size() == 2U); // no call for it
  BOOST_TEST(count["token cri-1"] == 1);
  BOOST_TEST((*alive)["token cri-1#x"] == 0);
  BOOST_TEST((*alive)["token cri-1#y"] == 0);
  BOOST_TEST(expected == (list_of{"cri-1"}), boost::test_tools::per_element());
  BOOST_TEST(written == (list_of{"cri-1"}), boost::test_tools::per_element());
  configure({entry("cri-1#x", {}), entry("cri-1#y", rrsa)}); // and back
  advance(1s);
  BOOST_TEST(fetched["cri-1"].size() == 2U); // nor for the one that returned at once
}

BOOST_AUTO_TEST_CASE(an_entry_never_gets_the_credential_of_another_role) {
  const auto entry = [](const std::string& name, config::role_chain chain) {
    auto made_one = instance("cri-1", std::move(chain));
    made_one.name = name;
    return made_one;
  };
  configure({entry("cri-1#x", {}), entry("cri-1#y", rrsa)});
  broken.insert("cri-1"); // the new one gets none of its own
  written.clear();
  configure({entry("cri-1", on_base)});
  advance(1s);
  BOOST_TEST(written.empty());
}

// 20 instances come or go with each change; one changes its role with every second.
BOOST_AUTO_TEST_CASE(a_configuration_that_flaps_costs_few_calls) {
  advance(10min);
  const auto before = cloud.count("GetAuthorizationToken");
  std::vector<config::instance> many{instance("a")};
  for (int i = 0; i < 20; ++i)
    many.push_back(instance("i" + std::to_string(i)));
  for (int i = 0; i < 600; ++i) {
    many.front() = instance("a", i % 4 < 2 ? config::role_chain{} : rrsa);
    configure(i % 2 == 0 ? many : std::vector{many.front()});
    advance(50ms);
  }
  configure({instance("a"), instance("b"), instance("last")});
  BOOST_TEST(fetched["last"].empty()); // it has to wait
  advance(30s);
  BOOST_TEST(fetched["last"].size() == 1U);
  BOOST_TEST(expected == (list_of{"a", "b", "last"}), boost::test_tools::per_element());
  for (const auto& [name, times] : fetched)
    BOOST_TEST(times.size() <= 8U, name << ": " << times.size());
  BOOST_TEST(cloud.count("GetAuthorizationToken") - before <= 40U);
  BOOST_TEST(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
               return line.find("configuration_delayed") != std::string::npos;
             }) <= 5);
}

BOOST_AUTO_TEST_CASE(a_change_that_is_taken_back_while_it_waits_is_none) {
  for (int i = 2; i <= 6; ++i) // the first one has begun the count
    configure({instance("a"), instance("n" + std::to_string(i))});
  BOOST_TEST(count["token n5"] == 1);
  BOOST_TEST(count["token n6"] == 0);
  configure({instance("a"), instance("n5")});
  advance(1min);
  BOOST_TEST(count["token n6"] == 0);
  BOOST_TEST(count["token n5"] == 1);
}

BOOST_AUTO_TEST_CASE(the_clock_is_sent_to_the_writer) {
  caf::anon_send(root, clock_changed{0ms});
  drain();
  BOOST_TEST(clocks == 1);
}

BOOST_AUTO_TEST_CASE(an_instance_that_left_the_configuration_is_stopped) {
  configure({instance("b")});
  advance(2h);
  BOOST_TEST(fetched["a"].size() == 1U);
  BOOST_TEST(fetched["b"].size() > 2U);
  BOOST_TEST(expected == (list_of{"b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(instances_with_the_same_roles_share_one_chain) {
  configure({instance("a", rrsa), instance("b", rrsa)});
  BOOST_TEST(count["chain"] == 1);
}

BOOST_AUTO_TEST_CASE(another_threshold_moves_the_schedule_without_a_call) {
  configure({instance("a"), instance("b")}, 30min);
  BOOST_TEST(fetched["a"].size() == 1U);
  advance(30min);
  BOOST_TEST(fetched["a"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_operator_renews_one_or_all_and_gets_the_outcome) {
  advance(1min);
  const auto renew = [this](const std::string& request, const std::string& which) {
    caf::anon_send(root, renewal_wanted{{request, which}});
    advance(20s);
    for (const auto& what : facts)
      if (const auto* ended = std::get_if<renewals_ended>(&what);
          ended && ended->request == request)
        return *ended;
    return renewals_ended{"nothing", {}};
  };
  const auto one = renew("first", "a");
  BOOST_REQUIRE_EQUAL(one.outcomes.size(), 1U);
  BOOST_TEST(!!one.outcomes[0].expires_at);
  BOOST_TEST(fetched["a"].size() == 2U);
  BOOST_TEST(fetched["b"].size() == 1U);
  broken.insert("b");
  const auto all = renew("second", "");
  BOOST_REQUIRE_EQUAL(all.outcomes.size(), 2U);
  BOOST_TEST(!!all.outcomes[0].expires_at);
  BOOST_TEST((all.outcomes[1].expires_at.error().code == errc::service_failed));
  const auto none = renew("third", "c");
  BOOST_REQUIRE_EQUAL(none.outcomes.size(), 1U);
  BOOST_TEST((none.outcomes[0].expires_at.error().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(who_asks_for_namespaces_hears_from_the_writer) {
  caf::scoped_actor asker{system};
  auto id = asker->request(root, caf::infinite, ask_namespaces{});
  drain();
  std::size_t matching = 0;
  id.receive([&](const namespaces_reply& answer) { matching = answer.matching; },
             [](const caf::error&) {});
  BOOST_TEST(matching == 7U);
}

BOOST_AUTO_TEST_CASE(shutting_down_stops_everyone) {
  stop();
  const auto before = cloud.calls.size();
  advance(24h);
  BOOST_TEST(cloud.calls.size() == before);
  BOOST_TEST(count["writer"] == 1);
  BOOST_TEST(given_up == 0);
}

BOOST_AUTO_TEST_SUITE_END()
