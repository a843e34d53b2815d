#define BOOST_TEST_MODULE supervisor_replicas
#include <boost/test/unit_test.hpp>

#include <caf/actor_registry.hpp>

#include "tests/support/supervisor_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

using list_of = std::vector<std::string>;

struct elected_supervisor : supervisor_fixture {
  elected_supervisor() {
    deps.make.elector = [this](const http_gateway&, const leadership_sink&,
                               std::optional<std::chrono::milliseconds>) {
      return made("elector", system.spawn(elector, this));
    };
    start();
    configure({instance("a"), instance("b")});
  }
  void lead(std::optional<std::chrono::milliseconds> until) {
    caf::anon_send(root, leadership{until});
    drain();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(one_of_several_replicas, elected_supervisor)

BOOST_AUTO_TEST_CASE(a_replica_that_stands_by_keeps_its_caches_warm_and_asks_the_cloud_nothing) {
  advance(1h);
  BOOST_TEST(count["writer"] == 1);
  BOOST_TEST(count["namespaces"] == 1);
  BOOST_TEST(selected.size() == 1U);
  BOOST_TEST(count["identity"] == 0);
  BOOST_TEST(cloud.calls.empty());
}

BOOST_AUTO_TEST_CASE(it_works_as_soon_as_it_leads) {
  lead(mono() + 10s);
  BOOST_TEST(leads);
  BOOST_TEST(written == (list_of{"a", "b"}), boost::test_tools::per_element());
  lead(mono() + 14s); // renewed: nothing starts again
  BOOST_TEST(count["token a"] == 1);
}

BOOST_AUTO_TEST_CASE(a_replica_that_loses_the_lead_stops_asking_the_cloud) {
  lead(mono() + 10s);
  lead(std::nullopt);
  BOOST_TEST(!leads);
  const auto before = fetched["a"].size();
  advance(40min);
  BOOST_TEST(fetched["a"].size() == before);
}

// Its passwords grow old while another one leads: written once more, they would blank the newer
// ones.
BOOST_AUTO_TEST_CASE(a_lost_lead_costs_the_credentials_and_neither_caches_nor_watches) {
  lead(mono() + 10s);
  const auto before = fetched["a"].size();
  BOOST_TEST(forgotten == 0);
  lead(std::nullopt);
  BOOST_TEST(forgotten == 1);
  BOOST_TEST(expected == (list_of{"a", "b"}), boost::test_tools::per_element());
  advance(10s);
  BOOST_TEST(count["writer"] == 1);
  BOOST_TEST(count["namespaces"] == 1);
  written.clear();
  crash("writer"); // its successor learns nothing of them, either
  advance(10s);
  BOOST_TEST(written.empty());
  lead(mono() + 10s);
  BOOST_TEST(count["token a"] == 2);
  BOOST_TEST(fetched["a"].size() == before + 1);
}

BOOST_AUTO_TEST_CASE(a_writer_that_is_started_again_knows_who_leads) {
  lead(mono() + 1h);
  leads = false;
  crash("writer");
  advance(10s);
  BOOST_TEST(count["writer"] == 2);
  BOOST_TEST(leads);
}

// The elector lives, and says nothing more.
BOOST_AUTO_TEST_CASE(a_lead_that_is_not_renewed_ends_in_time) {
  lead(mono() + 10s);
  advance(6s);
  lead(mono() + 10s);
  advance(10s - 1ms);
  BOOST_TEST(leads);
  BOOST_TEST(forgotten == 0);
  advance(1ms);
  BOOST_TEST(!leads);
  BOOST_TEST(forgotten == 1);
}

BOOST_AUTO_TEST_CASE(a_credential_that_comes_after_the_lead_was_lost_is_not_taken) {
  lead(mono() + 10s);
  written.clear();
  lead(std::nullopt);
  token_issued late;
  late.instance = "a";
  late.value.expires_at = now() + 1h;
  caf::anon_send(root, late);
  drain();
  BOOST_TEST(written.empty());
  lead(mono() + 10s);
  BOOST_TEST(fetched["a"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_end_gives_the_lead_back_first) {
  lead(mono() + 10s);
  caf::anon_send(root, shut_down{});
  drain();
  BOOST_TEST(resigned_times == 1);
  BOOST_TEST(!leads);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// With the elector as it is, and a Lease.
struct really_elected_supervisor : supervisor_fixture {
  really_elected_supervisor() {
    elect();
    start();
    configure({instance("a"), instance("b")});
    BOOST_REQUIRE(leads);
  }
  std::size_t logged(std::string_view what) const {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
          return line.find(what) != std::string::npos;
        }));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(with_the_real_elector, really_elected_supervisor)

BOOST_AUTO_TEST_CASE(an_elector_that_dies_is_started_again_and_costs_no_lead) {
  advance(1min);
  crash("elector");
  advance(1min);
  BOOST_TEST(count["elector"] == 2);
  BOOST_TEST(count["token a"] == 1);
  BOOST_TEST(count["writer"] == 1);
  BOOST_TEST(fetched["a"].size() == 1U);
  BOOST_TEST(forgotten == 0);
  BOOST_TEST(leads);
  BOOST_TEST(logged("standing_by") == 0U);
  BOOST_TEST(logged("leadership_lost") == 0U);
}

BOOST_AUTO_TEST_CASE(a_gateway_that_dies_costs_no_lead_either) {
  advance(1min);
  crash("gateway");
  advance(1min);
  BOOST_TEST(count["elector"] == 2);
  BOOST_TEST(fetched["a"].size() == 1U);
  BOOST_TEST(forgotten == 0);
  BOOST_TEST(leads);
  BOOST_TEST(logged("leadership_lost") == 0U);
}

BOOST_AUTO_TEST_CASE(an_elector_that_hears_nothing_after_its_start_ends_the_lead_in_time) {
  advance(1min);
  api.on_open = [](const std::string&) { return 503; };
  mute = true;
  crash("elector");
  advance(5s);
  BOOST_TEST(leads);
  advance(5s);
  BOOST_TEST(!leads);
  BOOST_TEST(forgotten == 1);
  BOOST_TEST(logged("leadership_lost") == 1U);
}

BOOST_AUTO_TEST_CASE(another_one_that_took_the_lease_meanwhile_ends_the_lead_at_once) {
  advance(1min);
  crash("elector");
  lease.held_by("other");
  advance(1s);
  BOOST_TEST(!leads);
  BOOST_TEST(count["writer"] == 1);
  BOOST_TEST(logged("leadership_lost") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
