#define BOOST_TEST_MODULE registry_login
#include <boost/test/unit_test.hpp>

#include "protocol/registry/login.hpp"

using namespace acr;
using namespace acr::registry;

namespace {

http_response asking(std::string challenge, int status = 401) {
  return {status, {{"www-authenticate", std::move(challenge)}}, {}};
}

http_response plain(int status) { return {status, {}, {}}; }

const secret_string password{std::string_view{"p:w"}};

} // namespace

BOOST_AUTO_TEST_CASE(a_registry_is_asked_over_https_and_this_machine_over_http) {
  BOOST_TEST(ping("a.example").url == "https://a.example/v2/");
  BOOST_TEST(ping("a.example:5000").url == "https://a.example:5000/v2/");
  BOOST_TEST(ping("127.0.0.1:5000").url == "http://127.0.0.1:5000/v2/");
  BOOST_TEST(ping("127.255.255.254").url == "http://127.255.255.254/v2/");
  // Names that merely look like it, and addresses that are somewhere else.
  for (const auto* host : {"127.evil.example.com", "127.0.0.1.example", "127.1", "localhost",
                           "128.0.0.1", "localhost.example", "12.7.0.1"})
    BOOST_TEST(ping(host).url == "https://" + std::string{host} + "/v2/");
  BOOST_TEST(ping("127.0.0.1").headers.empty());
  BOOST_TEST(can_be_asked("a.example"));
  BOOST_TEST(!can_be_asked("*.example"));
}

BOOST_AUTO_TEST_CASE(the_challenge_names_realm_and_service) {
  const auto read = read_challenge(
      asking(R"(Bearer realm="https://auth.example/auth",service="registry.example:cn,1")"), "a");
  BOOST_REQUIRE(read);
  BOOST_TEST(
      (*read == login_challenge{false, "https://auth.example/auth", "registry.example:cn,1"}));
  // The order, blanks, the case of names and schemes, and quotes are free; others are passed over.
  const auto other = read_challenge(
      asking(R"(bearer  Service=s , error="a \"b\"" ,REALM="https://auth.example/x?y=1")"), "a");
  BOOST_REQUIRE(other);
  BOOST_TEST((*other == login_challenge{false, "https://auth.example/x?y=1", "s"}));
  const auto basic = read_challenge(asking("Basic realm=\"Registry\""), "a");
  BOOST_REQUIRE(basic);
  BOOST_TEST(basic->basic);
}

BOOST_AUTO_TEST_CASE(what_does_not_ask_for_a_login_is_no_registry) {
  const auto code = [](const http_response& answer, const std::string& domain = "a.example") {
    const auto read = read_challenge(answer, domain);
    return read ? errc::none : read.error().code;
  };
  BOOST_TEST((code(plain(200)) == errc::malformed_answer));
  BOOST_TEST((code(plain(401)) == errc::malformed_answer));
  BOOST_TEST((code(plain(403)) == errc::denied));
  BOOST_TEST((code(asking("Bearer")) == errc::malformed_answer));
  BOOST_TEST((code(asking("Negotiate abc")) == errc::malformed_answer));
  BOOST_TEST((code(asking(R"(Bearer realm="https://x)")) == errc::none)); // as far as it goes
  BOOST_TEST((code(asking("Basic", 302)) == errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(a_password_is_sent_over_https_only_but_within_this_machine) {
  const auto challenge = asking(R"(Bearer realm="http://auth.example/auth",service="s")");
  const auto read = read_challenge(challenge, "a.example");
  BOOST_REQUIRE(!read);
  BOOST_TEST(read.error().message.find("http://auth.example/auth") != std::string::npos);
  const auto sends_to = [](const std::string& realm, const std::string& domain) {
    return read_challenge(asking("Bearer realm=\"" + realm + "\",service=\"s\""), domain)
        .has_value();
  };
  for (const auto* realm :
       {"http://127.0.0.1:5001/auth", "http://127.9.9.9", "http://[::1]:5001/a?b=c"}) {
    BOOST_TEST(sends_to(realm, "127.0.0.1:5000"), realm);
    BOOST_TEST(!sends_to(realm, "a.example"), realm);
    BOOST_TEST(!sends_to(realm, "127.evil.example.com"), realm);
  }
  for (const auto* realm :
       {"http://auth.example/auth", "file:///etc/passwd", "http://127.evil.example/",
        "http://127.0.0.1@evil/", "http://evil\\@127.0.0.1/", "http://[::2]/", "http://",
        "ftp://127.0.0.1/", "http://127.0.0.1.evil/", "https://", "https://u:p@auth.example/",
        "//127.0.0.1/", "http:/127.0.0.1/",
        // Behind a backslash some read the host's name, others a path.
        R"(http://127.0.0.1\\@evil/)", R"(http://127.0.0.1\\.evil/)",
        R"(https://auth.example\\@evil/)"})
    BOOST_TEST(!sends_to(realm, "127.0.0.1:5000"), realm);
}

BOOST_AUTO_TEST_CASE(user_and_password_go_to_the_token_endpoint) {
  const auto sent =
      login({false, "https://auth.example/auth", "reg:cn 1"}, "a", "cr_temp_user", password);
  BOOST_TEST(sent.url == "https://auth.example/auth?account=cr_temp_user&service=reg%3Acn%201");
  BOOST_REQUIRE_EQUAL(sent.headers.size(), 1U);
  BOOST_TEST(sent.headers[0].name == "Authorization");
  BOOST_TEST(sent.headers[0].value == "Basic Y3JfdGVtcF91c2VyOnA6dw=="); // base64 of user:p:w
  BOOST_TEST(login({false, "https://auth.example/auth?a=b", "s"}, "a", "u", password).url ==
             "https://auth.example/auth?a=b&account=u&service=s");
  BOOST_TEST(login({true, "", ""}, "a.example", "u", password).url == "https://a.example/v2/");
}

BOOST_AUTO_TEST_CASE(only_401_speaks_against_the_password) {
  BOOST_TEST((read_login(plain(200), "a").verdict == login_verdict::accepted));
  BOOST_TEST(!read_login(plain(200), "a").reason);
  const auto refused = read_login(plain(401), "a.example");
  BOOST_TEST((refused.verdict == login_verdict::refused));
  BOOST_TEST(refused.reason->cause_id == "login_refused");
  BOOST_TEST(refused.reason->cause == "a.example refuses the user and password");
  for (const int status : {204, 302, 400, 403, 404, 429, 500, 503}) {
    const auto other = read_login(plain(status), "a");
    BOOST_TEST((other.verdict == login_verdict::undecided), status);
    BOOST_TEST(other.reason->status == status);
  }
}

BOOST_AUTO_TEST_CASE(a_name_that_does_not_resolve_and_a_closed_door_are_distinguished) {
  const auto cause = [](errc code) {
    return not_tried(make_failure(code, "x", "y"), "a.example").reason->cause_id;
  };
  BOOST_TEST(cause(errc::dns_failed) == "registry_unresolved");
  BOOST_TEST(cause(errc::connect_failed) == "registry_unreachable");
  BOOST_TEST(cause(errc::http_timeout) == "registry_silent");
  BOOST_TEST(cause(errc::tls_failed) == "registry_not_trusted");
  BOOST_TEST(cause(errc::malformed_answer) == "no_registry");
  BOOST_TEST(cause(errc::actor_down).empty());
}

BOOST_AUTO_TEST_CASE(a_login_is_lost_where_it_worked_before) {
  const login_outcome good{"a", login_verdict::accepted, {}};
  const auto bad = read_login(plain(401), "a");
  const auto unknown = read_login(plain(500), "a");
  BOOST_TEST(!!lost_login({good}, {bad}));
  BOOST_TEST(!lost_login({good}, {unknown}));
  BOOST_TEST(!lost_login({good}, {good}));
  BOOST_TEST(!lost_login({bad}, {bad}));     // neither is better
  BOOST_TEST(!lost_login({unknown}, {bad})); // the old one may be as bad
  BOOST_TEST(!lost_login({}, {bad}));
  BOOST_TEST(!lost_login({{"b", login_verdict::accepted, {}}}, {bad}));
}
