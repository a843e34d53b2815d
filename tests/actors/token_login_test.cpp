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
    endpoints = named({"a.example", "b.example"});
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

  /// What the instance says of itself.
  static secret_string named(const std::vector<std::string>& domains) {
    std::string list;
    for (const auto& domain : domains)
      list.append(list.empty() ? "" : ",").append(R"({"Domain":")").append(domain).append("\"}");
    return json_text(
        R"({"Code":"success","IsSuccess":true,"Endpoints":[{"EndpointType":"internet","Enable":true,"Domains":[)" +
        list + "]}]}");
  }

  std::size_t told(std::string_view event) const {
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), event));
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

// A user who may write the configuration must not thereby get the password.
BOOST_AUTO_TEST_CASE(a_domain_that_only_the_configuration_names_is_not_tried) {
  endpoints = named({"a.example"});
  lives = {1h, 1h};
  start();
  BOOST_TEST(issued.at(0).what.value.domains.size() == 2U); // for nodes to use
  BOOST_TEST((verdict(0) == registry::login_verdict::accepted));
  BOOST_TEST((verdict(1) == registry::login_verdict::undecided));
  BOOST_TEST(verdicts.back().at(1).domain == "b.example");
  BOOST_TEST(verdicts.back().at(1).reason->cause_id == "registry_foreign");
  advance(46min);
  BOOST_TEST(issued.size() == 2U);
  for (const auto& call : registries.calls)
    BOOST_TEST(call.url.find("b.example") == std::string::npos, call.url);
  BOOST_TEST(told("domains_foreign") == 1U);
  BOOST_TEST(cloud.count("ListInstanceEndpoint") == 1U);
}

BOOST_AUTO_TEST_CASE(an_instance_that_does_not_tell_has_no_domains_but_the_vendor_s) {
  endpoints = make_failure(errc::denied, "cr ListInstanceEndpoint", "no permission");
  deps.domains = {"x.cn-hangzhou.cr.aliyuncs.com", "b.example"};
  lives = {1h};
  start();
  BOOST_TEST(issued.size() == 1U);
  BOOST_TEST(registries.count("GET", "https://x.cn-hangzhou.cr.aliyuncs.com/v2/") == 1U);
  BOOST_TEST(registries.count("GET", "b.example") == 0U);
  BOOST_TEST(told("domains_foreign") == 1U);
}

BOOST_AUTO_TEST_CASE(a_renewal_on_request_asks_again_whose_domains_they_are) {
  endpoints = make_failure(errc::denied, "cr ListInstanceEndpoint", "no permission");
  lives = {1h, 1h};
  const auto token = start();
  BOOST_TEST(registries.calls.empty());
  endpoints = named({"a.example", "b.example"});
  advance(1min);
  caf::anon_send(token, renew_now{});
  advance(1s);
  BOOST_TEST(issued.size() == 2U);
  BOOST_TEST((verdict(0) == registry::login_verdict::accepted));
  BOOST_TEST((verdict(1) == registry::login_verdict::accepted));
}

BOOST_AUTO_TEST_CASE(the_operator_may_vouch_for_a_domain) {
  endpoints = named({"a.example"});
  deps.tried_at = {"*.example"};
  lives = {1h};
  start();
  BOOST_TEST((verdict(1) == registry::login_verdict::accepted));
  BOOST_TEST(told("domains_foreign") == 0U);
  BOOST_TEST(cloud.count("ListInstanceEndpoint") == 0U);
}

BOOST_AUTO_TEST_CASE(domains_of_personal_edition_can_only_be_vouched_for) {
  deps.instance_id = "";
  deps.domains = {"registry.cn-hangzhou.aliyuncs.com", "b.example"};
  lives = {1h};
  start();
  BOOST_TEST(registries.count("GET", "b.example") == 0U);
  BOOST_TEST(told("domains_foreign") == 1U);
  BOOST_TEST(cloud.count("ListInstanceEndpoint") == 0U);
}

BOOST_AUTO_TEST_CASE(patterns_are_not_asked_and_no_registry_is_if_that_is_off) {
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
