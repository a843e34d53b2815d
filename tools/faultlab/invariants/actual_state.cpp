#include "tools/faultlab/invariants/actual_state.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "protocol/json.hpp"
#include "tools/simkit/form.hpp"

namespace acr::faultlab {

namespace json = boost::json;

namespace {

constexpr std::size_t documents_kept = 64;

std::string text(const json::object& from, std::string_view parent, std::string_view key) {
  return string_at(object_at(&from, parent), key);
}

bool is_ignored(const json::object& object) {
  return string_at(object_at(object_at(&object, "metadata"), "annotations"),
                   "acr-credential-helper/ignore") == "true";
}

/// Read as the kubelet does, and not with the helper's own code. Nothing: no kubelet can.
std::optional<std::vector<held_entry>> entries_in(std::string_view document,
                                                  const actual_state::password_expiry& ends_of) {
  std::string plain;
  boost::system::error_code error;
  if (!simkit::base64_decode(document, plain))
    return std::nullopt;
  const auto read = json::parse(plain, error);
  const auto* auths = error || !read.is_object() ? nullptr : object_at(&read.get_object(), "auths");
  if (!auths)
    return std::nullopt;
  std::vector<held_entry> out;
  for (const auto& item : *auths) {
    if (!item.value().is_object())
      return std::nullopt;
    held_entry entry;
    entry.host = item.key();
    std::string pair;
    if (!simkit::base64_decode(string_at(&item.value().get_object(), "auth"), pair))
      return std::nullopt;
    const auto colon = std::min(pair.find(':'), pair.size());
    const auto password = std::string_view{pair}.substr(std::min(colon + 1, pair.size()));
    entry.blank = colon == 0 && password.empty();
    if (!entry.blank)
      entry.ends = ends_of(password).value_or(wall_time{});
    out.push_back(std::move(entry));
  }
  return out;
}

} // namespace

const held_entry* held_secret::find(std::string_view host) const {
  const auto found = std::find_if(entries->begin(), entries->end(),
                                  [&](const held_entry& item) { return item.host == host; });
  return found == entries->end() ? nullptr : &*found;
}

bool is_our_name(std::string_view secret) {
  if (!secret.starts_with(our_first_name))
    return false;
  secret.remove_prefix(our_first_name.size());
  return secret.empty() || secret == "-2" || secret == "-3" || secret == "-4";
}

bool serves(const world_spec& about, const wish& wanted, const std::string& ns,
            const held_space& space) {
  return wanted.serves(ns) && !space.ignored && (!about.labels || space.labelled);
}

bool links(const wish& wanted, const held_space& space, const std::string& account) {
  return wanted.links(account) && !space.ignored_accounts.contains(account);
}

bool managed_by_us(const json::object& object) {
  const auto* metadata = object_at(&object, "metadata");
  const auto* fields = metadata ? metadata->if_contains("managedFields") : nullptr;
  if (!fields || !fields->is_array())
    return false;
  return std::any_of(fields->get_array().begin(), fields->get_array().end(), [](const auto& f) {
    return f.is_object() && string_at(&f.get_object(), "manager") == "acr-credential-helper";
  });
}

pull_secrets pull_secrets_of(const json::object* account) {
  pull_secrets out;
  const auto* list = account ? account->if_contains("imagePullSecrets") : nullptr;
  if (list && list->is_array())
    for (const auto& item : list->get_array())
      if (item.is_object())
        out.push_back(string_at(&item.get_object(), "name"));
  return out;
}

held_secret actual_state::read(const json::object& secret) {
  static const auto nothing = std::make_shared<const std::vector<held_entry>>();
  held_secret out;
  out.entries = nothing;
  out.ours = string_at(object_at(object_at(&secret, "metadata"), "labels"),
                       "app.kubernetes.io/managed-by") == "acr-credential-helper";
  if (string_at(&secret, "type") != "kubernetes.io/dockerconfigjson")
    return out;
  const auto document = text(secret, "data", ".dockerconfigjson");
  if (const auto known = documents_.find(document); known != documents_.end()) {
    out.entries = known->second;
    out.usable = true;
  } else if (auto entries = entries_in(document, ends_of)) {
    if (documents_.size() >= documents_kept)
      documents_.clear();
    out.entries = std::make_shared<const std::vector<held_entry>>(std::move(*entries));
    documents_.emplace(document, out.entries);
    out.usable = true;
  }
  return out;
}

void actual_state::changed(const change_seen& seen) {
  const auto& object = seen.object();
  const auto name = text(object, "metadata", "name");
  if (seen.resource == "namespaces") {
    if (!seen.after) {
      spaces_.erase(name);
      return;
    }
    auto& space = spaces_[name];
    space.terminating = text(object, "status", "phase") == "Terminating";
    space.ignored = is_ignored(object);
    space.labelled =
        string_at(object_at(object_at(&object, "metadata"), "labels"), "pull") == "acr";
    return;
  }
  const bool account = seen.resource == "serviceaccounts";
  if (!account && (seen.resource != "secrets" || !is_our_name(name)))
    return;
  auto& space = spaces_[text(object, "metadata", "namespace")];
  if (account) {
    space.traceless.erase(name);
    space.ignored_accounts.erase(name);
    if (seen.after && is_ignored(*seen.after))
      space.ignored_accounts.insert(name);
    if (seen.after && !managed_by_us(*seen.after))
      space.traceless.insert(name);
    if (seen.after)
      space.accounts[name] = pull_secrets_of(seen.after);
    else
      space.accounts.erase(name);
  } else if (seen.after) {
    const auto& now = space.secrets[name] = read(*seen.after);
    space.had_ours = space.had_ours || now.ours;
    if (now.ours)
      space.foreign.erase(name);
    else
      space.foreign.insert(name);
  } else {
    space.secrets.erase(name);
  }
}

const held_space* actual_state::find(const std::string& ns) const {
  const auto found = spaces_.find(ns);
  return found == spaces_.end() ? nullptr : &found->second;
}

pull try_to_pull(const held_space& in, const pull_secrets& with, std::string_view host,
                 wall_time now) {
  bool refused = false;
  for (const auto& name : with) {
    const auto found = in.secrets.find(name);
    const auto* entry = found == in.secrets.end() ? nullptr : found->second.find(host);
    if (!entry || entry->blank)
      continue;
    if (entry->ends > now)
      return pull::works;
    refused = true; // the next Secret is tried, but not anonymously
  }
  return refused ? pull::refused : pull::anonymous;
}

} // namespace acr::faultlab
