#define BOOST_TEST_MODULE identity_plan
#include <boost/test/unit_test.hpp>

#include "actors/identity/plan.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

using kind = config::identity_origin::kind;

config::role_chain key(const char* id, const char* secret) {
  config::role_chain chain;
  chain.origin.from = kind::access_key;
  chain.origin.access_key_id = id;
  chain.origin.access_key_secret = secret_string{std::string_view{secret}};
  return chain;
}

const config::role_chain rrsa{{}, "acs:ram::1:role/a", "acs:ram::1:oidc-provider/p", {}};
const config::role_chain through{
    {}, "acs:ram::1:role/a", "acs:ram::1:oidc-provider/p", {{"acs:ram::2:role/b", ""}}, 7200s};

} // namespace

BOOST_AUTO_TEST_CASE(an_origin_and_an_rrsa_role_stand_by_themselves) {
  BOOST_TEST(!base_of(config::role_chain{}));
  BOOST_TEST(!base_of(rrsa));
  BOOST_TEST(!base_of(key("LTAI1", "s")));
}

BOOST_AUTO_TEST_CASE(chains_through_one_rrsa_role_share_its_session) {
  BOOST_TEST((base_of(through) == rrsa));
  BOOST_TEST(builds_on(through, rrsa));
  BOOST_TEST(builds_on(through, through));
  BOOST_TEST(!builds_on(rrsa, through));
}

BOOST_AUTO_TEST_CASE(roles_on_a_key_build_on_that_key) {
  auto chain = key("LTAI1", "s");
  chain.roles = {{"acs:ram::2:role/b", "word"}};
  BOOST_TEST((base_of(chain) == key("LTAI1", "s")));
  BOOST_TEST(!builds_on(chain, config::role_chain{}));
}

BOOST_AUTO_TEST_CASE(a_duration_without_a_role_and_an_origin_behind_rrsa_do_not_matter) {
  auto chain = key("LTAI1", "s");
  chain.expire_duration = 7200s;
  BOOST_TEST((essence(chain) == key("LTAI1", "s")));
  auto both = rrsa;
  both.origin.from = kind::worker_role;
  BOOST_TEST((essence(both) == rrsa));
}

BOOST_AUTO_TEST_CASE(the_user_of_an_identity_is_its_only_instance_or_it_is_shared) {
  std::vector<config::instance> instances(2);
  instances[0].name = "first";
  instances[0].chain = through;
  instances[1].name = "second";
  BOOST_TEST(user_of(rrsa, instances) == "first");
  BOOST_TEST(user_of(config::role_chain{}, instances) == "second");
  instances[1].chain = rrsa;
  BOOST_TEST(user_of(rrsa, instances) == "shared");
  BOOST_TEST(user_of(through, instances) == "first");
}

BOOST_AUTO_TEST_CASE(names_are_unique_stable_and_without_secrets) {
  identity_names names;
  BOOST_TEST(names.of({}) == "identity/own");
  const auto first = names.of(key("LTAI1", "marker-1"));
  BOOST_TEST(first == "identity/key LTAI1");
  BOOST_TEST(names.of(key("LTAI1", "marker-2")) == "identity/key LTAI1 #2");
  BOOST_TEST(names.of(key("LTAI1", "marker-1")) == first);
  BOOST_TEST(names.of(through) == "identity/acs:ram::1:role/a > acs:ram::2:role/b");
  BOOST_TEST((names.chain_of(first) == key("LTAI1", "marker-1")));
  names.forget(key("LTAI1", "marker-1"));
  BOOST_TEST(!names.chain_of(first));
}
