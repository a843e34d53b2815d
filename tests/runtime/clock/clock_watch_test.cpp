#define BOOST_TEST_MODULE clock_watch
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "runtime/clock/clock_watch.hpp"

using namespace acr;

// To see the kernel wake it a test would have to set the machine's clock. What can be seen is what
// the kernel was asked for; what is done then is tested with the state machine that hears of it
// (actors/credential_lifetime).

namespace {

/// What the kernel says of each timer of this process (proc(5), fdinfo).
std::vector<std::string> timers() {
  std::vector<std::string> found;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    if (std::filesystem::read_symlink(entry.path(), gone) != "anon_inode:[timerfd]")
      continue;
    std::ifstream about{"/proc/self/fdinfo/" + entry.path().filename().string()};
    found.emplace_back(std::istreambuf_iterator<char>{about}, std::istreambuf_iterator<char>{});
  }
  return found;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(has_the_kernel_tell_when_the_wall_clock_is_set_and_lets_go_at_its_end) {
  BOOST_TEST(timers().empty());
  std::atomic<int> told = 0;
  {
    const clock_watch watch{[&](std::chrono::milliseconds) { ++told; }};
    const auto all = timers();
    BOOST_REQUIRE_EQUAL(all.size(), 1U);
    BOOST_TEST(holds(all[0], "clockid: 0\n"));        // the wall clock
    BOOST_TEST(holds(all[0], "settime flags: 03\n")); // absolute, and cancelled when it is set
    BOOST_TEST(!holds(all[0], "it_value: (0, 0)"));   // it is armed
  } // returns: its thread ends when it is asked to
  BOOST_TEST(timers().empty());
  BOOST_TEST(told == 0);
}
