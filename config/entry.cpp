#include "config/entry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

#include "config/values.hpp"
#include "protocol/aliyun/arn.hpp"
#include "protocol/registry/docker_config.hpp"

namespace acr::config {

namespace {

constexpr std::array<std::string_view, 9> field_names{"instanceId",
                                                      "regionId",
                                                      "domains",
                                                      "assumeRoleARN",
                                                      "expireDuration",
                                                      "rrsaRoleARN",
                                                      "rrsaOIDCProviderRoleARN",
                                                      "customAccessKey",
                                                      "customAccessKeySecret"};

constexpr auto role_form = "must be the ARN of a RAM role: acs:ram::<account ID>:role/<name>";
constexpr auto provider_form =
    "must be the ARN of an OIDC provider: acs:ram::<account ID>:oidc-provider/<name>";
constexpr std::size_t most_domains = 64; ///< An instance has a handful.

class entry_reader {
public:
  entry_reader(const node& entry, std::string key, problem_list& problems)
      : entry_{entry}, key_{std::move(key)}, problems_{problems} {}

  std::optional<instance> read(bool rrsa_enabled) {
    if (!entry_.is_mapping()) {
      reject("", entry_.at, entry_.text,
             entry_.is_null()
                 ? "is empty: remove it, or write `instanceId: \"\"` for Personal edition"
                 : "must be a mapping that begins with `- instanceId: ...`");
      return std::nullopt;
    }
    collect_fields();
    instance made;
    made.line = entry_.at.line;
    made.instance_id = text("instanceId");
    made.region = text("regionId");
    check_instance_id(made.instance_id);
    check_region(made.region);
    read_domains(made);
    read_roles(made.chain);
    check_rrsa(made, rrsa_enabled);
    read_duration(made.chain);
    refuse_access_keys();
    return good_ ? std::optional{std::move(made)} : std::nullopt;
  }

private:
  void tell(severity level, std::string_view field, position at, std::string_view value,
            std::string message) {
    good_ = good_ && level == severity::warning;
    problems_.add(level, field.empty() ? key_ : key_ + "." + std::string{field}, at, value,
                  std::move(message));
  }
  void reject(std::string_view field, position at, std::string_view value, std::string message) {
    tell(severity::entry_rejected, field, at, value, std::move(message));
  }
  /// About the whole value of a field that is given.
  void reject(std::string_view field, std::string message) {
    const auto& value = *fields_.at(field);
    reject(field, value.at, trimmed(value.text), std::move(message));
  }
  void warn(std::string_view field, position at, std::string_view value, std::string message) {
    tell(severity::warning, field, at, value, std::move(message));
  }

  void collect_fields() {
    for (std::size_t i = 0; i < entry_.keys.size(); ++i) {
      const auto& key = entry_.keys[i];
      const auto* const same =
          std::find_if(field_names.begin(), field_names.end(),
                       [&](auto field) { return boost::iequals(field, key.text); });
      if (!key.is_text() || same == field_names.end()) {
        unknown_field(key);
        continue;
      }
      if (*same != key.text)
        warn("", key.at, key.text, "is read as " + std::string{*same});
      if (!fields_.emplace(*same, &entry_.items[i]).second)
        reject(*same, key.at, "", "is given twice");
    }
  }

  /// What resembles a field is most likely meant as one: without it the entry would mean something
  /// else, without an instanceId even another edition.
  void unknown_field(const node& key) {
    if (suggestion(key.text, field_names))
      reject("", key.at, key.text, "unknown field" + did_you_mean(key.text, field_names));
    else
      warn("", key.at, key.text, "unknown field, ignored");
  }

  /// The field as text; empty if it is missing, null or of another type (which is told).
  std::string text(std::string_view field) {
    const auto found = fields_.find(field);
    if (found == fields_.end() || found->second->is_null())
      return {};
    if (!found->second->is_text()) {
      reject(field, "must be a text");
      return {};
    }
    std::string value{trimmed(found->second->text)};
    if (value.find(" //") != std::string::npos || value.find(" #") != std::string::npos) {
      reject(field, "must be one value: a comment begins with ` #`, outside of quotes");
      return {};
    }
    return value;
  }

  void check_instance_id(const std::string& id) {
    if (id.empty())
      return;
    const bool letters = std::all_of(id.begin(), id.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (split_list(id).items.size() > 1)
      reject("instanceId", "must be one instance: give each an entry of its own");
    else if (id.starts_with("crpi-"))
      reject("instanceId", "is a Personal edition instance of the new kind (crpi-...), which this "
                           "version does not support");
    else if (boost::istarts_with(id, "cri-") && boost::to_lower_copy(id) != id)
      reject("instanceId", "must be in lower case");
    else if (!id.starts_with("cri-") || id.size() < 5 || id.size() > 64 || !letters)
      reject("instanceId", "must be the ID of an Enterprise edition instance (cri-...), or empty "
                           "for Personal edition");
  }

  void check_region(const std::string& region) {
    if (!region.empty() && !aliyun::plausible_region(region))
      reject("regionId", "must be the ID of a region, such as cn-hangzhou");
  }

  void read_domains(instance& made) {
    const auto found = fields_.find("domains");
    if (found == fields_.end() || found->second->is_null())
      return;
    const auto& value = *found->second;
    if (value.is_text()) {
      const auto list = split_list(value.text);
      if (too_many(value, list.items.size()))
        return;
      if (!list.empty.empty())
        warn("domains", value.position_of(list.empty.front()), "", "an empty item is ignored");
      if (!list.full_width.empty())
        warn("domains", value.position_of(list.full_width.front()), "",
             "a full-width comma is read as a comma");
      for (const auto& item : list.items)
        add_domain(made, value.position_of(item.offset), item.text);
    } else if (value.is_list()) {
      if (too_many(value, value.items.size()))
        return;
      for (const auto& item : value.items)
        if (item.is_text())
          add_domain(made, item.at, trimmed(item.text));
        else
          reject("domains", item.at, "", "each domain must be a text");
    } else {
      reject("domains", "must be a text with commas between the domains, or a list of them");
    }
  }

  bool too_many(const node& value, std::size_t count) {
    if (count <= most_domains)
      return false;
    reject("domains", value.at, "",
           "has " + std::to_string(count) + " domains: at most " + std::to_string(most_domains) +
               " are supported");
    return true;
  }

  void add_domain(instance& made, position at, std::string_view written) {
    if (const auto scheme = written.find("://"); scheme != std::string_view::npos)
      return reject("domains", at, written,
                    "must be a host name without a scheme" + instead(written.substr(scheme + 3)));
    if (written.find('/') != std::string_view::npos)
      return reject("domains", at, written,
                    "must be a host name without a path" + instead(written));
    auto domain = boost::to_lower_copy(std::string{written});
    if (!registry::valid_host(domain))
      return reject("domains", at, written,
                    written.find_first_of(" \t\n;") != std::string_view::npos
                        ? "must be one host name: put commas between several"
                        : "must be a host name, with `:port` only if images have it");
    if (domain != written)
      warn("domains", at, written, "is read in lower case, as all image names are");
    if (std::find(made.domains.begin(), made.domains.end(), domain) == made.domains.end())
      made.domains.push_back(std::move(domain));
  }

  /// `: host`, if what stands before the path is one.
  static std::string instead(std::string_view text) {
    const auto host = boost::to_lower_copy(std::string{text.substr(0, text.find('/'))});
    return registry::valid_host(host) ? ": " + host : "";
  }

  void read_roles(role_chain& chain) {
    const auto assumed = text("assumeRoleARN");
    if (!assumed.empty())
      chain.roles.push_back({assumed, {}});
    chain.rrsa_role_arn = text("rrsaRoleARN");
    chain.rrsa_oidc_provider_arn = text("rrsaOIDCProviderRoleARN");
    check_role("assumeRoleARN", assumed);
    check_role("rrsaRoleARN", chain.rrsa_role_arn);
    const auto& provider = chain.rrsa_oidc_provider_arn;
    if (!provider.empty() && !aliyun::parse_oidc_provider_arn(provider))
      reject("rrsaOIDCProviderRoleARN",
             std::string{provider_form} +
                 (aliyun::parse_role_arn(provider) ? "; this is the ARN of a role" : ""));
  }

  void check_role(std::string_view field, const std::string& arn) {
    if (!arn.empty() && !aliyun::parse_role_arn(arn))
      reject(field, std::string{role_form} + (aliyun::parse_oidc_provider_arn(arn)
                                                  ? "; this is the ARN of an OIDC provider"
                                                  : ""));
  }

  void check_rrsa(const instance& made, bool enabled) {
    const bool role = !made.chain.rrsa_role_arn.empty();
    const bool provider = !made.chain.rrsa_oidc_provider_arn.empty();
    const auto* const given = role ? "rrsaRoleARN" : "rrsaOIDCProviderRoleARN";
    if (enabled && text_is_empty("instanceId"))
      reject("", entry_.at, "",
             "Personal edition cannot be used with RRSA: remove this entry, or turn RRSA off");
    else if (!enabled && (role || provider))
      reject(given, "needs RRSA: give the key `rrsa` the value `enable: true`");
    else if (role && !provider)
      reject(given, "needs rrsaOIDCProviderRoleARN, the OIDC provider of the cluster, beside it");
    else if (provider && !role)
      reject(given, "needs rrsaRoleARN, the role to assume with it, beside it");
    else if (enabled && !role)
      warn("", entry_.at, "",
           "has no rrsaRoleARN: RRSA is not used for it, but the helper's own identity");
  }

  /// Apart from `text`, which is empty for a value of a wrong type, too.
  bool text_is_empty(std::string_view field) const {
    const auto found = fields_.find(field);
    return found == fields_.end() || found->second->is_null() ||
           (found->second->is_text() && trimmed(found->second->text).empty());
  }

  void read_duration(role_chain& chain) {
    const auto written = text("expireDuration");
    if (written.empty())
      return;
    int seconds = 0;
    const auto* const end = written.data() + written.size();
    const auto [stop, status] = std::from_chars(written.data(), end, seconds);
    if (status != std::errc{} || stop != end || seconds < 3600 || seconds > 43200) {
      const auto meant = parse_duration(written);
      return reject("expireDuration", "must be a number of seconds, 3600 to 43200, without a unit" +
                                          (meant && *meant >= std::chrono::hours{1} &&
                                                   *meant <= std::chrono::hours{12}
                                               ? ": " + std::to_string(meant->count() / 1000)
                                               : ""));
    }
    chain.expire_duration = std::chrono::seconds{seconds};
    if (chain.roles.empty() && chain.rrsa_role_arn.empty())
      warn("expireDuration", fields_.at("expireDuration")->at, written,
           "has no effect without a role: it is the life of a role's session");
  }

  void refuse_access_keys() {
    for (const auto* field : {"customAccessKey", "customAccessKeySecret"})
      if (!text_is_empty(field))
        return reject(
            field, fields_.at(field)->at, "",
            "an AccessKey of one instance is not supported by this version: set "
            "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET for the helper, or "
            "use roles");
  }

  const node& entry_;
  std::string key_;
  problem_list& problems_;
  std::map<std::string_view, const node*> fields_;
  bool good_ = true;
};

} // namespace

std::optional<instance> read_entry(const node& entry, const std::string& key, bool rrsa_enabled,
                                   problem_list& problems) {
  return entry_reader{entry, key, problems}.read(rrsa_enabled);
}

} // namespace acr::config
