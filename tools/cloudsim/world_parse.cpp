#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <boost/json/parse.hpp>

#include "tools/cloudsim/kit.hpp"
#include "tools/cloudsim/world.hpp"
#include "tools/cloudsim/yaml_reader.hpp"
#include "tools/simkit/form.hpp"

namespace acr::cloudsim {

namespace {

/// Names that must be unique in a document.
struct names_seen {
  std::set<std::string> keys, instances, accounts;
};

struct reading {
  std::string folder;
  names_seen seen;
};

std::string file_text(const yaml_reader& node, const std::string& folder) {
  const auto path = std::filesystem::path{folder} / node.text();
  std::ifstream in{path, std::ios::binary};
  std::stringstream out;
  if (!in || !(out << in.rdbuf()))
    node.complain("cannot read the file " + path.string());
  return out.str();
}

/// A number derived from a name, since the ids of users and roles are numbers: the same in every
/// run.
std::string number_of(std::string_view name) {
  std::uint64_t hash = 14695981039346656037ULL; // FNV-1a
  for (const char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return "3" + std::to_string(100000000000000000ULL + hash % 800000000000000000ULL).substr(0, 17);
}

statement read_statement(const yaml_reader& node, bool trust) {
  if (trust)
    node.only({"Effect", "Action", "Principal", "Condition"});
  else
    node.only({"Effect", "Action", "Resource", "Condition"});
  statement out;
  out.allow = node.need("Effect").one_of({"Allow", "Deny"}) == "Allow";
  out.actions = node.need("Action").texts();
  if (trust) {
    const auto who = node.need("Principal");
    who.only({"RAM", "Federated", "Service"});
    out.ram = who.texts_or_none("RAM");
    out.federated = who.texts_or_none("Federated");
    for (const auto& arn : out.ram)
      if (!arn.starts_with("acs:ram::"))
        who.complain("a RAM principal is an ARN such as acs:ram::<account>:root, not \"" + arn +
                     "\"");
  } else {
    out.resources = node.need("Resource").texts();
  }
  if (const auto tests = node.find("Condition"))
    for (const auto& [test, keys] : tests->pairs()) {
      if (!known_test(test))
        keys.complain("the test \"" + test + "\" is not known here");
      for (const auto& [key, values] : keys.pairs())
        out.conditions.push_back({test, key, values.texts()});
    }
  return out;
}

policy read_policy(const yaml_reader& node, bool trust) {
  node.only({"Version", "Statement"});
  policy out;
  for (const auto& item : node.need("Statement").items())
    out.statements.push_back(read_statement(item, trust));
  return out;
}

policy policy_or_none(const yaml_reader& node, std::string_view key, bool trust) {
  const auto child = node.find(key);
  return child ? read_policy(*child, trust) : policy{};
}

user read_user(const yaml_reader& node, reading& state) {
  node.only({"name", "id", "keys", "policy"});
  user out;
  out.name = node.need("name").text();
  out.id = node.text_or("id", number_of("user/" + out.name));
  out.permissions = policy_or_none(node, "policy", false);
  for (const auto& item : node.items_or_none("keys")) {
    item.only({"id", "secret", "active"});
    access_key key{item.need("id").text(), secret_string{item.need("secret").text()},
                   item.flag_or("active", true)};
    if (key.id.starts_with("STS."))
      item.complain("the id of a long-lived key does not begin with STS.");
    if (!state.seen.keys.insert(key.id).second)
      item.complain("the key " + key.id + " occurs twice");
    out.keys.push_back(std::move(key));
  }
  return out;
}

role read_role(const yaml_reader& node) {
  node.only({"name", "id", "max_session_duration", "trust_policy", "policy"});
  role out;
  out.name = node.need("name").text();
  out.id = node.text_or("id", number_of("role/" + out.name));
  if (const auto seconds = node.find("max_session_duration"))
    out.max_session = std::chrono::seconds{seconds->whole(3600, 43200)};
  out.trust = policy_or_none(node, "trust_policy", true);
  out.permissions = policy_or_none(node, "policy", false);
  return out;
}

oidc_provider read_provider(const yaml_reader& node, const reading& state) {
  node.only({"name", "issuer", "client_ids", "discovery_url", "ca_file", "ca", "keys_file", "keys",
             "fingerprint_outdated"});
  oidc_provider out;
  out.name = node.need("name").text();
  out.issuer = node.need("issuer").text();
  out.client_ids = node.need("client_ids").texts();
  auto base = out.issuer;
  while (base.ends_with('/'))
    base.pop_back();
  out.discovery_url = node.text_or("discovery_url", base + "/.well-known/openid-configuration");
  out.ca_pem = node.text_or("ca", "");
  if (const auto file = node.find("ca_file"))
    out.ca_pem = file_text(*file, state.folder);
  out.keys = node.text_or("keys", "");
  if (const auto file = node.find("keys_file"))
    out.keys = file_text(*file, state.folder);
  out.fingerprint_outdated = node.flag_or("fingerprint_outdated", false);
  return out;
}

endpoint read_endpoint(const yaml_reader& node) {
  node.only({"type", "enabled", "acl_enabled", "status", "domains", "linked_vpcs", "acl_entries"});
  endpoint out;
  out.type = node.need("type").one_of({"internet", "vpc", "intranet"});
  out.enabled = node.flag_or("enabled", true);
  out.acl_enabled = node.flag_or("acl_enabled", false);
  out.status = node.text_or("status", "RUNNING");
  for (const auto& item : node.items_or_none("domains")) {
    if (item.is_scalar()) {
      out.domains.push_back({item.text(), "SYSTEM"});
      continue;
    }
    item.only({"domain", "type"});
    const auto type = item.find("type");
    out.domains.push_back(
        {item.need("domain").text(), type ? type->one_of({"SYSTEM", "USER"}) : "SYSTEM"});
  }
  out.linked_vpcs = node.texts_or_none("linked_vpcs");
  out.acl_entries = node.texts_or_none("acl_entries");
  return out;
}

std::vector<repository> read_repositories(const yaml_reader& node) {
  std::vector<repository> out;
  for (const auto& item : node.items_or_none("repositories")) {
    if (item.is_scalar()) {
      out.push_back({item.text(), false});
      continue;
    }
    item.only({"name", "public"});
    out.push_back({item.need("name").text(), item.flag_or("public", false)});
  }
  return out;
}

/// The default endpoints of an instance.
std::vector<endpoint> usual_endpoints(const instance& about) {
  const auto domain_of = [&](const char* kind) {
    return domain{about.name + kind + about.region + ".cr.aliyuncs.com", "SYSTEM"};
  };
  endpoint internet;
  internet.type = "internet";
  internet.domains = {domain_of("-registry.")};
  endpoint vpc;
  vpc.type = "vpc";
  vpc.domains = {domain_of("-registry-vpc.")};
  return {internet, vpc};
}

instance read_instance(const yaml_reader& node, const std::string& home, reading& state) {
  node.only({"id", "name", "region", "specification", "status", "endpoints", "repositories",
             "registry_service"});
  instance out;
  out.account = home;
  out.id = node.need("id").text();
  if (!out.id.starts_with("cri-"))
    node.need("id").complain("the id of an instance begins with cri-");
  if (!state.seen.instances.insert(out.id).second)
    node.complain("the instance " + out.id + " occurs twice");
  out.name = node.text_or("name", out.id.substr(4));
  out.region = node.need("region").text();
  out.specification = node.text_or("specification", out.specification);
  out.status = node.text_or("status", out.status);
  out.repositories = read_repositories(node);
  out.registry_service = node.text_or("registry_service", "");
  if (node.has("endpoints"))
    for (const auto& item : node.need("endpoints").items())
      out.endpoints.push_back(read_endpoint(item));
  else
    out.endpoints = usual_endpoints(out);
  return out;
}

instance read_personal(const yaml_reader& node, const std::string& home) {
  node.only({"region", "repositories", "registry_service"});
  instance out;
  out.account = home;
  out.region = node.need("region").text();
  out.repositories = read_repositories(node);
  out.registry_service = node.text_or("registry_service", "");
  return out;
}

template <class Item>
void add_named(const yaml_reader& node, Item item, std::vector<Item>& into) {
  if (std::any_of(into.begin(), into.end(),
                  [&](const Item& known) { return known.name == item.name; }))
    node.complain("the name " + item.name + " occurs twice in the account");
  into.push_back(std::move(item));
}

account read_account(const yaml_reader& node, reading& state) {
  node.only({"id", "users", "roles", "oidc_providers", "instances", "personal"});
  account out;
  out.id = node.need("id").text();
  if (out.id.empty() ||
      !std::all_of(out.id.begin(), out.id.end(), [](char c) { return c >= '0' && c <= '9'; }))
    node.need("id").complain("an account id has digits only");
  if (!state.seen.accounts.insert(out.id).second)
    node.complain("the account " + out.id + " occurs twice");
  for (const auto& item : node.items_or_none("users"))
    add_named(item, read_user(item, state), out.users);
  for (const auto& item : node.items_or_none("roles"))
    add_named(item, read_role(item), out.roles);
  for (const auto& item : node.items_or_none("oidc_providers"))
    add_named(item, read_provider(item, state), out.providers);
  for (const auto& item : node.items_or_none("instances"))
    out.instances.push_back(read_instance(item, out.id, state));
  for (const auto& item : node.items_or_none("personal"))
    out.personal.push_back(read_personal(item, out.id));
  return out;
}

metadata_service read_metadata(const yaml_reader& node, const world& about) {
  node.only({"mode", "region", "zone", "instance_id", "account", "vpc", "role", "code"});
  metadata_service out;
  if (const auto mode = node.find("mode")) {
    const auto word = mode->one_of({"optional", "required", "disabled", "without-tokens"});
    out.access = word == "optional"   ? metadata_service::mode::optional
                 : word == "required" ? metadata_service::mode::required
                 : word == "disabled" ? metadata_service::mode::disabled
                                      : metadata_service::mode::without_tokens;
  }
  out.region = node.need("region").text();
  out.zone = node.text_or("zone", out.region + "-h");
  out.instance_id = node.text_or("instance_id", "i-sim0000000000001");
  out.account = node.text_or("account", about.accounts.front().id);
  out.vpc = node.text_or("vpc", "vpc-sim0000000000001");
  out.role_arn = node.text_or("role", "");
  if (!out.role_arn.empty() && !about.find_role(out.role_arn))
    node.need("role").complain("there is no role " + out.role_arn);
  out.code = node.text_or("code", out.code);
  return out;
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
}

lifetimes read_lifetimes(const yaml_reader& node) {
  node.only({"scale", "password_s", "session_s", "registry_token_s"});
  constexpr double week = 604800;
  lifetimes out;
  if (const auto scale = node.find("scale"))
    out.scale = scale->number(0.0001, 1000);
  out.password = milliseconds_of(3600 * out.scale);
  if (const auto seconds = node.find("password_s"))
    out.password = milliseconds_of(seconds->number(0.001, week));
  if (const auto seconds = node.find("session_s"))
    out.session = milliseconds_of(seconds->number(0.001, week));
  if (const auto seconds = node.find("registry_token_s"))
    out.registry_token = milliseconds_of(seconds->number(0.001, week));
  return out;
}

behaviour read_behaviour(const yaml_reader& node) {
  node.only(
      {"expired_token_status", "missing_instance_in_body", "flat_password_hour", "terse_denials"});
  behaviour out;
  if (const auto status = node.find("expired_token_status"))
    out.expired_token_status = static_cast<int>(status->whole(400, 499));
  out.missing_instance_in_body = node.flag_or("missing_instance_in_body", false);
  out.flat_password_hour = node.flag_or("flat_password_hour", false);
  out.terse_denials = node.flag_or("terse_denials", false);
  return out;
}

world read_world(const yaml_reader& node, reading& state) {
  node.only({"lifetimes", "behaviour", "accounts", "metadata", "registry_issuer", "limits"});
  world out;
  if (const auto child = node.find("lifetimes"))
    out.life = read_lifetimes(*child);
  if (const auto child = node.find("behaviour"))
    out.how = read_behaviour(*child);
  for (const auto& item : node.need("accounts").items())
    out.accounts.push_back(read_account(item, state));
  if (out.accounts.empty())
    node.need("accounts").complain("there must be at least one account");
  if (const auto child = node.find("metadata"))
    out.metadata = read_metadata(*child, out);
  if (const auto child = node.find("limits"))
    for (const auto& [operation, most] : child->pairs())
      out.limits[operation] = static_cast<std::size_t>(most.whole(1, 100000));
  out.registry_issuer = node.text_or("registry_issuer", out.registry_issuer);
  return out;
}

failure bad(errc code, std::string step, std::string message) {
  failure out;
  out.code = code;
  out.step = std::move(step);
  out.message = std::move(message);
  return out;
}

} // namespace

result<world> parse_world(const std::string& text, const std::string& name,
                          const std::string& folder) {
  reading state{folder, {}};
  try {
    const auto document = YAML::Load(text);
    if (!document.IsMap())
      throw document_error{document.Mark(), "", "a world is a mapping"};
    return read_world(yaml_reader{document, ""}, state);
  } catch (const YAML::Exception& error) {
    return bad(errc::config_bad, "read world",
               name + ":" + document_error{error.mark, "", error.msg}.what());
  } catch (const document_error& error) {
    return bad(errc::config_bad, "read world", name + ":" + error.what());
  }
}

result<world> load_world(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::stringstream text;
  if (!in || !(text << in.rdbuf()))
    return bad(errc::file_failed, "read world", "cannot read " + path);
  return parse_world(text.str(), path, std::filesystem::path{path}.parent_path().string());
}

result<policy> parse_policy_json(const std::string& text) {
  boost::system::error_code error;
  boost::json::parse(text, error);
  if (error)
    return bad(errc::parameter_bad, "read policy", "not JSON: " + error.message());
  try {
    return read_policy(yaml_reader{YAML::Load(text), "Policy"}, false); // JSON is YAML
  } catch (const YAML::Exception& problem) {
    return bad(errc::parameter_bad, "read policy", problem.msg);
  } catch (const document_error& problem) {
    return bad(errc::parameter_bad, "read policy", problem.what());
  }
}

} // namespace acr::cloudsim
