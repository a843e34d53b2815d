#define BOOST_TEST_MODULE shutdown
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <thread>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/shutdown.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

/// What a child process that runs `body` exits with.
template <class Body>
int in_child(Body body) {
  const auto child = fork();
  if (child == 0)
    _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_in_an_orderly_way) {
  for (const int signal : {SIGTERM, SIGINT})
    BOOST_TEST(in_child([signal] {
                 termination end;
                 kill(getpid(), signal);
                 return static_cast<int>(end.wait());
               }) == 0);
}

BOOST_AUTO_TEST_CASE(a_request_from_another_thread_carries_its_code) {
  BOOST_TEST(in_child([] {
               termination end;
               std::thread other{[&end] { end.request(exit_code::gave_up); }};
               const auto code = end.wait();
               other.join();
               return static_cast<int>(code);
             }) == 3);
}

BOOST_AUTO_TEST_CASE(the_first_of_two_requests_counts) {
  BOOST_TEST(in_child([] {
               termination end;
               end.request(exit_code::cannot_start);
               end.request(exit_code::gave_up);
               return static_cast<int>(end.wait());
             }) == 1);
}

BOOST_AUTO_TEST_CASE(the_watchdog_ends_a_process_that_hangs) {
  BOOST_TEST(in_child([] {
               const watchdog guard{1ms, exit_code::stuck};
               pause();
               return 0;
             }) == 4);
}

BOOST_AUTO_TEST_CASE(the_watchdog_does_nothing_when_the_stop_is_quick) {
  BOOST_TEST(in_child([] {
               { const watchdog guard{1h, exit_code::stuck}; }
               return 0;
             }) == 0);
}

BOOST_AUTO_TEST_CASE(a_hardened_process_leaves_no_core) {
  BOOST_TEST(in_child([] {
               harden_process();
               rlimit core{};
               getrlimit(RLIMIT_CORE, &core);
               return core.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1;
             }) == 0);
}
