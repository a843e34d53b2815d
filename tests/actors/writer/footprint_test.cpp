// What a namespace costs the SecretWriter in memory and in allocations: the guard of
// docs/performance.md. Bounds stand a quarter above what was measured.
#define BOOST_TEST_MODULE footprint
#include <boost/test/unit_test.hpp>

#include "actors/scope_tracker.hpp"
#include "actors/writer/action_request.hpp"
#include "actors/writer/write_spreading.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "tests/support/heap_meter.hpp"
#include "tests/support/writer_world.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

constexpr int many = 1000;

std::string name(int i) { return "team-with-a-usual-name-" + std::to_string(i); }

struct world : writer_world {
  world() {
    list_secrets();
    issue("a");
    issue("b");
    serve("first");
    settle("first"); // what is allocated once
  }
  /// By namespace.
  template <class Work>
  heap_use cost(Work work) {
    const auto before = heap();
    for (int i = 0; i < many; ++i)
      work(name(i));
    const auto all = heap() - before;
    return {all.calls / many, all.live / many};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_namespace, world)

BOOST_AUTO_TEST_CASE(takes_little_memory) {
  const auto cost = this->cost([this](const std::string& ns) {
    serve(ns);
    settle(ns);
  });
  BOOST_TEST_MESSAGE(cost.live << " bytes, " << cost.calls << " allocations");
  BOOST_TEST(cost.live <= 560);
}

BOOST_AUTO_TEST_CASE(an_account_more_takes_little_memory) {
  for (int i = 0; i < many; ++i)
    serve(name(i));
  const auto cost = this->cost([this](const std::string& ns) {
    kubernetes::service_account account;
    account.meta = meta(ns, "robot", 10);
    account.pull_secrets = std::vector<std::string>{ours};
    scope(account_seen{account, true});
  });
  BOOST_TEST_MESSAGE(cost.live << " bytes, " << cost.calls << " allocations");
  BOOST_TEST(cost.live <= 100);
}

BOOST_AUTO_TEST_CASE(is_renewed_with_few_allocations_and_holds_no_more_afterwards) {
  for (int i = 0; i < many; ++i) {
    serve(name(i));
    settle(name(i));
  }
  issue("a", "renewed");
  mono += (many + 1) * write_every;
  const auto cost = this->cost([this](const std::string& ns) {
    const auto todo = next(ns);
    BOOST_REQUIRE((todo.what == kind::apply));
    const auto request = request_for(observed, todo.key, todo.todo);
    carry_out(todo);
  });
  BOOST_TEST_MESSAGE(cost.live << " bytes, " << cost.calls << " allocations");
  BOOST_TEST(cost.calls <= 110);
  BOOST_TEST(cost.live <= 64);
}

BOOST_AUTO_TEST_CASE(is_found_to_be_right_with_few_allocations) {
  for (int i = 0; i < many; ++i) {
    serve(name(i));
    settle(name(i));
  }
  const auto cost =
      this->cost([this](const std::string& ns) { BOOST_REQUIRE((next(ns).what == kind::none)); });
  BOOST_TEST_MESSAGE(cost.live << " bytes, " << cost.calls << " allocations");
  BOOST_TEST(cost.calls <= 20);
}

/// As many as come and go in a week where one is made every minute.
BOOST_AUTO_TEST_CASE(leaves_nothing_behind_when_it_goes_however_many_come_and_go) {
  const auto pass = [this](const std::string& ns) {
    serve(ns);
    settle(ns);
    const auto gone = shown(ns, ++version);
    observed.secret(0, {watch_event_kind::remove, gone});
    scope(account_gone{{ns, "default"}});
    scope(namespace_gone{ns});
  };
  pass("one"); // what is allocated once
  const auto before = heap();
  for (int i = 0; i < 7 * 24 * 60; ++i)
    pass(name(i));
  const auto kept = (heap() - before).live;
  BOOST_TEST_MESSAGE(kept << " bytes");
  BOOST_TEST(kept <= 4096);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_scope_tracker_keeps_nothing_of_what_comes_and_goes) {
  scope_tracker tracker;
  std::uint32_t next = 0;
  for (const auto& watch : tracker.select({{true, {}}, {true, {}}}).start)
    tracker.started(watch_id{next++}, watch);
  const auto tell = [&tracker](std::uint32_t watch, watch_event_kind kind, const std::string& ns) {
    const kubernetes::object_ref ref{watch == 0 ? "" : ns, watch == 0 ? ns : "default"};
    const auto object = watch == 0
                            ? kubernetes::object{kubernetes::name_space{{ref, "u", "1"}, false}}
                            : kubernetes::object{kubernetes::service_account{{ref, "u", "1"}, {}}};
    return tracker.observed({watch_id{watch}, {{kind, object}}}).events.size();
  };
  const auto pass = [&](const std::string& ns) {
    for (const auto kind : {watch_event_kind::apply, watch_event_kind::remove})
      for (const std::uint32_t watch : {0U, 1U})
        BOOST_REQUIRE_EQUAL(tell(watch, kind, ns), 1U);
  };
  pass("one");
  const auto before = heap();
  for (int i = 0; i < many; ++i)
    pass(name(i));
  BOOST_TEST((heap() - before).live <= 256);
}
