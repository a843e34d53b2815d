#include "tools/helper/terminal.hpp"

#include <iostream>
#include <utility>

#include <unistd.h>

#include "tools/helper/cluster.hpp"

namespace acr::helper {

namespace {

using namespace std::chrono_literals;

constexpr auto between_lines = 10s; // in a log

} // namespace

bool shows_colours(std::FILE* stream) {
  return isatty(fileno(stream)) == 1 && environment_variable("NO_COLOR").empty() &&
         environment_variable("TERM") != "dumb";
}

bool can_ask() { return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1; }

bool ask_yes(const std::string& question) {
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::string answer;
  std::getline(std::cin, answer);
  return answer.starts_with('y') || answer.starts_with('Y');
}

progress::progress() : terminal_{isatty(STDERR_FILENO) == 1}, thread_{[this] { run(); }} {}

progress::~progress() {
  {
    const std::lock_guard lock{guard_};
    end_ = true;
  }
  ended_.notify_all();
  thread_.join();
  erase();
}

void progress::doing(std::string what) {
  const std::lock_guard lock{guard_};
  what_ = std::move(what);
}

void progress::make_room() {
  const std::lock_guard lock{guard_};
  erase();
}

void progress::run() {
  std::unique_lock lock{guard_};
  while (!ended_.wait_for(lock, 200ms, [this] { return end_; }))
    show(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() -
                                                          begun_));
}

void progress::show(std::chrono::seconds taken) {
  if (taken < 1s || what_.empty())
    return;
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s, %lld s ", what_.c_str(),
                 static_cast<long long>(taken.count()));
    shown_ = true;
  } else if (taken >= next_) {
    std::fprintf(stderr, "acr-credential-helper: %s, %lld s\n", what_.c_str(),
                 static_cast<long long>(taken.count()));
    next_ = taken + between_lines;
  }
}

void progress::erase() {
  if (std::exchange(shown_, false))
    std::fputs("\r\033[K", stderr);
}

} // namespace acr::helper
