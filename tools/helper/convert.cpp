#include "tools/helper/convert.hpp"

#include <cstdio>
#include <string>

#include "config/explain.hpp"
#include "config/write.hpp"

namespace acr::helper {

namespace {

void tell(const std::string& line) {
  std::fprintf(stderr, "acr-credential-helper: %s\n", line.c_str());
}

} // namespace

convert_code convert(const convert_options& options) {
  const auto read = read_configuration(options.source);
  if (!read) {
    tell(to_string(read.error()));
    return convert_code::refused;
  }
  for (const auto& problem : read->problems)
    tell(config::explain(problem, options.source.name()));
  if (!read->value)
    return convert_code::refused;
  if (config::judge(*read) == config::verdict::entries_rejected) {
    tell("not converted: the rejected entries would be left out");
    return convert_code::lossy;
  }
  const auto written = config::write(*read->value, options.to);
  for (const auto& reason : written.losses)
    tell(reason);
  if (!written.losses.empty()) {
    tell("not converted: this would be left out");
    return convert_code::lossy;
  }
  const auto text =
      written.text.reveal(); // a user who converts a configuration with a key has that key
  std::fwrite(text.data(), 1, text.size(), stdout);
  return convert_code::converted;
}

} // namespace acr::helper
