#include "protocol/registry/docker_config.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <boost/json/object.hpp>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"
#include "protocol/registry/host.hpp"
#include "protocol/secret_json.hpp"
#include "protocol/text.hpp"

namespace acr::registry {

namespace json = boost::json;

namespace {

json::object rendered(const auth_entry& entry) {
  std::string pair = entry.user;
  pair.reserve(entry.user.size() + 1 + entry.password.size());
  pair += ':';
  pair += entry.password.reveal();
  auto encoded = encode_base64(pair);
  wipe(pair);
  json::object members{cleansing_storage()};
  members["username"] = entry.user;
  members["password"] = entry.password.reveal();
  members["auth"] = encoded;
  if (!entry.email.empty())
    members["email"] = entry.email;
  wipe(encoded);
  return members;
}

failure unreadable(std::string message) {
  failure reason;
  reason.code = errc::malformed_answer;
  reason.step = "read docker config";
  reason.message = std::move(message);
  return reason;
}

} // namespace

auth_entry blank_entry(std::string host) { return {std::move(host), {}, {}, {}}; }

secret_string render_docker_config(const std::vector<auth_entry>& entries) {
  std::map<std::string_view, const auth_entry*> sorted;
  for (const auto& entry : entries)
    if (valid_host(entry.host))
      sorted.emplace(entry.host, &entry); // the first entry of a host counts
  json::object auths{cleansing_storage()};
  for (const auto& [host, entry] : sorted)
    auths[host] = rendered(*entry);
  json::object document{cleansing_storage()};
  document["auths"] = std::move(auths);
  return secret_string{serialize_secret(document)};
}

result<std::vector<auth_entry>> parse_docker_config(const secret_string& document) {
  const auto parsed = parse_json_object(document.reveal());
  if (!parsed)
    return unreadable(parsed.error().message);
  const auto* auths = object_at(&*parsed, "auths");
  if (auths == nullptr)
    return unreadable("there is no object `auths`");
  std::vector<auth_entry> entries;
  for (const auto& member : *auths) {
    const auto* from = member.value().if_object();
    if (from == nullptr)
      return unreadable("an entry of `auths` is not an object");
    auth_entry entry;
    entry.host = std::string{member.key()};
    entry.user = string_at(from, "username");
    if (entry.user.find(':') != std::string::npos)
      return unreadable("a `username` holds a colon, which ends it in `auth`");
    entry.password = secret_string{string_at(from, "password")};
    entry.email = string_at(from, "email");
    if (auto encoded = string_at(from, "auth"); !encoded.empty()) {
      auto pair = decode_base64(encoded);
      wipe(encoded);
      const auto colon = pair ? pair->find(':') : std::string::npos;
      if (colon == std::string::npos || first_not_utf8(*pair)) {
        if (pair)
          wipe(*pair);
        return unreadable("an `auth` is not base64 of user:password");
      }
      entry.user = pair->substr(0, colon);
      entry.password = secret_string{std::string_view{*pair}.substr(colon + 1)};
      wipe(*pair);
    }
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(),
            [](const auth_entry& a, const auth_entry& b) { return a.host < b.host; });
  return entries;
}

} // namespace acr::registry
