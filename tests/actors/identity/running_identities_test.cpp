#define BOOST_TEST_MODULE running_identities
#include <boost/test/unit_test.hpp>

#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/running_identities.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_cloud.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

using list_of = std::vector<std::string>;

const config::role_chain rrsa{{}, "acs:ram::1:role/a", "acs:ram::1:oidc-provider/p", {}};
const config::role_chain through{
    {}, "acs:ram::1:role/a", "acs:ram::1:oidc-provider/p", {{"acs:ram::2:role/b", ""}}};
const config::role_chain on_own{{}, "", "", {{"acs:ram::2:role/b", ""}}};

config::instance needing(const config::role_chain& chain) {
  config::instance made;
  made.chain = chain;
  return made;
}

struct identities_fixture : actor_fixture {
  identity_source obtain(const config::role_chain& chain) {
    return running.obtain(chain, [this](const config::role_chain& what, const identity_source& base,
                                        const std::string& group) {
      BOOST_TEST(static_cast<bool>(base) == base_of(what).has_value());
      made.push_back(group);
      return track(system.spawn(fake_identity, &script));
    });
  }

  identity_script script;
  running_identities running;
  list_of made;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(running_identities_suite, identities_fixture)

BOOST_AUTO_TEST_CASE(a_base_is_made_before_what_builds_on_it_and_both_are_shared) {
  const auto first = obtain(through);
  BOOST_TEST(made == (list_of{"identity/acs:ram::1:role/a",
                              "identity/acs:ram::1:role/a > acs:ram::2:role/b"}),
             boost::test_tools::per_element());
  BOOST_TEST((obtain(through) == first));
  BOOST_TEST((obtain(rrsa) != first));
  BOOST_TEST(made.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_does_not_matter_for_an_identity_makes_no_second_one) {
  auto longer = config::role_chain{};
  longer.expire_duration = std::chrono::hours{2};
  BOOST_TEST((obtain({}) == obtain(longer)));
}

BOOST_AUTO_TEST_CASE(one_that_ended_takes_along_what_builds_on_it_and_nothing_else) {
  obtain(through);
  obtain(on_own);
  const auto above = running.lost("identity/acs:ram::1:role/a");
  BOOST_TEST(above == (list_of{"identity/acs:ram::1:role/a > acs:ram::2:role/b"}),
             boost::test_tools::per_element());
  made.clear();
  obtain(on_own);
  BOOST_TEST(made.empty());
  obtain(through);
  BOOST_TEST(made.size() == 2U);
}

BOOST_AUTO_TEST_CASE(one_at_the_top_takes_nothing_along) {
  obtain(through);
  BOOST_TEST(running.lost("identity/acs:ram::1:role/a > acs:ram::2:role/b").empty());
  BOOST_TEST(running.lost("instance/a").empty());
  made.clear();
  obtain(through);
  BOOST_TEST(made.size() == 1U);
}

BOOST_AUTO_TEST_CASE(who_uses_an_identity_is_known_also_while_it_is_not_running) {
  obtain(through);
  running.lost("identity/acs:ram::1:role/a");
  BOOST_TEST(running.uses(through, "identity/acs:ram::1:role/a"));
  BOOST_TEST(running.uses(rrsa, "identity/acs:ram::1:role/a"));
  BOOST_TEST(!running.uses(on_own, "identity/acs:ram::1:role/a"));
  running.clear();
  BOOST_TEST(running.uses(through, "identity/acs:ram::1:role/a"));
}

BOOST_AUTO_TEST_CASE(what_is_needed_no_more_is_reported_and_forgotten) {
  obtain(through);
  obtain(on_own);
  const auto left = running.unused({needing(rrsa)});
  BOOST_TEST(left == (list_of{"identity/acs:ram::1:role/a > acs:ram::2:role/b", "identity/own",
                              "identity/own > acs:ram::2:role/b"}),
             boost::test_tools::per_element());
  BOOST_TEST(!running.uses(on_own, "identity/own"));
  BOOST_TEST(running.uses(through, "identity/acs:ram::1:role/a"));
}

BOOST_AUTO_TEST_SUITE_END()
