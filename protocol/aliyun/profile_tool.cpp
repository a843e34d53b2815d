// `~/.aliyun/config.json`: {"current": "default", "profiles": [{"name": ..., "mode": ...}]}
#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "protocol/aliyun/arn.hpp"
#include "protocol/aliyun/profile_values.hpp"
#include "protocol/json.hpp"

namespace acr::aliyun {

namespace {

namespace json = boost::json;

constexpr auto usable_modes =
    "AK, StsToken, RamRoleArn, EcsRamRole, RamRoleArnWithRoleName, OIDC, ChainableRamRoleArn";

failure refused(std::string why) {
  return make_failure(errc::config_bad, "profile", std::move(why));
}

class tool_file {
public:
  tool_file(const json::array& profiles, const environment_reader& environment)
      : profiles_{profiles}, environment_{environment} {}

  result<profile> read(const std::string& name, std::size_t depth = 0) const {
    const auto* const found = find(name);
    if (found == nullptr)
      return no_such_profile(name, names());
    profile_values values{
        name, [found](const std::string& key) { return secret_string{string_at(found, key)}; },
        environment_};
    const auto mode = values.text("mode");
    profile out;
    if (mode == "AK" || mode == "StsToken" || mode == "RamRoleArn") {
      // A role may be assumed with a session, too.
      out.key = values.key(mode == "AK" ? "" : "sts_token", mode == "StsToken");
    } else if (mode == "EcsRamRole" || mode == "RamRoleArnWithRoleName" ||
               mode == "RamRoleArnWithEcs") {
      out.from = profile::source::worker_role;
      out.worker_role = values.role_name("ram_role_name");
    } else if (mode == "OIDC") {
      out.from = profile::source::oidc;
      out.oidc_role = role(*found, values);
      out.oidc_provider_arn = values.provider_arn("oidc_provider_arn");
      out.oidc_token_file = values.token_file("oidc_token_file");
    } else if (mode == "ChainableRamRoleArn") {
      auto source = read_source(values.text("source_profile"), depth);
      if (!source)
        values.refuse(source.error().code == errc::unavailable ? errc::config_bad
                                                               : source.error().code,
                      "`source_profile`: " + source.error().message);
      else
        out = std::move(*source);
    } else {
      values.refuse_key("mode", unusable(mode, usable_modes));
    }
    if (mode.starts_with("RamRoleArn") || mode == "ChainableRamRoleArn")
      out.roles.push_back(role(*found, values));
    if (values.error())
      return *values.error();
    return out;
  }

  const json::object* find(const std::string& name) const {
    for (const auto& item : profiles_)
      if (const auto* const one = item.if_object(); one && string_at(one, "name") == name)
        return one;
    return nullptr;
  }

private:
  result<profile> read_source(const std::string& name, std::size_t depth) const {
    if (name.empty())
      return refused("is missing");
    if (depth + 1 >= max_profile_depth)
      return refused("profiles build on each other in a circle, or more than " +
                     std::to_string(max_profile_depth) + " of them");
    return read(name, depth + 1);
  }

  static profile_role role(const json::object& from, profile_values& values) {
    profile_role out;
    out.arn = values.role_arn("ram_role_arn");
    out.session_name = values.text("ram_session_name", "ALIBABA_CLOUD_ROLE_SESSION_NAME");
    out.external_id = values.text("external_id");
    out.policy = values.text("policy");
    out.sts_region = values.text("sts_region");
    if (!out.sts_region.empty() && !plausible_region(out.sts_region))
      values.refuse_key("sts_region", "is not a region's name, as cn-hangzhou is");
    if (const auto* const life = from.if_contains("expired_seconds")) {
      const auto* const seconds = life->if_int64();
      if (seconds == nullptr || (*seconds != 0 && (*seconds < 900 || *seconds > 43200)))
        values.refuse_key("expired_seconds", "must be a number from 900 to 43200");
      else if (*seconds != 0)
        out.duration = std::chrono::seconds{*seconds};
    }
    return out;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& item : profiles_)
      if (const auto* const one = item.if_object())
        all.push_back(string_at(one, "name"));
    return all;
  }

  const json::array& profiles_;
  const environment_reader& environment_;
};

} // namespace

result<profile> read_tool_profile(const secret_string& text, const std::string& name,
                                  const environment_reader& environment) {
  const auto document = parse_json_object(text.reveal());
  if (!document)
    return refused(document.error().message);
  const auto* const member = document->if_contains("profiles");
  const auto* const profiles = member != nullptr ? member->if_array() : nullptr;
  if (member != nullptr && profiles == nullptr && !member->is_null())
    return refused("`profiles` is not a list");
  auto wanted = name.empty() ? string_at(&*document, "current") : name;
  if (wanted.empty())
    wanted = "default";
  const json::array none;
  return tool_file{profiles != nullptr ? *profiles : none, environment}.read(wanted);
}

} // namespace acr::aliyun
