#define BOOST_TEST_MODULE exec_plugin
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <future>

#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/kubernetes/exec_plugin.hpp"

using namespace acr;
using namespace acr::kubernetes;
using namespace std::chrono_literals;
using namespace std::string_literals;

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

BOOST_AUTO_TEST_CASE(a_plugin_that_fails_is_reported_with_its_last_line_on_standard_error) {
  const std::string prefix = "run credential plugin sh: credentials_bad: ";
  BOOST_TEST(told(run(shell("exit 3"))) == prefix + "ended with status 3");
  BOOST_TEST(
      told(run(shell("echo first >&2; echo please run login first >&2; echo >&2; exit 3"))) ==
      prefix + "ended with status 3; it says: please run login first");
  BOOST_TEST(told(run(shell("printf 'dying' >&2; kill -9 $$"))) ==
             prefix + "was killed by signal 9; it says: dying");
  // Its standard output may hold a token.
  BOOST_TEST(told(run(shell("echo marker; exit 3"))).find("marker") == std::string::npos);
  BOOST_TEST(told(run(shell("echo marker"))).find("marker") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_words_of_a_plugin_are_bounded_and_clean) {
  const auto escape = told(run(shell(R"(printf 'a\033[2Jb\302\205c\377\n' >&2; exit 1)")));
  BOOST_TEST(escape.ends_with("it says: a [2Jb c\ufffd"), escape);
  const auto lengthy =
      told(run(shell("i=0; while [ $i -lt 20000 ]; do echo $i-xxxxxxxxxxxxxxxxxxxxxx >&2; "
                     "i=$((i+1)); done; printf '%01000d' 7 >&2; exit 1")));
  BOOST_TEST(lengthy.size() < 500U);
  BOOST_TEST(lengthy.ends_with("0000"), lengthy);
}

BOOST_AUTO_TEST_CASE(a_plugin_inherits_no_file_of_ours) {
  const int ours = ::dup(STDIN_FILENO); // without CLOEXEC, as libcurl and Asio open sockets
  BOOST_REQUIRE(ours > STDERR_FILENO);
  // What the shell itself opens has no name in here.
  const auto outcome = told(run(shell("[ -e /proc/self/fd/" + std::to_string(ours) +
                                      " ] && t=inherited || t=closed; " + print_token("$t"))));
  ::close(ours);
  BOOST_TEST(outcome == "token closed");
}

BOOST_AUTO_TEST_CASE(the_working_directory_is_no_place_to_find_a_plugin) {
  auto folder = (std::filesystem::temp_directory_path() / "acr-plugin-XXXXXX").string();
  BOOST_REQUIRE(mkdtemp(folder.data()) != nullptr);
  const std::string name = "acr-test-plugin";
  { std::ofstream{folder + "/" + name} << "#!/bin/sh\n" << print_token("found") << "\n"; }
  std::filesystem::permissions(folder + "/" + name, std::filesystem::perms::owner_all);
  const auto before = std::filesystem::current_path();
  const std::string path_before = ::getenv("PATH");
  std::filesystem::current_path(folder);
  exec_plugin plugin;
  plugin.command = name;
  plugin.api_version = "client.authentication.k8s.io/v1";
  const auto with_path = [&](const std::string& path) {
    ::setenv("PATH", path.c_str(), 1);
    auto text = told(run(plugin));
    ::setenv("PATH", path_before.c_str(), 1);
    return text;
  };
  for (const auto& path : {"."s, ":/usr/bin"s, "/usr/bin:"s, "./:/bin"s}) {
    const auto text = with_path(path);
    BOOST_TEST(text.find("relative to the working directory") != std::string::npos, text);
  }
  for (const auto& path : {"/usr/bin:/bin"s, ""s})
    BOOST_TEST(with_path(path).find("it is not in PATH") != std::string::npos, path);
  BOOST_TEST(with_path("/usr/bin:/bin:" + folder) == "token found");
  std::filesystem::current_path(before);
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(a_missing_plugin_is_reported_with_the_hint) {
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
