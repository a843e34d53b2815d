/// A reading of a configuration in words, for people, and as JSON, for programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/model.hpp"

namespace acr::config {

/// The worst that was noticed, or nothing: what a reading is worth as a whole.
enum class verdict : unsigned char {
  good,             ///< Nothing is wrong.
  warnings,         ///< Told; no entry is rejected.
  entries_rejected, ///< Some entries are left out.
  refused,          ///< The whole configuration is.
};
verdict judge(const reading& read);

/// The way to an instance, step by step, in words: "the AccessKey in the Secret a/b", then each
/// role with its external ID. Never a part of an AccessKey.
std::vector<std::string> in_words(const role_chain& chain);

/// `source:line:column: severity: key: "value": message`; what is not known is left out.
std::string explain(const problem& value, std::string_view source);

/// Several lines: each problem, then what was understood, then the verdict. Never a secret.
std::string explain(const reading& read, std::string_view source);

/// Each problem, then the verdict with its counts. Never a secret.
std::string explain_briefly(const reading& read, std::string_view source);

/// One JSON object with the same content, and a newline; docs/configuration.md has its fields.
std::string explain_json(const reading& read, std::string_view source);

} // namespace acr::config
