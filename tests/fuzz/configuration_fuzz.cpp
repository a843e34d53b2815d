// A configuration file in any of the three spellings.
#include <algorithm>

#include "config/explain.hpp"
#include "config/parse.hpp"
#include "config/write.hpp"
#include "tests/fuzz/target.hpp"

namespace {

/// What a spelling can say is read from it again.
void check_written(const acr::config::configuration& value) {
  using acr::config::spelling;
  for (const auto form : {spelling::config_map, spelling::add_on, spelling::file}) {
    const auto made = acr::config::write(value, form);
    FUZZ_CHECK(made.text.empty() == !made.losses.empty());
    for (const auto& reason : made.losses)
      acr::fuzz::check_presentable(reason);
    if (!made.losses.empty())
      continue;
    const auto again = acr::config::parse_file(made.text.reveal());
    FUZZ_CHECK(again.form == form);
    FUZZ_CHECK(again.value.has_value());
    FUZZ_CHECK(again.value->same_as(value));
  }
}

} // namespace

void acr::fuzz::target(std::string_view input) {
  const auto read = config::parse_file(input);
  const auto lines = static_cast<int>(std::count(input.begin(), input.end(), '\n')) +
                     static_cast<int>(std::count(input.begin(), input.end(), '\r')) + 2;
  bool fatal = false;
  for (const auto& problem : read.problems) {
    fatal = fatal || problem.level == config::severity::fatal;
    FUZZ_CHECK(problem.line >= 0 && problem.line <= lines);
    FUZZ_CHECK(problem.column >= 0);
    FUZZ_CHECK(!problem.message.empty());
    check_presentable(config::to_string(problem));
  }
  FUZZ_CHECK(read.value.has_value() != fatal);
  auto words = config::explain(read, "acr.yaml");
  std::replace(words.begin(), words.end(), '\n', ' ');
  check_presentable(words);
  const auto again = config::parse_file(input);
  FUZZ_CHECK(again.problems == read.problems);
  if (!read.value)
    return;
  FUZZ_CHECK(read.value->same_as(*again.value));
  FUZZ_CHECK(!read.value->instances.empty());
  FUZZ_CHECK(read.value->instances.size() <= config::most_entries);
  check_written(*read.value);
}
