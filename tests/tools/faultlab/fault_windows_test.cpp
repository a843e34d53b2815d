#define BOOST_TEST_MODULE fault_windows
#include <boost/test/unit_test.hpp>

#include "tools/faultlab/invariants/fault_windows.hpp"

using namespace acr::faultlab;
using namespace std::chrono_literals;

namespace {

constexpr const char* first_secret = "acr-credential-secret-aggregation";

scenario with(lab_event item) {
  scenario about;
  about.lasts = 10h;
  about.timeline.push_back(std::move(item));
  return about;
}

lab_event refusal(parameters of) {
  of["status"] = "403";
  return {1h, 5h, "api", "http_status", std::move(of)};
}

/// Whether something is expected of an object in the middle of it all.
bool expected(const scenario& about, const std::string& ns, object_write object) {
  demand of;
  of.ns = ns;
  of.object = std::move(object);
  return fault_windows{about}.calm(3h, of);
}

constexpr auto removal = object_write::action::remove;

} // namespace

BOOST_AUTO_TEST_CASE(a_refused_patch_of_an_account_excuses_the_link_of_that_account_only) {
  const auto about = with(refusal({{"verb", "patch"},
                                   {"resource", "serviceaccounts"},
                                   {"namespace", "team-0"},
                                   {"name", "default"}}));
  BOOST_TEST(!expected(about, "team-0", {"serviceaccounts", "default"}));
  BOOST_TEST(expected(about, "team-0", {"serviceaccounts", "builder"}));
  BOOST_TEST(expected(about, "team-1", {"serviceaccounts", "default"}));
  BOOST_TEST(expected(about, "team-0", {"secrets", first_secret}));
  BOOST_TEST(expected(about, "team-0", {"secrets", first_secret, removal}));
}

BOOST_AUTO_TEST_CASE(a_refused_secret_excuses_neither_links_nor_the_other_secrets) {
  const auto about = with(refusal({{"verb", "patch"},
                                   {"resource", "secrets"},
                                   {"namespace", "team-0"},
                                   {"name", first_secret}}));
  BOOST_TEST(!expected(about, "team-0", {"secrets", first_secret}));
  BOOST_TEST(expected(about, "team-0", {"secrets", std::string{first_secret} + "-2"}));
  BOOST_TEST(expected(about, "team-1", {"secrets", first_secret}));
  BOOST_TEST(expected(about, "team-0", {"serviceaccounts", "default"}));
  BOOST_TEST(expected(about, "team-0", {"secrets", first_secret, removal}));
}

BOOST_AUTO_TEST_CASE(a_refused_deletion_excuses_what_is_to_go_and_no_renewal) {
  const auto about =
      with(refusal({{"verb", "delete"}, {"resource", "secrets"}, {"namespace", "team-0"}}));
  BOOST_TEST(!expected(about, "team-0", {"secrets", first_secret, removal}));
  BOOST_TEST(expected(about, "team-0", {"secrets", first_secret}));
}

BOOST_AUTO_TEST_CASE(a_list_that_is_refused_excuses_its_namespace_and_one_of_all_everything) {
  const auto one =
      with(refusal({{"verb", "list"}, {"resource", "serviceaccounts"}, {"namespace", "team-0"}}));
  BOOST_TEST(!expected(one, "team-0", {"serviceaccounts", "default"}));
  BOOST_TEST(expected(one, "team-1", {"serviceaccounts", "default"}));
  const auto all = with(refusal({{"verb", "list"}, {"resource", "serviceaccounts"}}));
  BOOST_TEST(!expected(all, "team-1", {"serviceaccounts", "default"}));
}

BOOST_AUTO_TEST_CASE(a_dead_network_the_configuration_and_throttling_excuse_every_object) {
  for (const auto& item :
       {lab_event{1h, 5h, "api", "blackhole", {}}, refusal({{"resource", "configmaps"}}),
        lab_event{1h,
                  5h,
                  "api",
                  "throttle",
                  {{"resource", "secrets"}, {"namespace", "team-1"}, {"verb", "patch"}}}})
    BOOST_TEST(!expected(with(item), "team-0", {"serviceaccounts", "default"}));
}

BOOST_AUTO_TEST_CASE(a_rival_excuses_the_object_that_it_fights_for) {
  const auto about = with({1h, 5h, "rival", "relist", {{"namespace", "team-0"}}});
  BOOST_TEST(!expected(about, "team-0", {"serviceaccounts", "default"}));
  BOOST_TEST(expected(about, "team-0", {"serviceaccounts", "builder"}));
  BOOST_TEST(expected(about, "team-0", {"secrets", first_secret}));
  const auto secret = with({1h, 5h, "rival", "delete", {{"namespace", "team-0"}}});
  BOOST_TEST(!expected(secret, "team-0", {"secrets", first_secret}));
  BOOST_TEST(expected(secret, "team-0", {"serviceaccounts", "default"}));
}

BOOST_AUTO_TEST_CASE(what_an_operator_does_to_one_object_excuses_that_object) {
  const auto about = with({3h - 1s, 0ms, "do", "delete-secret", {{"namespace", "team-0"}}});
  BOOST_TEST(!expected(about, "team-0", {"secrets", first_secret}));
  BOOST_TEST(expected(about, "team-0", {"serviceaccounts", "default"}));
  const auto born = with({3h - 1s, 0ms, "do", "create-namespace", {{"namespace", "team-0"}}});
  BOOST_TEST(!expected(born, "team-0", {"serviceaccounts", "default"}));
}
