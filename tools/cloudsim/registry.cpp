#include "tools/cloudsim/registry.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace acr::cloudsim {

namespace {

namespace json = boost::json;

/// `repository:<name>:<actions>`; the name may hold colons (a host with a port).
struct scope {
  std::string type;
  std::string name;
  std::vector<std::string> actions;
};

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(by), text.size());
    if (end > 0)
      out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<scope> read_scopes(const parameters& query) {
  std::vector<scope> out;
  for (const auto& [name, value] : query) {
    if (name != "scope")
      continue;
    for (const auto& item : split(value, ' ')) {
      const auto first = item.find(':');
      const auto last = item.rfind(':');
      if (first == std::string::npos || last == first)
        continue;
      out.push_back({item.substr(0, first), item.substr(first + 1, last - first - 1),
                     split(std::string_view{item}.substr(last + 1), ',')});
    }
  }
  return out;
}

/// All instances of a registry with that service name.
std::vector<const instance*> instances_of(const world& about, std::string_view service) {
  std::vector<const instance*> out;
  for (const auto& home : about.accounts)
    for (const auto* list : {&home.instances, &home.personal})
      for (const auto& item : *list)
        if (item.registry_service.empty() || item.registry_service == service)
          out.push_back(&item);
  return out;
}

/// Null if the instance has no such repository.
const repository* find_repository(const instance& of, const std::string& name) {
  static const repository any{"*", false};
  if (of.repositories.empty())
    return &any;
  const auto found =
      std::find_if(of.repositories.begin(), of.repositories.end(),
                   [&](const repository& item) { return matches(item.pattern, name); });
  return found == of.repositories.end() ? nullptr : &*found;
}

bool may(const world& about, const password* with, const instance& of, const std::string& name,
         const std::string& action) {
  const auto* found = find_repository(of, name);
  if (!found)
    return false;
  if (found->is_public && action == "pull")
    return true;
  if (!with || with->owner.account != of.account || with->instance != of.id ||
      with->region != of.region)
    return false;
  const auto* ram_action = action == "pull"   ? "cr:PullRepository"
                           : action == "push" ? "cr:PushRepository"
                                              : "cr:DeleteRepository";
  auto arn = "acs:cr:" + of.region + ":" + of.account + ":repository/";
  if (!of.id.empty())
    arn += of.id + "/";
  return permission(about, with->owner, ram_action, arn + name) == verdict::allowed;
}

response plain(int status, const json::object& body) {
  response out;
  out.status = status;
  out.headers = {{"Content-Type", "application/json"}};
  out.body = json::serialize(body);
  return out;
}

response unauthorized(const std::string& details) {
  auto out = plain(401, {{"code", "UNAUTHORIZED"}, {"details", details}});
  out.headers.push_back({"WWW-Authenticate", "Basic realm=\"registry\""});
  return out;
}

/// The password in the request; null if there is none, `refused` if it is not valid.
const password* given_password(const setting& at, bool& refused) {
  const auto authorization = find_header(at.from.headers, "authorization");
  if (authorization.empty())
    return nullptr;
  refused = true;
  constexpr std::string_view basic = "Basic ";
  std::string pair;
  if (!same_word(authorization.substr(0, basic.size()), basic) ||
      !base64_decode(authorization.substr(basic.size()), pair))
    return nullptr;
  const auto colon = pair.find(':'); // the password has colons of its own
  if (colon == std::string::npos || pair.substr(0, colon) != "cr_temp_user")
    return nullptr;
  const auto* found = at.given.find_password(std::string_view{pair}.substr(colon + 1));
  refused = !found || found->ends <= at.now;
  return refused ? nullptr : found;
}

} // namespace

token_signer::token_signer() {
  const auto key = make_rsa_key();
  pem_ = {make_self_signed(key.get(), "registry tokens"), key_to_pem(key.get())};
  *this = token_signer{pem_};
}

token_signer::token_signer(identity_pem known) : pem_{std::move(known)} {
  check_pair(pem_);
  key_ = key_from_pem(pem_.key);
  key_id_ = registry_key_id(public_key_der(key_.get()));
}

std::string token_signer::sign(const json::object& claims) const {
  const json::object header{{"typ", "JWT"}, {"alg", "RS256"}, {"kid", key_id_}};
  auto text = base64url(json::serialize(header)) + "." + base64url(json::serialize(claims));
  const auto signature = sign_rs256(key_.get(), text);
  return text + "." + base64url(signature);
}

std::string registry_key_id(std::string_view public_key_der) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; // RFC 4648
  const auto digest = sha256(public_key_der);
  std::string out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : digest.substr(0, 30)) {
    group = group << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) {
      if (out.size() % 5 == 4)
        out += ':';
      out += digits[group >> (bits - 5) & 31U];
    }
  }
  return out;
}

response registry_auth(const setting& at, const token_signer& signer) {
  if (at.from.method != "GET")
    return plain(405, {{"code", "UNSUPPORTED"}, {"details", "use GET"}});
  const std::string service{value_of(at.what.query, "service")};
  const auto candidates = instances_of(at.about, service);
  if (candidates.empty())
    return plain(400, {{"code", "UNSUPPORTED"}, {"details", "unknown service " + service}});
  bool refused = false;
  const auto* with = given_password(at, refused);
  if (refused)
    return unauthorized("the password is wrong or has expired");
  json::array access;
  for (const auto& wish : read_scopes(at.what.query)) {
    json::array actions;
    for (const auto& action : wish.actions)
      if (wish.type == "repository" &&
          std::any_of(candidates.begin(), candidates.end(), [&](const instance* of) {
            return may(at.about, with, *of, wish.name, action);
          }))
        actions.push_back(json::value(action));
    if (!actions.empty())
      access.push_back(
          json::object{{"type", wish.type}, {"name", wish.name}, {"actions", std::move(actions)}});
  }
  const auto seconds = [](auto since) {
    return std::chrono::floor<std::chrono::seconds>(since).count();
  };
  // By the machine's clock, as registries check it, regardless of the cloud's clock.
  const auto start = seconds(at.from.now.time_since_epoch());
  const auto life = std::max<std::int64_t>(1, seconds(at.about.life.registry_token));
  const auto token = signer.sign({{"iss", at.about.registry_issuer},
                                  {"sub", with ? "cr_temp_user" : ""},
                                  {"aud", service},
                                  {"iat", start},
                                  {"nbf", start - 10},
                                  {"exp", start + life},
                                  {"jti", at.given.request_id()},
                                  {"access", std::move(access)}});
  return plain(200, {{"token", token},
                     {"access_token", token},
                     {"expires_in", life},
                     {"issued_at", to_rfc3339(at.from.now)}});
}

} // namespace acr::cloudsim
