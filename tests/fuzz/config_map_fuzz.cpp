// The data of the ConfigMap: parts are `key\nvalue`.
#include <algorithm>
#include <map>
#include <string>

#include "config/explain.hpp"
#include "config/parse.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  std::map<std::string, std::string> data;
  for (const auto part : parts(input)) {
    const auto end = std::min(part.find('\n'), part.size());
    data.insert_or_assign(std::string{part.substr(0, end)},
                          std::string{part.substr(std::min(end + 1, part.size()))});
  }
  const auto read = config::parse_config_map(data);
  bool fatal = false;
  for (const auto& problem : read.problems) {
    fatal = fatal || problem.level == config::severity::fatal;
    check_presentable(config::to_string(problem));
  }
  FUZZ_CHECK(read.value.has_value() != fatal);
  auto words = config::explain(read, "acr.yaml");
  std::replace(words.begin(), words.end(), '\n', ' ');
  check_presentable(words);
}
