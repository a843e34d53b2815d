#include "config/file_entry.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "config/entry_values.hpp"
#include "config/parse.hpp"
#include "config/values.hpp"
#include "protocol/dns_name.hpp"

namespace acr::config {

namespace {

using origin_kind = identity_origin::kind;

constexpr std::array<std::string_view, 5> entry_fields{"id", "region", "domains", "namespaces",
                                                       "identity"};
constexpr std::array<std::string_view, 8> identity_fields{
    "source",   "accessKey", "secretRef",   "profile",
    "roleName", "rrsa",      "assumeRoles", "sessionDuration"};
constexpr std::array<std::string_view, 2> access_key_fields{"id", "secret"};
constexpr std::array<std::string_view, 2> secret_ref_fields{"namespace", "name"};
constexpr std::array<std::string_view, 2> rrsa_fields{"role", "provider"};
constexpr std::array<std::string_view, 2> assumed_fields{"role", "externalId"};

struct source {
  origin_kind from;
  std::string_view name;
  std::string_view field; ///< The field that implies it; empty: none.
  bool needs_field = false;
};
constexpr std::array<source, 7> sources{{{origin_kind::automatic, "auto", ""},
                                         {origin_kind::access_key, "accessKey", "accessKey", true},
                                         {origin_kind::secret, "secretRef", "secretRef", true},
                                         {origin_kind::environment, "environment", ""},
                                         {origin_kind::profile, "profile", "profile"},
                                         {origin_kind::worker_role, "workerRole", "roleName"},
                                         {origin_kind::managed_role, "managedRole", ""}}};

class identity_reader {
public:
  identity_reader(const node& value, const std::string& key, entry_verdict& verdict)
      : fields_{value, key, identity_fields, verdict} {}

  void read(role_chain& chain) {
    read_source(chain.origin);
    read_rrsa(chain);
    read_roles(chain);
    read_duration(chain);
  }

private:
  /// The reader of a nested mapping; nothing if it is missing, or not a mapping (which is
  /// reported).
  std::optional<field_reader> below(std::string_view field,
                                    std::span<const std::string_view> known) {
    const auto* const value = fields_.find(field);
    if (value == nullptr)
      return std::nullopt;
    if (!value->is_mapping()) {
      fields_.reject_hidden(field, "must be a mapping with the fields " + listed(known));
      return std::nullopt;
    }
    return std::optional<field_reader>{
        std::in_place, *value, fields_.key() + "." + std::string{field}, known, fields_.verdict()};
  }

  static std::string listed(std::span<const std::string_view> words) {
    std::string text;
    for (const auto word : words)
      text.append(text.empty() ? "" : ", ").append(word);
    return text;
  }

  void read_source(identity_origin& origin) {
    const auto written = fields_.text("source");
    const source* chosen = nullptr;
    if (!written.empty()) {
      const auto* const found = std::find_if(sources.begin(), sources.end(),
                                             [&](const source& s) { return s.name == written; });
      if (found == sources.end())
        return unknown_source(written);
      chosen = found;
    }
    for (const auto& other : sources) {
      if (other.field.empty() || fields_.find(other.field) == nullptr)
        continue;
      if (chosen == nullptr)
        chosen = &other;
      else if (chosen != &other)
        fields_.reject_hidden(other.field, "is of the source " + std::string{other.name} +
                                               ", and the source is " + std::string{chosen->name} +
                                               ": give one");
    }
    if (chosen == nullptr)
      return;
    if (chosen->needs_field && fields_.find(chosen->field) == nullptr)
      fields_.reject("source", "needs " + std::string{chosen->field} + " beside it");
    origin.from = chosen->from;
    read_details(origin);
  }

  void unknown_source(const std::string& written) {
    std::array<std::string_view, sources.size()> known;
    std::transform(sources.begin(), sources.end(), known.begin(),
                   [](const source& s) { return s.name; });
    fields_.reject("source", "must be one of " + listed(known) + did_you_mean(written, known));
  }

  void read_details(identity_origin& origin) {
    if (origin.from == origin_kind::access_key) {
      if (auto key = below("accessKey", access_key_fields)) {
        if (key->find("id") == nullptr && key->find("secret") == nullptr)
          fields_.reject_hidden("accessKey", "needs id and secret");
        read_access_key(*key, "id", "secret", origin);
      }
    } else if (origin.from == origin_kind::secret) {
      read_secret_ref(origin);
    } else if (origin.from == origin_kind::profile) {
      origin.profile = fields_.text("profile");
    } else if (origin.from == origin_kind::worker_role) {
      origin.role_name = fields_.text("roleName");
      if (origin.role_name.find_first_of(" :/") != std::string::npos)
        fields_.reject("roleName", "must be the name of a RAM role, not its ARN");
    }
  }

  void read_secret_ref(identity_origin& origin) {
    auto ref = below("secretRef", secret_ref_fields);
    if (!ref)
      return;
    origin.secret_namespace = ref->text("namespace");
    origin.secret_name = ref->text("name");
    if (!origin.secret_namespace.empty() && !valid_dns_label(origin.secret_namespace))
      ref->reject("namespace", "cannot be a name in Kubernetes: 1 to 63 lower-case letters, digits "
                               "and `-`");
    if (ref->find("name") == nullptr)
      fields_.reject_hidden("secretRef", "needs the name of a Secret");
    else if (!valid_dns_name(origin.secret_name))
      ref->reject("name",
                  "cannot be a name in Kubernetes: lower-case letters, digits, `-` and `.`");
  }

  void read_rrsa(role_chain& chain) {
    auto rrsa = below("rrsa", rrsa_fields);
    if (!rrsa)
      return;
    chain.rrsa_role_arn = read_role(*rrsa, "role");
    chain.rrsa_oidc_provider_arn = read_provider(*rrsa, "provider");
    if (rrsa->find("role") == nullptr)
      fields_.reject_hidden("rrsa", "needs role, the role to assume with the OIDC token");
    if (rrsa->find("provider") == nullptr)
      fields_.reject_hidden("rrsa", "needs provider, the OIDC provider of the cluster");
    warn_of_accounts(*rrsa, "role", chain);
    if (chain.origin.from != origin_kind::automatic)
      fields_.reject_hidden("rrsa", "begins with the OIDC token: it cannot be used together with a "
                                    "source, give either");
  }

  void read_roles(role_chain& chain) {
    const auto* const list = fields_.find("assumeRoles");
    if (list == nullptr)
      return;
    if (!list->is_list())
      return fields_.reject("assumeRoles", "must be a list: begin each role with `- role: ...`");
    if (list->items.size() > most_roles)
      return fields_.reject("assumeRoles", "has " + std::to_string(list->items.size()) +
                                               " roles: at most " + std::to_string(most_roles) +
                                               " are supported");
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const auto key = fields_.key() + ".assumeRoles[" + std::to_string(i) + "]";
      const auto& item = list->items[i];
      if (!item.is_mapping()) {
        fields_.reject("assumeRoles", item.at, item.text,
                       "each must be a mapping that begins with `- role: ...`");
        continue;
      }
      field_reader one{item, key, assumed_fields, fields_.verdict()};
      const assumed_role assumed{read_role(one, "role"), read_external_id(one, "externalId")};
      if (one.find("role") == nullptr)
        one.reject("", item.at, "", "needs role, the ARN of the role to assume");
      const bool again =
          std::any_of(chain.roles.begin(), chain.roles.end(),
                      [&](const assumed_role& other) { return other.arn == assumed.arn; });
      if (!assumed.arn.empty() && (again || assumed.arn == chain.rrsa_role_arn))
        one.warn("role", std::string{role_again});
      chain.roles.push_back(assumed);
    }
  }

  void read_duration(role_chain& chain) {
    const auto written = fields_.text("sessionDuration");
    if (written.empty())
      return;
    const auto value = parse_duration(written);
    using namespace std::chrono_literals;
    if (!value || *value < 1h || *value > 12h || value->count() % 1000 != 0)
      return fields_.reject("sessionDuration", "must be a duration from 1h to 12h, such as 1h or "
                                               "5400s");
    chain.expire_duration = std::chrono::duration_cast<std::chrono::seconds>(*value);
    if (*value != 1h && chain.roles.empty() && chain.rrsa_role_arn.empty())
      fields_.warn("sessionDuration",
                   "has no effect without a role: it is the life of a role's session");
  }

  field_reader fields_;
};

constexpr std::string_view personal_word = "personal";

void read_id(field_reader& fields, instance& made) {
  const auto* const id = fields.find("id");
  if (id == nullptr)
    return fields.reject("", fields.mapping().at, "",
                         "needs `id`: cri-..., or `personal` for Personal edition");
  if (id->is_text() && trimmed(id->text) == personal_word)
    return;
  made.instance_id = read_instance_id(fields, "id", "or `personal`", made.region).id;
}

} // namespace

std::string_view source_name(identity_origin::kind from) {
  return std::find_if(sources.begin(), sources.end(),
                      [&](const source& s) { return s.from == from; })
      ->name;
}

std::optional<instance> read_file_entry(const node& entry, const std::string& key,
                                        problem_list& problems) {
  if (!entry.is_mapping()) {
    problems.add(severity::entry_rejected, key, entry.at, entry.text,
                 entry.is_null() ? "is empty: remove it, or write `id: personal`"
                                 : "must be a mapping that begins with `- id: ...`");
    return std::nullopt;
  }
  entry_verdict verdict{problems};
  field_reader fields{entry, key, entry_fields, verdict};
  instance made;
  made.line = entry.at.line;
  made.region = read_region(fields, "region");
  made.domains = read_domains(fields, "domains");
  made.namespaces = read_namespaces(fields, true);
  read_id(fields, made);
  if (const auto* identity = fields.find("identity")) {
    if (identity->is_mapping())
      identity_reader{*identity, key + ".identity", verdict}.read(made.chain);
    else
      fields.reject_hidden("identity", "must be a mapping with fields such as source and "
                                       "assumeRoles");
  }
  if (verdict.good && made.personal() && !made.chain.rrsa_role_arn.empty())
    fields.reject_hidden("identity", "Personal edition cannot be used with RRSA");
  return verdict.good ? std::optional{std::move(made)} : std::nullopt;
}

} // namespace acr::config
