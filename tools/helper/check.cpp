#include "tools/helper/check.hpp"

#include <cstdio>

#include "config/explain.hpp"
#include "config/parse.hpp"
#include "runtime/kubernetes/access.hpp"

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
  const bool piped = options.file == "-";
  const auto text = kubernetes::read_small_file(piped ? "/dev/stdin" : options.file);
  if (!text) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(text.error()).c_str());
    return check_code::refused;
  }
  const auto read = config::parse_file(text->reveal());
  const auto* const source = piped ? "standard input" : options.file.c_str();
  const auto told =
      options.json ? config::explain_json(read, source) : config::explain(read, source);
  std::fwrite(told.data(), 1, told.size(), stdout);
  if (std::fflush(stdout) != 0) {
    std::fputs("acr-credential-helper: standard output cannot be written\n", stderr);
    return check_code::refused;
  }
  return code_of(config::judge(read), options.strict);
}

} // namespace acr::helper
