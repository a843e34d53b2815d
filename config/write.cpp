#include "config/write.hpp"

#include <algorithm>
#include <utility>

#include <boost/algorithm/string/join.hpp>
#include <boost/json.hpp>

#include "config/explain.hpp"
#include "config/file_entry.hpp"
#include "config/parse.hpp"
#include "config/spelling.hpp"
#include "config/tree_text.hpp"

namespace acr::config {

namespace {

namespace json = boost::json;
using origin_kind = identity_origin::kind;

constexpr std::chrono::seconds default_session{3600};

/// `15m`, `90s`, `2h`: the largest unit that divides it.
std::string duration_text(std::chrono::seconds span) {
  const auto count = span.count();
  if (count % 3600 == 0)
    return std::to_string(count / 3600) + "h";
  return count % 60 == 0 ? std::to_string(count / 60) + "m" : std::to_string(count) + "s";
}

bool uses_rrsa(const role_chain& chain) { return !chain.rrsa_role_arn.empty(); }

/// Whether one of the names is the word for all.
bool names_all(const selection& chosen) {
  return !chosen.all &&
         std::find(chosen.names.begin(), chosen.names.end(), "all") != chosen.names.end();
}

/// Collects what one spelling cannot express.
class loss_finder {
public:
  explicit loss_finder(const vocabulary& words) : words_{words} {}

  std::vector<std::string> find(const configuration& value) {
    if (words_.form != spelling::config_map && value.webhook != webhook_settings{})
      tell("webhook-configuration", "what is not the default");
    if (words_.form != spelling::file && !value.namespace_labels.empty())
      tell("namespaceSelector", "a label selector");
    if (words_.form == spelling::file)
      return std::move(losses_);
    name_of_all(value.namespaces, words_.namespaces);
    name_of_all(value.service_accounts, words_.service_accounts);
    for (const auto& entry : value.instances)
      in_entry(entry, value.rrsa_enabled);
    return std::move(losses_);
  }

private:
  void tell(const std::string& where, const std::string& what) {
    losses_.push_back(where + ": " + what + " cannot be written in " +
                      std::string{in_words(words_.form)});
  }

  /// A name that equals the word for all.
  void name_of_all(const selection& chosen, std::string_view key) {
    if (names_all(chosen))
      tell(std::string{key}, "the name all (there, `all` selects everything)");
  }

  void in_entry(const instance& entry, bool rrsa) {
    const auto& chain = entry.chain;
    if (!uses_rrsa(chain) && chain.origin.from != origin_kind::automatic &&
        chain.origin.from != origin_kind::access_key)
      tell(entry.name + ": identity", config::in_words(chain).front());
    if (chain.roles.size() > 1)
      tell(entry.name, "a chain of " + std::to_string(chain.roles.size()) + " assumed roles");
    if (names_all(entry.namespaces))
      tell(entry.name, "the namespace all (there, `all` selects everything)");
    if (rrsa && entry.personal())
      tell(entry.name, "Personal edition beside an instance with RRSA");
  }

  const vocabulary& words_;
  std::vector<std::string> losses_;
};

json::value names_text(const selection& chosen, std::string_view all) {
  return json::value(boost::join(chosen.items(all), ","));
}

json::value names_list(const selection& chosen) {
  if (chosen == selection{true})
    return "all";
  const auto items = chosen.items();
  json::array names(items.begin(), items.end());
  if (names_all(chosen))
    return json::object{{"names", std::move(names)}};
  return names;
}

json::object selector_of(const label_selector& chosen) {
  json::object made;
  auto& all = made["matchExpressions"].emplace_array();
  for (const auto& one : chosen.all) {
    json::object term{{"key", one.key}, {"operator", to_string(one.what)}};
    if (!one.values.empty())
      term["values"] = json::array(one.values.begin(), one.values.end());
    all.push_back(std::move(term));
  }
  return made;
}

/// An entry of `acr-registry-info` or `AcrInstanceInfo`.
json::object original_entry(const instance& entry) {
  const auto& chain = entry.chain;
  json::object made;
  const auto add = [&made](std::string_view field, const std::string& text) {
    if (!text.empty())
      made[field] = text;
  };
  made["instanceId"] = entry.instance_id;
  add("regionId", entry.region);
  add("domains", boost::join(entry.domains, ","));
  if (entry.limited())
    add("namespaces", boost::join(entry.namespaces.items(), ","));
  add("rrsaRoleARN", chain.rrsa_role_arn);
  add("rrsaOIDCProviderRoleARN", chain.rrsa_oidc_provider_arn);
  if (!uses_rrsa(chain) && chain.origin.from == origin_kind::access_key) {
    made["customAccessKey"] = chain.origin.access_key_id;
    made["customAccessKeySecret"] = chain.origin.access_key_secret.reveal();
  }
  if (!chain.roles.empty()) {
    add("assumeRoleARN", chain.roles.front().arn);
    add("assumeRoleExternalId", chain.roles.front().external_id);
  }
  if (chain.expire_duration != default_session)
    made["expireDuration"] = chain.expire_duration.count();
  return made;
}

json::object source_of(const identity_origin& origin) {
  json::object made;
  json::object details;
  switch (origin.from) {
  case origin_kind::access_key:
    made["accessKey"] = {{"id", origin.access_key_id},
                         {"secret", origin.access_key_secret.reveal()}};
    return made;
  case origin_kind::secret:
    if (!origin.secret_namespace.empty())
      details["namespace"] = origin.secret_namespace;
    details["name"] = origin.secret_name;
    made["secretRef"] = std::move(details);
    return made;
  case origin_kind::profile:
    made["source"] = source_name(origin.from);
    if (!origin.profile.empty())
      made["profile"] = origin.profile;
    return made;
  case origin_kind::worker_role:
    made["source"] = source_name(origin.from);
    if (!origin.role_name.empty())
      made["roleName"] = origin.role_name;
    return made;
  case origin_kind::environment:
  case origin_kind::managed_role:
    made["source"] = source_name(origin.from);
    return made;
  case origin_kind::automatic:
    break;
  }
  return made;
}

/// An entry of `instances`.
json::object own_entry(const instance& entry) {
  const auto& chain = entry.chain;
  json::object made;
  made["id"] = entry.personal() ? "personal" : entry.instance_id;
  if (!entry.region.empty())
    made["region"] = entry.region;
  if (!entry.domains.empty())
    made["domains"] = json::array(entry.domains.begin(), entry.domains.end());
  if (entry.limited())
    made["namespaces"] = names_list(entry.namespaces);
  auto identity = uses_rrsa(chain) ? json::object{} : source_of(chain.origin);
  if (uses_rrsa(chain))
    identity["rrsa"] = {{"role", chain.rrsa_role_arn}, {"provider", chain.rrsa_oidc_provider_arn}};
  json::array roles;
  for (const auto& role : chain.roles) {
    auto& added = roles.emplace_back(json::object{{"role", role.arn}}).as_object();
    if (!role.external_id.empty())
      added["externalId"] = role.external_id;
  }
  if (!roles.empty())
    identity["assumeRoles"] = std::move(roles);
  if (chain.expire_duration != default_session)
    identity["sessionDuration"] = duration_text(chain.expire_duration);
  if (!identity.empty())
    made["identity"] = std::move(identity);
  return made;
}

/// An instance whose domains came from several entries may have more than one entry can hold.
std::vector<instance> in_parts(const instance& whole) {
  std::vector<instance> parts(1, whole);
  while (parts.back().domains.size() > most_domains) {
    auto rest = parts.back();
    const auto cut = static_cast<std::ptrdiff_t>(most_domains);
    rest.domains.erase(rest.domains.begin(), rest.domains.begin() + cut);
    parts.back().domains.resize(most_domains);
    parts.push_back(std::move(rest));
  }
  return parts;
}

/// All keys of a spelling except its RRSA switch.
json::object keys_of(const configuration& value, const vocabulary& words) {
  const bool own = words.form == spelling::file;
  json::object made;
  made[words.namespaces] = own ? names_list(value.namespaces) : names_text(value.namespaces, "all");
  if (own && !value.namespace_labels.empty())
    made["namespaceSelector"] = selector_of(value.namespace_labels);
  made[words.service_accounts] =
      own ? names_list(value.service_accounts) : names_text(value.service_accounts, "*");
  made[words.threshold] = duration_text(value.expiring_threshold);
  if (!value.notify_email.empty())
    made[words.email] = value.notify_email;
  auto& entries = made[words.instances].emplace_array();
  for (const auto& instance : value.instances)
    for (const auto& entry : in_parts(instance))
      entries.push_back(own ? own_entry(entry) : original_entry(entry));
  return made;
}

/// The values of a ConfigMap are texts.
json::object manifest(json::object data, const vocabulary& words, bool rrsa) {
  auto& entries = data[words.instances];
  entries = yaml_text(entries);
  if (rrsa)
    data[words.rrsa] = "enable: true";
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", "acr-configuration"}, {"namespace", "kube-system"}}},
          {"data", std::move(data)}};
}

std::string text_of(const configuration& value, const vocabulary& words) {
  auto keys = keys_of(value, words);
  switch (words.form) {
  case spelling::config_map:
    if (value.webhook != webhook_settings{})
      keys["webhook-configuration"] =
          yaml_text(json::object{{"enable", value.webhook.enabled},
                                 {"pods-with-own-list", value.webhook.pods_with_own_list}});
    return yaml_text(manifest(std::move(keys), words, value.rrsa_enabled));
  case spelling::add_on:
    if (value.rrsa_enabled)
      keys[words.rrsa_flag] = true;
    return json_text(keys);
  case spelling::file:
    break;
  }
  json::object own{{"apiVersion", api_version}, {"kind", kind}};
  own.insert(keys.begin(), keys.end());
  return yaml_text(own);
}

} // namespace

written write(const configuration& value, spelling form) {
  const auto& words = vocabulary_of(form);
  written made;
  made.losses = loss_finder{words}.find(value);
  if (made.losses.empty())
    made.text = secret_string{text_of(value, words)};
  return made;
}

} // namespace acr::config
