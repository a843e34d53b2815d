#define BOOST_TEST_MODULE stderr_log
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/observability/log.hpp"
#include "runtime/shutdown.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

struct pipe_ends {
  pipe_ends() { BOOST_REQUIRE(pipe(ends.data()) == 0); }
  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;
  ~pipe_ends() {
    close_reading();
    close_writing();
  }

  void close_reading() { close_one(ends[0]); }
  void close_writing() { close_one(ends[1]); }

  /// Until not a byte fits in.
  void fill() const {
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    const std::array<char, 4096> some{};
    for (auto size : {some.size(), std::size_t{1}})
      while (write(ends[1], some.data(), size) > 0) {
      }
    fcntl(ends[1], F_SETFL, 0);
  }

  std::string read_all() const {
    std::string all;
    std::array<char, 4096> some{};
    for (ssize_t got = 0; (got = read(ends[0], some.data(), some.size())) > 0;)
      all.append(some.data(), static_cast<std::size_t>(got));
    return all;
  }

  std::array<int, 2> ends{-1, -1};

private:
  static void close_one(int& end) {
    if (end >= 0)
      close(end);
    end = -1;
  }
};

constexpr int has_ended = 7;

/// A process that logs to the pipe, and ends with `has_ended` after its logger; with `stuck` if
/// that takes too long.
template <class Body>
pid_t logging_to(pipe_ends& to, Body body) {
  const auto child = fork();
  if (child != 0)
    return child;
  std::signal(SIGPIPE, SIG_IGN);
  dup2(to.ends[1], STDERR_FILENO);
  to.close_reading();
  to.close_writing();
  const watchdog guard{30s, exit_code::stuck};
  body(make_stderr_logger(log_level::info, log_format::json));
  _exit(has_ended);
}

int end_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_reader_that_is_stuck_holds_the_end_for_a_moment_only) {
  for (const int lines : {1, 5000}) { // less and more than the queue holds
    pipe_ends to;
    to.fill();
    const auto child = logging_to(to, [lines](const logger& log) {
      for (int i = 0; i < lines; ++i)
        log.info("sample", "a line");
    });
    BOOST_TEST(end_of(child) == has_ended);
  }
}

BOOST_AUTO_TEST_CASE(queued_lines_are_written_at_the_end) {
  constexpr int lines = 1500; // more than a pipe holds, less than the queue
  const std::string text(100, 'x');
  pipe_ends to;
  const auto child = logging_to(to, [&text](const logger& log) {
    for (int i = 0; i < lines; ++i)
      log.info("sample", text);
  });
  to.close_writing();
  const auto all = to.read_all();
  BOOST_TEST(end_of(child) == has_ended);
  BOOST_TEST(std::count(all.begin(), all.end(), '\n') == lines);
}

BOOST_AUTO_TEST_CASE(a_line_longer_than_a_pipe_is_written_whole) {
  const std::string text(200000, 'x');
  pipe_ends to;
  const auto child = logging_to(to, [&text](const logger& log) { log.info("sample", text); });
  to.close_writing();
  const auto all = to.read_all();
  BOOST_TEST(end_of(child) == has_ended);
  BOOST_TEST((all.find(text) != std::string::npos));
  BOOST_TEST(all.ends_with("}\n"));
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_gone_does_not_hold_the_end) {
  pipe_ends to;
  to.close_reading();
  const auto child = logging_to(to, [](const logger& log) {
    for (int i = 0; i < 5000; ++i)
      log.info("sample", "a line");
  });
  BOOST_TEST(end_of(child) == has_ended);
}
