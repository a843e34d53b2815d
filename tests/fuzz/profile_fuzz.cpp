// Credentials files of the vendor's tools: the name of a profile, `--`, and a file in either
// format.
#include <algorithm>
#include <string>

#include "protocol/aliyun/arn.hpp"
#include "protocol/aliyun/profile.hpp"
#include "tests/fuzz/target.hpp"

namespace {

void check_role(const acr::aliyun::profile_role& role) {
  FUZZ_CHECK(acr::aliyun::parse_role_arn(role.arn));
  FUZZ_CHECK(role.duration.count() >= 900 && role.duration.count() <= 43200);
  FUZZ_CHECK(role.sts_region.empty() || acr::aliyun::plausible_region(role.sts_region));
}

/// What becomes part of a header or a path.
void check_word(std::string_view text) {
  FUZZ_CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; }));
}

void check_profile(const acr::aliyun::profile& read) {
  using source = acr::aliyun::profile::source;
  if (read.from == source::access_key)
    FUZZ_CHECK(!read.key.access_key_id.empty() && !read.key.access_key_secret.empty());
  check_word(read.key.access_key_id);
  check_word(read.key.security_token.reveal());
  check_word(read.worker_role);
  FUZZ_CHECK(read.worker_role.find('/') == std::string::npos);
  if (read.from == source::oidc) {
    check_role(read.oidc_role);
    FUZZ_CHECK(acr::aliyun::parse_oidc_provider_arn(read.oidc_provider_arn));
    FUZZ_CHECK(!read.oidc_token_file.empty());
  }
  FUZZ_CHECK(read.roles.size() <= acr::aliyun::max_profile_depth);
  for (const auto& role : read.roles)
    check_role(role);
}

} // namespace

void acr::fuzz::target(std::string_view input) {
  const auto [name, text] = head_and_rest(input);
  for (const auto format : {aliyun::profile_format::tool, aliyun::profile_format::ini}) {
    const auto read = aliyun::read_profile(format, secret_string{text}, std::string{name},
                                           [](const char*) { return std::string{}; });
    check_result(read);
    if (read)
      check_profile(*read);
  }
}
