#define BOOST_TEST_MODULE leader_elector
#include <boost/test/unit_test.hpp>

#include <caf/typed_event_based_actor.hpp>

#include "actors/leader_elector.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_api.hpp"
#include "tests/support/fake_lease.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

leadership_sink::behavior_type listener(leadership_sink::pointer, std::vector<leadership>* told) {
  return {[told](const leadership& m) { told->push_back(m); }};
}

struct elector_fixture : actor_fixture {
  elector_fixture() {
    api.on_list = [this](const std::string&) { return lease.list(); };
    api.on_call = [this](const http_request& m) -> std::optional<http_response> {
      if (silent)
        return std::nullopt;
      if (broken)
        return http_response{500, {}, {}};
      if (lose_the_race && m.method == "PUT")
        lease.held_by("other");
      return lease.answer(m);
    };
    deps.api = track(system.spawn(fake_api, &api));
    deps.sink = track(system.spawn(listener, &told));
    deps.lease = {"kube-system", "acr"};
    deps.identity = "me";
    deps.wall = wall();
    deps.log = logger{
        [this](const log_record& r) { lines.push_back(format_line(r, now(), log_format::text)); },
        log_level::info};
  }

  /// Someone else writes the Lease.
  void held_by(const std::string& holder) { lease.held_by(holder); }
  std::string event(const std::string& type) const { return lease.event(type); }
  std::string holder() const { return lease.holder(); }
  /// The server knows the version no longer from which the watch went on.
  void list_again() {
    api.emit("leases",
             R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})");
  }
  bool leads() const { return !told.empty() && told.back().until.has_value(); }
  bool logged(std::string_view what) const {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const auto& line) { return line.find(what) != std::string::npos; });
  }
  void start() { elector = track(spawn_leader_elector(system, deps)); }

  api_script api;
  std::vector<leadership> told;
  std::vector<std::string> lines;
  fake_lease lease;
  bool silent = false;
  bool broken = false;
  bool lose_the_race = false; ///< Another one makes the Lease first.
  leader_elector_deps deps;
  leader_elector elector;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(an_elector, elector_fixture)

BOOST_AUTO_TEST_CASE(leads_where_no_other_replica_does) {
  start();
  BOOST_TEST(leads());
  BOOST_TEST(holder() == "me");
  BOOST_TEST(api.calls.at(0).method == "PUT");
  BOOST_TEST(api.calls.at(0).url == "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/acr"
                                    "?fieldManager=acr-credential-helper");
  BOOST_TEST(logged("leading"));
}

BOOST_AUTO_TEST_CASE(renews_and_says_so_each_time) {
  start();
  const auto first = *told.back().until;
  advance(1min);
  BOOST_TEST(api.calls.size() == 16U);
  BOOST_TEST((*told.back().until - first == 1min));
  BOOST_TEST(lines.size() == 1U);
}

BOOST_AUTO_TEST_CASE(stands_by_while_another_one_leads_and_follows_when_it_is_silent) {
  held_by("other");
  start();
  BOOST_TEST(!leads());
  BOOST_TEST(logged("standing_by"));
  advance(14s);
  BOOST_TEST(api.calls.empty()); // the watch tells; nothing is polled
  held_by("other");
  api.emit("leases", event("MODIFIED"));
  advance(14s);
  BOOST_TEST(!leads());
  advance(1s);
  BOOST_TEST(leads());
  BOOST_TEST(holder() == "me");
}

BOOST_AUTO_TEST_CASE(follows_at_once_when_the_other_one_resigns) {
  held_by("other");
  start();
  held_by("");
  api.emit("leases", event("MODIFIED"));
  drain();
  BOOST_TEST(leads());
}

BOOST_AUTO_TEST_CASE(ends_in_time_when_it_cannot_renew) {
  start();
  silent = true;
  advance(9900ms);
  BOOST_TEST(leads());
  advance(100ms);
  BOOST_TEST(!leads());
  BOOST_TEST(logged("leadership_lost"));
}

// As a process that was frozen may hear of it when it wakes up: before its own timer is due.
BOOST_AUTO_TEST_CASE(stands_by_at_once_when_the_watch_shows_that_another_one_leads) {
  start();
  held_by("other");
  api.emit("leases", event("MODIFIED"));
  drain();
  BOOST_TEST(!leads());
  BOOST_TEST(logged("leadership_lost"));
  BOOST_TEST(logged("standing_by"));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_reported_once_and_retried) {
  broken = true;
  start();
  advance(1min);
  BOOST_TEST(!leads());
  BOOST_TEST(api.calls.size() > 25U);
  BOOST_TEST(api.calls.size() < 62U);
  BOOST_TEST(std::count_if(lines.begin(), lines.end(), [](const auto& line) {
               return line.find("lease_failed") != std::string::npos;
             }) == 1);
  broken = false;
  advance(2s);
  BOOST_TEST(leads());
}

// What a PUT without a version meets, measured on kube-apiserver 1.36.
BOOST_AUTO_TEST_CASE(of_two_that_make_the_lease_at_once_the_loser_complains_of_nothing) {
  lose_the_race = true;
  start();
  BOOST_TEST(!leads());
  BOOST_TEST(!logged("lease_failed"));
  lose_the_race = false;
  api.emit("leases", event("ADDED"));
  drain();
  BOOST_TEST(!leads());
  BOOST_TEST(logged("standing_by"));
}

// A container that was started again: its own Lease is nobody else's.
BOOST_AUTO_TEST_CASE(its_own_lease_of_a_process_before_is_taken_up_at_once) {
  held_by("me");
  start();
  BOOST_TEST(leads());
  BOOST_TEST(!logged("standing_by"));
}

BOOST_AUTO_TEST_CASE(a_restored_backup_is_taken_for_what_it_is) {
  start();
  advance(1min);
  lease.version = 3; // of a replica that has long gone
  held_by("other");
  list_again();
  advance(20s);
  BOOST_TEST(leads());
  BOOST_TEST(holder() == "me");
  BOOST_TEST(!logged("lost")); // nobody else can have led
}

BOOST_AUTO_TEST_CASE(a_restored_backup_makes_no_second_leader) {
  held_by("other");
  start();
  lease.version = 3;
  held_by(""); // released when the backup was made; somebody may lead now
  list_again();
  advance(14s);
  BOOST_TEST(!leads());
  advance(3s);
  BOOST_TEST(leads());
}

BOOST_AUTO_TEST_CASE(a_conflict_is_looked_at) {
  start();
  advance(1s);
  held_by("other"); // and the watch says nothing of it
  advance(10s);
  BOOST_TEST(!leads());
  BOOST_TEST(api.count("GET", "/leases/acr") == 1U);
  BOOST_TEST(logged("leadership_lost"));
  advance(20s);
  BOOST_TEST(leads()); // it was renewed no more
}

BOOST_AUTO_TEST_CASE(versions_that_are_no_numbers_are_followed) {
  lease.prefix = "v";
  held_by("other");
  start();
  advance(14s);
  held_by("other");
  api.emit("leases", event("MODIFIED"));
  advance(14s);
  BOOST_TEST(!leads());
  advance(1s);
  BOOST_TEST(leads());
  advance(1min);
  BOOST_TEST(leads());
}

BOOST_AUTO_TEST_CASE(resigning_gives_the_lease_back) {
  start();
  BOOST_TEST(ask<resigned>(elector, resign{}).has_value());
  BOOST_TEST(holder() == "");
  BOOST_TEST(!leads());
  advance(1min);
  BOOST_TEST(holder() == ""); // and does not take it again
}

// Every rollout does this: it is no reason to be warned.
BOOST_AUTO_TEST_CASE(resigning_is_no_loss) {
  start();
  BOOST_TEST(ask<resigned>(elector, resign{}).has_value());
  BOOST_TEST(!logged("leadership_lost"));
  BOOST_TEST(logged("leadership_released"));
  BOOST_TEST(logged("identity=me"));
}

BOOST_AUTO_TEST_CASE(who_does_not_lead_gives_up_nothing) {
  held_by("other");
  start();
  BOOST_TEST(ask<resigned>(elector, resign{}).has_value());
  BOOST_TEST(!logged("leadership_released"));
  BOOST_TEST(!logged("leadership_lost"));
}

BOOST_AUTO_TEST_CASE(resigning_waits_for_a_renewal_under_way) {
  start();
  silent = true; // that of the renewal
  advance(4s);
  BOOST_TEST(!ask<resigned>(elector, resign{}).has_value());
  silent = false;
  advance(15s); // it is given up
  BOOST_TEST(holder() == "");
}

BOOST_AUTO_TEST_SUITE_END()
