#define BOOST_TEST_MODULE certificate_plan
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <set>

#include "actors/admission/certificate_plan.hpp"

using namespace acr;
using namespace acr::kubernetes;
using namespace std::chrono_literals;

namespace {

const auto noon = parse_rfc3339("2026-01-02T12:00:00Z").value();
constexpr auto life = std::chrono::hours{24 * 90};
using step = certificate_plan::step;

/// What the cluster holds; the API server hears of `caBundle` at once.
struct cluster {
  std::optional<webhook_secret> secret;
  std::optional<webhook_configuration> configuration =
      webhook_configuration{{{"a", ""}, {"b", ""}}};
  int version = 0;

  /// Carries one step out.
  void carry_out(certificate_plan& plan, const certificate_plan::action& what, wall_time now) {
    switch (what.what) {
    case step::read_secret:
      return plan.secret_is(secret);
    case step::read_configuration:
      return plan.configuration_is(configuration, now);
    case step::write_secret:
      secret = webhook_secret{{{"ns", "w"}, "u", std::to_string(++version)}, what.content};
      return plan.secret_is(secret);
    case step::trust:
      for (auto& one : configuration->webhooks)
        one.authorities = plan.authorities();
      return plan.configuration_unknown();
    case step::rest:
      break;
    }
  }

  /// Whether the API server takes this certificate at `now`.
  bool takes(const webhook_pair& pair, wall_time now) const {
    const auto authorities = split_bundle(configuration->webhooks.front().authorities);
    const auto leaf = x509::certificate_from_pem(pair.certificate);
    const auto facts = x509::read_certificate(pair.certificate);
    return facts->when.from <= now && now < facts->when.until &&
           std::any_of(authorities.begin(), authorities.end(), [&](const auto& one) {
             const auto root = x509::certificate_from_pem(one);
             return X509_verify(leaf.get(), X509_get0_pubkey(root.get())) == 1;
           });
  }
};

/// Steps until it rests; which ones those were, and until when it rests.
std::pair<std::vector<step>, wall_time> run(certificate_plan& plan, cluster& world, wall_time now) {
  std::vector<step> steps;
  for (int i = 0; i < 20; ++i) {
    const auto action = plan.next(now);
    if (action.what == step::rest)
      return {steps, action.until};
    steps.push_back(action.what);
    world.carry_out(plan, action, now);
  }
  BOOST_ERROR("it never rests");
  return {};
}

std::pair<std::vector<step>, wall_time> look(certificate_plan& plan, cluster& world,
                                             wall_time now) {
  plan.secret_unknown();
  plan.configuration_unknown();
  return run(plan, world, now);
}

certificate_plan leader() {
  certificate_plan plan{{"w.ns.svc"}, life};
  plan.lead(true);
  return plan;
}

using steps = std::vector<step>;

} // namespace

BOOST_AUTO_TEST_CASE(a_leader_makes_what_is_missing_and_has_it_trusted) {
  cluster world;
  auto plan = leader();
  const auto [done, until] = run(plan, world, noon);
  BOOST_TEST((done == steps{step::read_secret, step::write_secret, step::read_configuration,
                            step::trust, step::read_configuration}));
  BOOST_TEST((until == noon + 5min));
  BOOST_REQUIRE(plan.serving());
  BOOST_TEST(world.takes(*plan.serving(), noon));
  BOOST_TEST(world.configuration->trusts(world.secret->content.authorities));
  BOOST_TEST(
      (look(plan, world, until).first == steps{step::read_secret, step::read_configuration}));
}

BOOST_AUTO_TEST_CASE(another_replica_serves_with_it_and_writes_nothing) {
  cluster world;
  certificate_plan plan{{"w.ns.svc"}, life};
  const auto [nothing, soon] = run(plan, world, noon);
  BOOST_TEST((nothing == steps{step::read_secret}));
  BOOST_TEST((soon == noon + 5min));
  BOOST_TEST(!plan.serving());
  auto first = leader();
  run(first, world, noon);
  const auto [done, until] = look(plan, world, soon);
  BOOST_TEST((done == steps{step::read_secret}));
  BOOST_TEST((until == noon + life / 3 * 2 + 5min));
  BOOST_REQUIRE(plan.serving());
  BOOST_TEST((*plan.serving() == *first.serving()));
}

BOOST_AUTO_TEST_CASE(a_replica_without_a_certificate_looks_for_the_leader_s_soon) {
  cluster world;
  world.secret = webhook_secret{{{"ns", "w"}, "u", "1"}, {}}; // as the chart leaves it
  certificate_plan other{{"w.ns.svc"}, life};
  const auto [done, until] = look(other, world, noon);
  BOOST_TEST((done == steps{step::read_secret}));
  BOOST_TEST((until <= noon + 5s));
}

BOOST_AUTO_TEST_CASE(a_renewal_overlaps) {
  cluster world;
  auto plan = leader();
  run(plan, world, noon);
  const auto old = *plan.serving();
  const auto due = noon + life / 3 * 2;
  BOOST_TEST((look(plan, world, due - 1s).second == due));
  const auto [begun, settled] = look(plan, world, due);
  BOOST_TEST((begun == steps{step::read_secret, step::read_configuration, step::write_secret,
                             step::trust, step::read_configuration}));
  BOOST_TEST((*plan.serving() == old)); // until the API server knows the other one
  BOOST_TEST((settled == due + 1min));
  const auto done = look(plan, world, settled).first;
  BOOST_TEST((std::count(done.begin(), done.end(), step::write_secret) == 1));
  BOOST_TEST((*plan.serving() != old));
  BOOST_TEST(world.takes(*plan.serving(), settled));
  BOOST_TEST(world.takes(old, settled)); // a replica may still serve with it
  BOOST_TEST(!world.secret->content.next);
  BOOST_TEST(split_bundle(world.secret->content.authorities).size() == 2U);
}

BOOST_AUTO_TEST_CASE(without_a_configuration_no_instance_is_waited_for) {
  cluster world;
  world.configuration.reset();
  auto plan = leader();
  BOOST_TEST((run(plan, world, noon).first ==
              steps{step::read_secret, step::write_secret, step::read_configuration}));
  const auto old = *plan.serving();
  look(plan, world, noon + life / 3 * 2);
  BOOST_TEST((*plan.serving() != old));
}

BOOST_AUTO_TEST_CASE(what_is_broken_expired_or_for_other_names_is_replaced) {
  cluster world;
  auto plan = leader();
  run(plan, world, noon);
  const auto good = world.secret->content;
  const auto replaced = [&](wall_time now) {
    const auto before = world.secret->content.current;
    auto next = leader();
    run(next, world, now);
    return world.secret->content.current != before;
  };
  BOOST_TEST(!replaced(noon + 1h));
  BOOST_TEST(replaced(noon + life)); // expired
  for (const auto& broken : {webhook_certificates{}, webhook_certificates{good.current, {}, "x"},
                             webhook_certificates{{"x", {}}, {}, good.authorities}}) {
    world.secret->content = broken;
    BOOST_TEST(replaced(noon + 1h));
  }
  world.secret->content = good;
  certificate_plan other{{"other.ns.svc"}, life};
  other.lead(true);
  run(other, world, noon + 1h);
  look(other, world, noon + 1h + 1min); // with the overlap of every renewal
  BOOST_TEST((x509::read_certificate(other.serving()->certificate)->names ==
              std::vector<std::string>{"other.ns.svc"}));
}

BOOST_AUTO_TEST_CASE(a_bundle_that_is_overwritten_is_restored) {
  cluster world;
  auto plan = leader();
  const auto until = run(plan, world, noon).second;
  world.configuration->webhooks[1].authorities.clear();
  const auto done = look(plan, world, until).first;
  BOOST_TEST((std::count(done.begin(), done.end(), step::trust) == 1));
  BOOST_TEST(world.configuration->trusts(plan.authorities()));
}

BOOST_AUTO_TEST_CASE(authorities_that_vouch_for_nothing_any_more_go) {
  cluster world;
  auto plan = leader();
  auto now = noon;
  for (int i = 0; i < 40; ++i) // two years and more
    now = std::max(now + 20 * 24h, look(plan, world, now).second);
  BOOST_TEST(split_bundle(world.secret->content.authorities).size() <= 3U);
}

/// Leaders change, replicas look when their plans say so, or earlier, and steps are interrupted:
/// what a replica serves with is trusted at every moment.
BOOST_AUTO_TEST_CASE(at_every_moment_each_replica_is_trusted) {
  for (unsigned seed = 0; seed < 4; ++seed) {
    std::minstd_rand random{seed + 1};
    cluster world;
    std::vector<certificate_plan> plans(3, certificate_plan{{"w.ns.svc"}, life});
    std::vector<wall_time> due(plans.size(), noon);
    auto now = noon;
    std::size_t leads = 0;
    plans[0].lead(true);
    run(plans[0], world, now);
    std::set<std::string> served;
    for (int i = 0; i < 600; ++i) {
      const auto at =
          static_cast<std::size_t>(std::min_element(due.begin(), due.end()) - due.begin());
      now = std::max(now, due[at]) + std::chrono::seconds{random() % 7200};
      if (random() % 10 == 0) {
        plans[leads].lead(false);
        leads = random() % plans.size();
        plans[leads].lead(true);
        due[leads] = now;
      }
      plans[at].secret_unknown();
      plans[at].configuration_unknown();
      due[at] = now + 1min; // an interrupted one is tried again
      for (auto left = random() % 9; left > 0; --left) {
        const auto action = plans[at].next(now);
        if (action.what == step::rest) {
          // Nobody looks more often than this in a test of years.
          due[at] = std::max(std::min(action.until, now + 24h * 5), now + 24h);
          break;
        }
        world.carry_out(plans[at], action, now);
      }
      for (std::size_t which = 0; which < plans.size(); ++which)
        if (const auto* pair = plans[which].serving(); pair && (which == at || i % 8 == 0)) {
          served.insert(pair->certificate);
          BOOST_TEST(world.takes(*pair, now), "seed " << seed << ", step " << i);
        }
    }
    BOOST_TEST(served.size() >= 2U);
  }
}
