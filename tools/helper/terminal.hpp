/// Terminal output of a command besides its result: progress, colours, and questions.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

namespace acr::helper {

/// On a terminal, unless NO_COLOR is set (https://no-color.org) or TERM is "dumb".
bool shows_colours(std::FILE* stream);

/// Whether a user can be asked: standard input and standard error are a terminal.
bool can_ask();

/// Asks on standard error, and reads a line. True if it begins with y or Y.
bool ask_yes(const std::string& question);

/// Shows on standard error what is being done, once the command runs for longer than a second: on a
/// terminal one line that counts its seconds from the start, elsewhere a line every ten seconds.
class progress {
public:
  progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();

  /// Sets the current activity: "reading secrets: 1500". Empty: none.
  void doing(std::string what);
  /// Clears the line before other output; it reappears by itself.
  void make_room();

private:
  void run();
  void show(std::chrono::seconds taken);
  void erase();

  std::mutex guard_;
  std::condition_variable ended_;
  bool end_ = false;
  bool shown_ = false;
  std::string what_;
  std::chrono::seconds next_{1}; ///< When the next line is due, where there is no terminal.
  const bool terminal_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::thread thread_;
};

} // namespace acr::helper
