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
    deps.make.elector = [this](const http_gateway&, const leadership_sink&) {
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

BOOST_AUTO_TEST_CASE(whoever_loses_the_lead_stops_asking_the_cloud) {
  lead(mono() + 10s);
  lead(std::nullopt);
  BOOST_TEST(!leads);
  const auto before = fetched["a"].size();
  advance(40min);
  BOOST_TEST(fetched["a"].size() == before);
}

// Its passwords grow old while another one leads: written once more, they would blank the newer
// ones.
BOOST_AUTO_TEST_CASE(
    whoever_loses_the_lead_forgets_its_passwords_and_asks_anew_once_it_leads_again) {
  lead(mono() + 10s);
  const auto before = fetched["a"].size();
  lead(std::nullopt);
  advance(10s);
  BOOST_TEST(count["writer"] == 2);
  BOOST_TEST(count["namespaces"] == 2);
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

BOOST_AUTO_TEST_CASE(an_elector_that_dies_is_started_again_and_stops_nobody) {
  lead(mono() + 1h);
  crash("elector");
  advance(10s);
  BOOST_TEST(count["elector"] == 2);
  BOOST_TEST(count["token a"] == 1);
  BOOST_TEST(count["writer"] == 1);
}

BOOST_AUTO_TEST_CASE(the_end_gives_the_lead_back_first) {
  lead(mono() + 10s);
  caf::anon_send(root, shut_down{});
  drain();
  BOOST_TEST(resigned_times == 1);
  BOOST_TEST(!leads);
}

BOOST_AUTO_TEST_SUITE_END()
