#define BOOST_TEST_MODULE exec_plugin
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <future>

#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX
#include <sys/stat.h>

#include "runtime/kubernetes/exec_plugin.hpp"

using namespace acr;
using namespace acr::kubernetes;
using namespace std::chrono_literals;

namespace {

exec_plugin shell(const std::string& script) {
  exec_plugin plugin;
  plugin.command = "sh";
  plugin.args = {"-c", script};
  plugin.api_version = "client.authentication.k8s.io/v1";
  return plugin;
}

// Prints the token that is the value of the shell's word $1.
std::string print_token(const std::string& word) {
  return R"(printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' )" +
         word;
}

result<exec_credential> run(const exec_plugin& plugin, std::chrono::milliseconds timeout = 60s) {
  std::promise<result<exec_credential>> outcome;
  const auto running = run_exec_plugin(
      plugin, {},
      [&outcome](result<exec_credential> value) { outcome.set_value(std::move(value)); }, timeout);
  return outcome.get_future().get();
}

std::string told(const result<exec_credential>& outcome) {
  return outcome ? "token " + std::string{outcome->token.reveal()} : to_string(outcome.error());
}

} // namespace

BOOST_AUTO_TEST_CASE(a_plugin_that_works_gives_its_token) {
  BOOST_TEST(told(run(shell(print_token("abc")))) == "token abc");
}

BOOST_AUTO_TEST_CASE(a_plugin_gets_arguments_environment_and_what_it_is_asked) {
  auto plugin = shell({});
  plugin.args = {"-c", print_token("\"$GIVEN-$0-$1-${#KUBERNETES_EXEC_INFO}\""), "zero", "one"};
  plugin.env = {{"GIVEN", "e"}};
  const auto length = render_exec_info(plugin, {}).size();
  BOOST_TEST(told(run(plugin)) == "token e-zero-one-" + std::to_string(length));
}

BOOST_AUTO_TEST_CASE(a_variable_of_ours_is_replaced_not_doubled) {
  auto plugin = shell(print_token("\"$(env | grep -c ^PATH=)\""));
  plugin.env = {{"PATH", "/usr/bin:/bin"}};
  BOOST_TEST(told(run(plugin)) == "token 1");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_fails_is_told_without_its_words) {
  const std::string prefix = "run credential plugin sh: credentials_bad: ";
  BOOST_TEST(told(run(shell("echo marker; echo marker >&2; exit 3"))) ==
             prefix + "ended with status 3");
  BOOST_TEST(told(run(shell("kill -9 $$"))) == prefix + "was killed by signal 9");
  BOOST_TEST(told(run(shell("echo marker"))).find("marker") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_plugin_is_told_with_the_hint) {
  exec_plugin plugin;
  plugin.command = "/no/such/plugin";
  plugin.install_hint = "install it so";
  BOOST_TEST(told(run(plugin)) ==
             "run credential plugin /no/such/plugin: credentials_bad: cannot be "
             "started: No such file or directory; install it so");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_writes_without_end_is_killed) {
  const auto outcome =
      run(shell("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done"));
  BOOST_REQUIRE(outcome.has_error());
  BOOST_TEST((outcome.error().code == errc::response_too_big));
}

BOOST_AUTO_TEST_CASE(a_plugin_that_waits_for_a_login_is_killed) {
  const auto outcome = run(shell("cat; sleep 1000"), 50ms);
  BOOST_REQUIRE(outcome.has_error());
  BOOST_TEST((outcome.error().code == errc::http_timeout));
}

BOOST_AUTO_TEST_CASE(who_inherits_the_output_of_a_plugin_does_not_delay_its_answer) {
  auto folder = (std::filesystem::temp_directory_path() / "acr-plugin-XXXXXX").string();
  BOOST_REQUIRE(mkdtemp(folder.data()) != nullptr);
  const auto fifo = folder + "/fifo";
  BOOST_REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  // The child keeps the pipe until somebody opens the fifo.
  const auto outcome = run(shell("read x < " + fifo + " & " + print_token("abc")), 10s);
  BOOST_TEST(told(outcome) == "token abc");
  std::ofstream{fifo} << "end\n";
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(a_plugin_dies_with_its_owner) {
  std::promise<result<exec_credential>> never;
  auto running =
      run_exec_plugin(shell("sleep 1000"), {},
                      [&never](const result<exec_credential>& value) { never.set_value(value); });
  running.reset(); // returns at once, or the test times out
  const auto state = never.get_future().wait_for(0s);
  BOOST_TEST((state == std::future_status::timeout));
}
