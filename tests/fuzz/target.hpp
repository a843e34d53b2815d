/// What every fuzz target shares: the check that stops it, and how it cuts an
/// input into parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/time.hpp"

/// Stops the fuzzer with the condition in words; the input is kept as a crash.
#define FUZZ_CHECK(condition)                                                                      \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);          \
      std::abort();                                                                                \
    }                                                                                              \
  } while (false)

namespace acr::fuzz {

/// One input. An exception that leaves it is a finding, too.
void target(std::string_view input);

/// The parts between lines that are `--`: corpora stay readable.
inline std::vector<std::string_view> parts(std::string_view input) {
  constexpr std::string_view mark = "\n--\n";
  std::vector<std::string_view> out;
  for (auto at = input.find(mark); at != std::string_view::npos; at = input.find(mark)) {
    out.push_back(input.substr(0, at));
    input.remove_prefix(at + mark.size());
  }
  out.push_back(input);
  return out;
}

/// The first part and all behind it.
inline std::pair<std::string_view, std::string_view> head_and_rest(std::string_view input) {
  constexpr std::string_view mark = "\n--\n";
  const auto at = input.find(mark);
  return at == std::string_view::npos
             ? std::pair{std::string_view{}, input}
             : std::pair{input.substr(0, at), input.substr(at + mark.size())};
}

/// A text for operators: one line that a terminal shows as it is.
inline void check_presentable(std::string_view text) {
  for (const char c : text)
    FUZZ_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

/// What every failure promises, whoever sent what.
inline void check_failure(const failure& reason) { check_presentable(to_string(reason)); }

template <class T>
void check_result(const result<T>& outcome) {
  if (!outcome)
    check_failure(outcome.error());
}

/// A moment for readers that judge expiry.
inline wall_time now() { return wall_time{std::chrono::milliseconds{1767323045000}}; }

} // namespace acr::fuzz
