#include "protocol/registry/pull_secret.hpp"

#include <optional>
#include <utility>

#include <boost/json/object.hpp>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"
#include "protocol/registry/image.hpp"
#include "protocol/text.hpp"

namespace acr::registry {

namespace json = boost::json;

namespace {

/// "https://a.example/v1/team" -> host "a.example", path "team": as `docker login` and people write
/// the keys.
pull_secret::entry place_of(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (key.starts_with(scheme))
      key.remove_prefix(scheme.size());
  const auto slash = key.find('/');
  auto path = slash == std::string_view::npos ? std::string_view{} : key.substr(slash);
  for (const std::string_view version : {"/v1/", "/v2/"})
    if (path.starts_with(version))
      path.remove_prefix(version.size() - 1);
  while (path.starts_with('/'))
    path.remove_prefix(1);
  while (path.ends_with('/'))
    path.remove_suffix(1);
  pull_secret::entry out;
  out.host = key.substr(0, slash);
  out.path = path;
  if (out.host == "index.docker.io")
    out.host = "docker.io";
  return out;
}

/// Describes the error in one entry; empty: none.
std::string read_entry(const json::object& from, pull_secret::entry& into) {
  for (const auto* name : {"username", "password", "email", "auth"})
    if (const auto* member = from.if_contains(name);
        member && !member->is_string() && !member->is_null())
      return std::string{"`"} + name + "` is no text";
  into.user = string_at(&from, "username");
  into.password = secret_string{string_at(&from, "password")};
  auto encoded = string_at(&from, "auth");
  if (encoded.empty())
    return {};
  while (encoded.size() % 4 != 0) // padding may be missing
    encoded += '=';
  auto pair = decode_base64(encoded);
  wipe(encoded);
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon != std::string::npos) {
    into.user = pair->substr(0, colon);
    into.password = secret_string{std::string_view{*pair}.substr(colon + 1)};
  }
  if (pair)
    wipe(*pair);
  return colon == std::string::npos ? "an `auth` is not base64 of user:password" : "";
}

/// Describes the error in the document; empty: none.
std::string read_auths(const json::object& auths, std::vector<pull_secret::entry>& into) {
  for (const auto& member : auths) {
    if (member.value().is_null())
      continue;
    const auto* from = member.value().if_object();
    if (!from)
      return "an entry is not an object";
    auto one = place_of(std::string_view{member.key().data(), member.key().size()});
    if (auto problem = read_entry(*from, one); !problem.empty())
      return problem;
    into.push_back(std::move(one));
  }
  return {};
}

std::string read_document(std::string_view text, bool with_auths,
                          std::vector<pull_secret::entry>& into) {
  const auto parsed = parse_json(text);
  if (!parsed)
    return parsed.error().message;
  if (parsed->is_null())
    return {};
  const auto* document = parsed->if_object();
  if (!document)
    return "it is not a JSON object";
  if (!with_auths)
    return read_auths(*document, into);
  const auto* auths = document->if_contains("auths");
  if (!auths || auths->is_null())
    return {};
  return auths->is_object() ? read_auths(auths->get_object(), into) : "`auths` is not an object";
}

} // namespace

pull_secret read_pull_secret(std::string name, std::string_view type,
                             const std::map<std::string, secret_string>& data) {
  pull_secret out;
  out.name = std::move(name);
  const bool json_type = type == "kubernetes.io/dockerconfigjson";
  if (!json_type && type != "kubernetes.io/dockercfg") {
    out.is = pull_secret::state::ignored;
    out.detail = "it is of type " + one_line(beginning(type, 100));
    return out;
  }
  const auto* key = json_type ? ".dockerconfigjson" : ".dockercfg";
  const auto found = data.find(key);
  if (found == data.end() || found->second.reveal().empty()) {
    out.is = pull_secret::state::ignored;
    out.detail = std::string{"it has no key "} + key;
    return out;
  }
  out.detail = read_document(found->second.reveal(), json_type, out.entries);
  if (!out.detail.empty()) {
    out.is = pull_secret::state::broken;
    out.entries.clear();
  }
  return out;
}

bool image_matches(const pull_secret::entry& entry, std::string_view image) {
  const auto host = host_of(image);
  if (!covers(entry.host, host))
    return false;
  if (image.starts_with(host + "/"))
    image.remove_prefix(host.size() + 1);
  return image.starts_with(entry.path);
}

} // namespace acr::registry
