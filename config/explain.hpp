/// A reading of a configuration as text, for people, and as JSON, for programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/model.hpp"

namespace acr::config {

/// The worst severity of a reading, or none.
enum class verdict : unsigned char {
  good,             ///< Nothing is wrong.
  warnings,         ///< Reported; no entry is rejected.
  entries_rejected, ///< Some entries are left out.
  refused,          ///< The whole configuration is.
};
verdict judge(const reading& read);

/// The chain to an instance, step by step, in words: "the AccessKey in the Secret a/b", then each
/// role with its external ID. Never a part of an AccessKey.
std::vector<std::string> in_words(const role_chain& chain);

/// `source:line:column: severity: key: "value": message`; unknown parts are left out.
std::string explain(const problem& value, std::string_view source);

/// Several lines: each problem, then the configuration as understood, then the verdict. Never a
/// secret.
std::string explain(const reading& read, std::string_view source);

/// Each problem, then the verdict with its counts. Never a secret.
std::string explain_briefly(const reading& read, std::string_view source);

/// One JSON object with the same content, and a newline; docs/configuration.md has its fields.
std::string explain_json(const reading& read, std::string_view source);

} // namespace acr::config
