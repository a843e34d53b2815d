#define BOOST_TEST_MODULE credential_keeper
#include <boost/test/unit_test.hpp>

#include <map>

#include "runtime/kubernetes/credential_keeper.hpp"

using namespace acr;
using namespace acr::kubernetes;
using namespace std::chrono_literals;

namespace {

using verdict = credential_keeper::verdict;

constexpr wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

cluster_access access_with(credential_source source) {
  cluster_access access;
  access.server = "https://api:6443";
  access.proxy_url = "http://proxy:3128";
  tls_options tls;
  tls.ca_pem = "ca";
  access.tls = std::make_shared<const tls_options>(tls);
  access.credential = std::move(source);
  return access;
}

/// A file that a test writes.
struct fake_file {
  file_reader reader() {
    return [this](const std::string& path) -> result<secret_string> {
      ++reads;
      if (!content)
        return make_failure(errc::file_failed, "read " + path, "No such file or directory");
      return secret_string{std::string_view{*content}};
    };
  }
  std::optional<std::string> content = "one\n";
  int reads = 0;
};

std::string authorization(const credential_keeper& keeper) {
  http_request request;
  request.url = "/api";
  BOOST_REQUIRE(keeper.authorize(request));
  return std::string{find_header(request.headers, "authorization")};
}

exec_credential credential(std::string_view token, std::optional<wall_time> expiry = std::nullopt) {
  exec_credential value;
  value.token = secret_string{token};
  value.expires_at = expiry;
  return value;
}

const failure plugin_failure = make_failure(errc::credentials_bad, "run plugin", "status 1");

} // namespace

BOOST_AUTO_TEST_CASE(a_request_gets_the_server_its_tls_and_its_proxy) {
  credential_keeper keeper{access_with(no_credential{}), nullptr};
  BOOST_TEST((keeper.before_request(start) == verdict::ready));
  http_request request;
  request.url = "/api/v1/namespaces?limit=1";
  BOOST_REQUIRE(keeper.authorize(request));
  BOOST_TEST(request.url == "https://api:6443/api/v1/namespaces?limit=1");
  BOOST_TEST(request.tls->ca_pem == "ca");
  BOOST_TEST(request.proxy_url == "http://proxy:3128");
  BOOST_TEST(request.headers.empty());
  BOOST_TEST((keeper.after_refusal(keeper.generation(), start) == verdict::failed));
}

BOOST_AUTO_TEST_CASE(a_credential_goes_to_no_other_server) {
  const credential_keeper keeper{access_with(fixed_token{secret_string{std::string_view{"t"}}}),
                                 nullptr};
  for (const auto* url : {"https://evil/api", "", "api", "@evil/api"}) {
    http_request request;
    request.url = url;
    BOOST_TEST(!keeper.authorize(request), url);
    BOOST_TEST(request.headers.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_fixed_token_is_used_and_cannot_be_renewed) {
  credential_keeper keeper{access_with(fixed_token{secret_string{std::string_view{" t\n"}}}),
                           nullptr};
  BOOST_TEST((keeper.before_request(start) == verdict::ready));
  BOOST_TEST(authorization(keeper) == "Bearer t");
  BOOST_TEST((keeper.after_refusal(keeper.generation(), start) == verdict::failed));
}

namespace {

/// Files by path; one that is missing cannot be read.
struct fake_files {
  file_reader reader() {
    return [this](const std::string& path) -> result<secret_string> {
      ++reads;
      const auto found = content.find(path);
      if (found == content.end())
        return make_failure(errc::file_failed, "read " + path, "No such file or directory");
      return secret_string{std::string_view{found->second}};
    };
  }
  std::map<std::string, std::string> content{{"/ca", "ca"}, {"/crt", "crt"}, {"/key", "key"}};
  int reads = 0;
};

cluster_access access_by_files() {
  auto access = access_with(no_credential{});
  tls_options tls;
  tls.ca_pem = "ca";
  tls.client_cert_pem = "crt";
  tls.client_key_pem = secret_string{std::string_view{"key"}};
  tls.server_name = "api.example";
  access.tls = std::make_shared<const tls_options>(tls);
  access.files = {"/ca", "/crt", "/key"};
  return access;
}

std::string tls_of(const credential_keeper& keeper) {
  http_request request;
  request.url = "/api";
  BOOST_REQUIRE(keeper.authorize(request));
  BOOST_TEST(request.tls->server_name == "api.example");
  return request.tls->ca_pem + " " + request.tls->client_cert_pem + " " +
         std::string{request.tls->client_key_pem.reveal()};
}

} // namespace

BOOST_AUTO_TEST_CASE(certificates_from_files_are_read_again_within_seconds) {
  fake_files files;
  credential_keeper keeper{access_by_files(), files.reader()};
  keeper.before_request(start);
  const auto generation = keeper.generation();
  files.content = {{"/ca", "ca2"}, {"/crt", "crt2"}, {"/key", "key2"}};
  keeper.before_request(start + 4s);
  BOOST_TEST(tls_of(keeper) == "ca crt key");
  BOOST_TEST(files.reads == 3);
  keeper.before_request(start + 5s);
  BOOST_TEST(tls_of(keeper) == "ca2 crt2 key2");
  BOOST_TEST(keeper.generation() != generation);
  keeper.before_request(start + 10s);
  BOOST_TEST(keeper.generation() == generation + 1);
}

BOOST_AUTO_TEST_CASE(certificates_are_looked_at_after_a_connection_that_was_not_trusted) {
  fake_files files;
  credential_keeper keeper{access_by_files(), files.reader()};
  keeper.before_request(start);
  const auto generation = keeper.generation();
  BOOST_TEST((keeper.after_tls_failure(generation, start + 2s) == verdict::failed));
  files.content["/ca"] = "ca2";
  BOOST_TEST((keeper.after_tls_failure(generation, start + 2500ms) == verdict::failed));
  BOOST_TEST(files.reads == 6); // a storm of failures does not read once for each
  BOOST_TEST((keeper.after_tls_failure(generation, start + 3s) == verdict::ready));
  BOOST_TEST(tls_of(keeper) == "ca2 crt key");
  // What was sent before the change fails with the old one, and is sent again with the new one.
  BOOST_TEST((keeper.after_tls_failure(generation, start + 3s) == verdict::ready));
  BOOST_TEST((keeper.after_tls_failure(keeper.generation(), start + 3s) == verdict::failed));
}

BOOST_AUTO_TEST_CASE(half_a_rotation_changes_nothing) {
  fake_files files;
  credential_keeper keeper{access_by_files(), files.reader()};
  keeper.before_request(start);
  files.content = {{"/ca", "ca2"}, {"/crt", "crt2"}};
  keeper.before_request(start + 5s);
  BOOST_TEST(tls_of(keeper) == "ca crt key");
  files.content["/key"] = "";
  keeper.before_request(start + 10s);
  BOOST_TEST(tls_of(keeper) == "ca crt key");
  files.content["/key"] = "key2";
  keeper.before_request(start + 15s);
  BOOST_TEST(tls_of(keeper) == "ca2 crt2 key2");
}

BOOST_AUTO_TEST_CASE(what_is_in_no_file_is_never_read) {
  fake_files files;
  credential_keeper keeper{access_with(no_credential{}), files.reader()};
  keeper.before_request(start);
  BOOST_TEST((keeper.after_tls_failure(keeper.generation(), start) == verdict::failed));
  BOOST_TEST(files.reads == 0);
}

BOOST_AUTO_TEST_CASE(a_token_file_is_read_at_most_once_a_minute) {
  fake_file file;
  credential_keeper keeper{access_with(token_file{"/token"}), file.reader()};
  BOOST_TEST((keeper.before_request(start) == verdict::ready));
  BOOST_TEST(authorization(keeper) == "Bearer one");
  file.content = "two";
  BOOST_TEST((keeper.before_request(start + 60s - 1ms) == verdict::ready));
  BOOST_TEST(file.reads == 1);
  BOOST_TEST(authorization(keeper) == "Bearer one");
  BOOST_TEST((keeper.before_request(start + 60s) == verdict::ready));
  BOOST_TEST(file.reads == 2);
  BOOST_TEST(authorization(keeper) == "Bearer two");
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_does_not_freeze_the_token) {
  fake_file file;
  credential_keeper keeper{access_with(token_file{"/token"}), file.reader()};
  keeper.before_request(start);
  file.content = "two";
  keeper.before_request(start - 24h);
  BOOST_TEST(authorization(keeper) == "Bearer two");
}

BOOST_AUTO_TEST_CASE(a_refused_file_token_is_read_again_and_sent_again_only_if_it_changed) {
  fake_file file;
  credential_keeper keeper{access_with(token_file{"/token"}), file.reader()};
  keeper.before_request(start);
  const auto first = keeper.generation();
  BOOST_TEST((keeper.after_refusal(first, start + 1s) == verdict::failed));
  BOOST_TEST(file.reads == 2);
  file.content = "two";
  BOOST_TEST((keeper.after_refusal(first, start + 2s) == verdict::ready));
  BOOST_TEST(authorization(keeper) == "Bearer two");
  // Others that were sent with the old one need no further read.
  BOOST_TEST((keeper.after_refusal(first, start + 2s) == verdict::ready));
  BOOST_TEST(file.reads == 3);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_gone_for_a_moment_does_not_take_the_token_with_it) {
  fake_file file;
  credential_keeper keeper{access_with(token_file{"/token"}), file.reader()};
  keeper.before_request(start);
  file.content.reset();
  BOOST_TEST((keeper.before_request(start + 2min) == verdict::ready));
  BOOST_TEST(authorization(keeper) == "Bearer one");
  file.content = " \n";
  BOOST_TEST((keeper.before_request(start + 4min) == verdict::ready));
  BOOST_TEST(authorization(keeper) == "Bearer one");
}

BOOST_AUTO_TEST_CASE(a_file_without_a_token_is_a_failure_that_says_so) {
  fake_file file;
  credential_keeper keeper{access_with(token_file{"/token"}), file.reader()};
  file.content.reset();
  BOOST_TEST((keeper.before_request(start) == verdict::failed));
  BOOST_TEST((keeper.reason().code == errc::file_failed));
  for (const auto* bad : {"", "\n", "two words", "line\r\nInjected: header", "\x7F"}) {
    file.content = bad;
    BOOST_TEST((keeper.before_request(start) == verdict::failed), bad);
    BOOST_TEST((keeper.reason().code == errc::credentials_bad));
    BOOST_TEST(keeper.reason().message == "the file holds no token");
  }
}

BOOST_AUTO_TEST_CASE(
    a_plugin_is_run_first_and_its_credential_used_until_shortly_before_its_expiry) {
  credential_keeper keeper{access_with(exec_plugin{}), nullptr};
  BOOST_TEST((keeper.before_request(start) == verdict::run_plugin));
  keeper.plugin_done(credential("one", start + 10min), start);
  BOOST_TEST((keeper.before_request(start + 10min - 10s - 1ms) == verdict::ready));
  BOOST_TEST(authorization(keeper) == "Bearer one");
  BOOST_TEST((keeper.before_request(start + 10min - 10s) == verdict::run_plugin));
}

BOOST_AUTO_TEST_CASE(
    a_plugin_whose_credentials_have_ended_when_they_come_is_not_run_for_each_request) {
  for (const auto life : {-1h, 0h}) {
    credential_keeper keeper{access_with(exec_plugin{}), nullptr};
    int runs = 0;
    for (auto now = start; now < start + 60s; now += 100ms)
      if (keeper.before_request(now) == verdict::run_plugin) {
        ++runs;
        keeper.plugin_done(credential("one", now + life), now);
      }
    BOOST_TEST(runs == 6);
  }
}

BOOST_AUTO_TEST_CASE(a_plugins_credential_without_an_expiry_is_used_until_it_is_refused) {
  credential_keeper keeper{access_with(exec_plugin{}), nullptr};
  keeper.plugin_done(credential("one"), start);
  BOOST_TEST((keeper.before_request(start + 240h) == verdict::ready));
  BOOST_TEST((keeper.after_refusal(keeper.generation(), start + 240h) == verdict::run_plugin));
  BOOST_TEST((keeper.before_request(start + 240h) == verdict::run_plugin));
  keeper.plugin_done(credential("two"), start + 240h);
  BOOST_TEST(authorization(keeper) == "Bearer two");
}

BOOST_AUTO_TEST_CASE(a_plugin_whose_credentials_are_all_refused_is_not_run_for_each_request) {
  credential_keeper keeper{access_with(exec_plugin{}), nullptr};
  keeper.plugin_done(credential("one"), start);
  BOOST_TEST((keeper.after_refusal(keeper.generation(), start + 9s) == verdict::failed));
  BOOST_TEST((keeper.after_refusal(keeper.generation(), start + 10s) == verdict::run_plugin));
}

BOOST_AUTO_TEST_CASE(a_plugin_that_failed_is_left_alone_for_a_moment) {
  credential_keeper keeper{access_with(exec_plugin{}), nullptr};
  keeper.plugin_done(plugin_failure, start);
  BOOST_TEST((keeper.before_request(start + 5s - 1ms) == verdict::failed));
  BOOST_TEST((keeper.reason() == plugin_failure));
  BOOST_TEST((keeper.before_request(start + 5s) == verdict::run_plugin));
}

BOOST_AUTO_TEST_CASE(a_token_that_no_header_can_carry_is_a_failure_and_not_an_anonymous_request) {
  for (const auto* bad : {"line\r\nInjected: header", "two words", "\x7F"}) {
    exec_plugin login;
    login.command = "login";
    credential_keeper of_plugin{access_with(login), nullptr};
    of_plugin.plugin_done(credential(bad), start);
    BOOST_TEST((of_plugin.before_request(start) == verdict::failed));
    BOOST_TEST((of_plugin.reason().code == errc::credentials_bad));
    BOOST_TEST(of_plugin.reason().step == "run credential plugin login");
    credential_keeper fixed{access_with(fixed_token{secret_string{std::string_view{bad}}}),
                            nullptr};
    BOOST_TEST((fixed.before_request(start) == verdict::failed));
    BOOST_TEST((fixed.reason().code == errc::credentials_bad));
    BOOST_TEST(to_string(fixed.reason()).find("header") == std::string::npos);
  }
  credential_keeper anonymous{access_with(fixed_token{}), nullptr};
  BOOST_TEST((anonymous.before_request(start) == verdict::ready));
}

BOOST_AUTO_TEST_CASE(a_plugin_may_give_a_client_certificate) {
  credential_keeper keeper{access_with(exec_plugin{}), nullptr};
  exec_credential value;
  value.client_cert_pem = "cert";
  value.client_key_pem = secret_string{std::string_view{"key"}};
  keeper.plugin_done(value, start);
  http_request request;
  request.url = "/api";
  BOOST_REQUIRE(keeper.authorize(request));
  BOOST_TEST(request.tls->client_cert_pem == "cert");
  BOOST_TEST(request.tls->client_key_pem.reveal() == "key");
  BOOST_TEST(request.tls->ca_pem == "ca");
  BOOST_TEST(find_header(request.headers, "authorization").empty());
  keeper.plugin_done(credential("token"), start);
  http_request next;
  next.url = "/api";
  BOOST_REQUIRE(keeper.authorize(next));
  BOOST_TEST(next.tls->client_cert_pem.empty());
}
