#include "tools/helper/check.hpp"

#include <cstdio>
#include <utility>

#include "config/advice.hpp"
#include "config/explain.hpp"

namespace acr::helper {

namespace {

check_code code_of(config::verdict verdict, bool strict) {
  switch (verdict) {
  case config::verdict::good:
    return check_code::good;
  case config::verdict::warnings:
    return strict ? check_code::warnings : check_code::good;
  case config::verdict::entries_rejected:
    return check_code::entries_rejected;
  case config::verdict::refused:
    break;
  }
  return check_code::refused;
}

} // namespace

check_code check(const check_options& options) {
  auto found = read_configuration(options.source);
  if (!found) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(found.error()).c_str());
    return check_code::refused;
  }
  const auto read = config::with_advice(std::move(*found));
  const auto source = options.source.name();
  const auto told = options.output != output_format::text
                        ? for_programs(config::explain_json(read, source), options.output)
                    : options.quiet ? config::explain_briefly(read, source)
                                    : config::explain(read, source);
  std::fwrite(told.data(), 1, told.size(), stdout);
  return code_of(config::judge(read), options.strict);
}

} // namespace acr::helper
