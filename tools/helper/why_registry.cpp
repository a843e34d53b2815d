#include "tools/helper/why_registry.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "actors/writer/observed_namespace.hpp"
#include "protocol/registry/docker_config.hpp"
#include "protocol/registry/image.hpp"
#include "protocol/registry/login.hpp"
#include "protocol/registry/pull.hpp"

namespace acr::helper {

namespace {

struct named_entry {
  std::string secret;
  bool listed; ///< The kubelet tries it.
  registry::auth_entry entry;
};

/// All with a password for the image, those that the kubelet tries first.
std::vector<named_entry> entries_for(const std::string& image, const pull_facts& facts) {
  const auto host = registry::host_of(image);
  const auto list = pull_list(facts);
  const bool known = facts.pod || !list.empty();
  std::vector<named_entry> out;
  for (const auto& secret : facts.secrets) {
    if (!secret || !is_ours(*secret))
      continue;
    const auto& name = secret->meta.ref.name;
    const bool listed = !known || std::find(list.begin(), list.end(), name) != list.end();
    const auto entries = registry::parse_docker_config(secret->docker_config);
    if (!entries)
      continue;
    for (const auto& entry : *entries)
      if (registry::covers(entry.host, host) && !entry.blank())
        out.push_back({name, listed, entry});
  }
  for (const auto& other : facts.others)
    for (const auto& entry : other.entries)
      if (registry::image_matches(entry, image) && !entry.blank())
        out.push_back({other.name, true, {host, entry.user, entry.password, {}}});
  std::stable_partition(out.begin(), out.end(), [](const auto& one) { return one.listed; });
  return out;
}

class asking {
public:
  asking(api_client& client, const registry::image_name& what, const registry::auth_entry& with)
      : client_{client}, what_{what}, with_{with} {}

  /// Nothing: the pull would succeed.
  std::optional<failure> ask() {
    const auto welcome = client_.ask_others(registry::ping(what_.host));
    if (!welcome)
      return registry::not_tried(welcome.error(), what_.host).reason;
    if (welcome->status == 200) // open to everyone
      return fetch({});
    const auto challenge = registry::read_challenge(*welcome, what_.host);
    if (!challenge)
      return registry::not_tried(challenge.error(), what_.host).reason;
    auto login = registry::login(*challenge, what_.host, with_.user, with_.password,
                                 registry::pull_scope(what_));
    if (challenge->basic)
      return fetch(std::move(login.headers));
    const auto answer = client_.ask_others(std::move(login));
    if (!answer)
      return registry::not_tried(answer.error(), what_.host).reason;
    // An access control list refuses all requests from here; permissions only those with the scope.
    if (answer->status == 403) {
      const auto plain =
          client_.ask_others(registry::login(*challenge, what_.host, with_.user, with_.password));
      if (plain && plain->status == 200)
        return registry::pull_denied(what_, *answer);
    }
    auto token = registry::read_token(*answer, what_);
    if (!token)
      return token.error();
    return fetch({std::move(*token)});
  }

private:
  std::optional<failure> fetch(std::vector<http_header> authorization) {
    const auto answer = client_.ask_others(registry::manifest(what_, std::move(authorization)));
    if (!answer)
      return registry::not_tried(answer.error(), what_.host).reason;
    return registry::read_manifest(*answer, what_);
  }

  api_client& client_;
  const registry::image_name& what_;
  const registry::auth_entry& with_;
};

} // namespace

bool speaks_of_here(const failure& reason) { return reason.cause_id.starts_with("registry_"); }

std::optional<failure> try_pull(api_client& client, const registry::image_name& what,
                                const registry::auth_entry& with) {
  return asking{client, what, with}.ask();
}

namespace {

/// One finding if one of them can pull the image, else one for each kind of failure.
std::vector<finding> try_all(api_client& client, const registry::image_name& what,
                             const std::string& image, const pull_facts& facts) {
  std::vector<finding> refusals;
  for (const auto& one : entries_for(image, facts)) {
    const auto reason = try_pull(client, what, one.entry);
    if (!reason && one.listed)
      return {{finding_level::good,
               image + ": the registry grants it to this credential (of Secret " + one.secret + ")",
               {}}};
    if (!reason) {
      refusals.push_back({finding_level::fault,
                          image + ": only the credential of Secret " + one.secret +
                              " opens it, which is not in the list",
                          facts.pod ? "delete the Pod, so that its owner makes a new one; if its "
                                      "template has imagePullSecrets, name that Secret in it"
                                    : "link the ServiceAccount to it"});
      continue;
    }
    auto told = speaks_of_here(*reason)
                    ? finding{finding_level::note, image + ": " + reason->cause, reason->remedy}
                    : fault_of(image + ": ", *reason);
    if (one.listed && std::find(refusals.begin(), refusals.end(), told) == refusals.end())
      refusals.push_back(std::move(told));
  }
  return refusals;
}

} // namespace

std::vector<finding> ask_registries(api_client& client, const pull_facts& facts) {
  std::vector<finding> out;
  for (const auto& image : images_of(facts)) {
    const auto what = registry::parse_image(image);
    if (!what) {
      out.push_back(fault_of(image + ": ", what.error()));
      continue;
    }
    auto told = try_all(client, *what, image, facts);
    std::move(told.begin(), told.end(), std::back_inserter(out));
  }
  return out;
}

} // namespace acr::helper
