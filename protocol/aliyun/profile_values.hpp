/// Shared by both formats of profiles: the values of one profile, by key.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "protocol/aliyun/profile.hpp"

namespace acr::aliyun {

/// Reads one profile and remembers the first error.
class profile_values {
public:
  /// The value of a key; empty if it is missing.
  using lookup = std::function<secret_string(const std::string& key)>;

  profile_values(std::string name, lookup find, const environment_reader& environment)
      : name_{std::move(name)}, find_{std::move(find)}, environment_{environment} {}

  secret_string secret(const std::string& key) const { return find_(key); }
  std::string text(const std::string& key) const;
  /// The value of a key, or of an environment variable instead.
  std::string text(const std::string& key, const char* variable) const;

  /// An AccessKey: `access_key_id`, `access_key_secret`, and its security token, if that key has
  /// one or it is required.
  credentials key(const std::string& token_key, bool token_needed);
  /// The name of a machine's role; empty: the attached one.
  std::string role_name(const std::string& key);
  /// An ARN of a role or an OIDC provider.
  std::string role_arn(const std::string& key);
  std::string provider_arn(const std::string& key);
  std::string token_file(const std::string& key);

  /// Remembers the error unless there is an earlier one.
  void refuse(errc code, const std::string& why);
  void refuse_key(const std::string& key, const std::string& why) {
    refuse(errc::config_bad, "`" + key + "` " + why);
  }
  const std::optional<failure>& error() const { return error_; }

private:
  std::string name_;
  lookup find_;
  const environment_reader& environment_;
  std::optional<failure> error_;
};

/// `there is no profile dev (there are default, prod)`, as a failure.
failure no_such_profile(const std::string& name, const std::vector<std::string>& known);

/// For a mode or type that cannot be used here.
std::string unusable(const std::string& word, const std::string& usable);

result<profile> read_tool_profile(const secret_string& text, const std::string& name,
                                  const environment_reader& environment);
result<profile> read_ini_profile(const secret_string& text, const std::string& name,
                                 const environment_reader& environment);

} // namespace acr::aliyun
