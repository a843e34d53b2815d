#define BOOST_TEST_MODULE token_login
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "tests/support/fake_api.hpp"
#include "tests/support/token_fixture.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

/// Registries at the domains a.example and b.example, with one token endpoint.
struct login_fixture : token_fixture {
  login_fixture() {
    deps.domains = {"a.example", "b.example"};
    deps.registries = track(system.spawn(fake_api, &registries));
    deps.report = reporter{[this](const fact& what) {
      if (const auto* tried = std::get_if<logins_tried>(&what))
        verdicts.push_back(tried->outcomes);
    }};
    registries.on_call = [this](const http_request& request) { return answer_of(request); };
  }

  std::optional<http_response> answer_of(const http_request& request) {
    if (mute)
      return std::nullopt;
    if (request.url.ends_with("/v2/"))
      return http_response{
          401,
          {{"WWW-Authenticate", "Bearer realm=\"https://auth.example/auth\",service=\"" +
                                    std::string{request.url.substr(8, 9)} + "\""}},
          {}};
    const bool refused = request.url.ends_with("service=" + refusing);
    return http_response{refused ? 401 : 200, {}, {}};
  }

  registry::login_verdict verdict(std::size_t domain) const {
    return verdicts.back().at(domain).verdict;
  }

  api_script registries;
  std::string refusing; ///< The domain that refuses.
  bool mute = false;
  std::vector<std::vector<registry::login_outcome>> verdicts;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(token_login_suite, login_fixture)

BOOST_AUTO_TEST_CASE(the_first_password_is_published_at_once_and_tried_everywhere_afterwards) {
  mute = true;
  lives = {1h};
  start();
  BOOST_REQUIRE_EQUAL(issued.size(), 1U);
  BOOST_TEST(registries.count("GET", "/v2/") == 2U);
  BOOST_TEST(verdicts.empty());
  advance(10s); // nobody answers
  BOOST_REQUIRE_EQUAL(verdicts.size(), 1U);
  BOOST_TEST((verdict(0) == registry::login_verdict::undecided));
  BOOST_TEST((verdict(1) == registry::login_verdict::undecided));
}

BOOST_AUTO_TEST_CASE(a_refusal_withholds_no_only_password) {
  refusing = "a.example";
  lives = {1h};
  start();
  BOOST_TEST(issued.size() == 1U);
  BOOST_TEST((verdict(0) == registry::login_verdict::refused));
  BOOST_TEST((verdict(1) == registry::login_verdict::accepted));
}

BOOST_AUTO_TEST_CASE(a_password_that_is_refused_does_not_replace_one_that_works) {
  lives.assign(9, 1h);
  start();
  advance(issued.at(0).what.renew_at - now() - 1s);
  BOOST_TEST(issued.size() == 1U);
  refusing = "b.example";
  advance(2s);
  BOOST_TEST(passwords_asked() >= 2U);
  BOOST_TEST(issued.size() == 1U);
  BOOST_TEST(std::count(lines.begin(), lines.end(), "token_failed") == 1);
  refusing.clear();
  advance(1min);
  BOOST_TEST(issued.size() == 2U);
  BOOST_TEST(withdrawn.empty());
}

BOOST_AUTO_TEST_CASE(the_new_one_is_published_before_the_old_one_ends_whatever_registries_say) {
  lives.assign(60, 1h);
  start();
  refusing = "a.example";
  advance(1h - 1s);
  BOOST_TEST(issued.size() == 2U);
  BOOST_TEST((verdict(0) == registry::login_verdict::refused));
  BOOST_TEST(passwords_asked() < 30U); // bounded, although it is tried again until then
  advance(1h);
  BOOST_TEST(withdrawn.empty());
}

BOOST_AUTO_TEST_CASE(a_domain_that_took_neither_password_delays_nothing) {
  refusing = "a.example"; // a mistake of the configuration
  lives = {1h, 1h};
  start();
  advance(46min);
  BOOST_TEST(issued.size() == 2U);
  BOOST_TEST(passwords_asked() == 2U);
  BOOST_TEST(verdicts.size() == 1U); // the same again is not told
}

BOOST_AUTO_TEST_CASE(registries_that_do_not_answer_delay_a_renewal_by_seconds) {
  lives = {1h, 1h};
  start();
  mute = true;
  advance(46min);
  BOOST_TEST(issued.size() == 2U);
  BOOST_TEST((verdict(0) == registry::login_verdict::undecided));
}

BOOST_AUTO_TEST_CASE(patterns_are_not_asked_and_nobody_is_if_that_is_not_wanted) {
  deps.domains = {"*.example"};
  lives = {1h};
  start();
  BOOST_TEST(registries.calls.empty());
  deps.registries.reset();
  deps.domains = {"a.example"};
  lives = {1h};
  start();
  BOOST_TEST(issued.size() == 2U);
  BOOST_TEST(registries.calls.empty());
}

BOOST_AUTO_TEST_SUITE_END()
