#include "tools/helper/why_registry.hpp"

#include <optional>
#include <utility>

#include "protocol/registry/docker_config.hpp"
#include "protocol/registry/image.hpp"
#include "protocol/registry/login.hpp"
#include "protocol/registry/pull.hpp"

namespace acr::helper {

namespace {

/// The first in the order of the Secrets that has a password for the host, as a kubelet takes them.
std::optional<registry::auth_entry> entry_for(const std::string& host, const pull_facts& facts) {
  for (const auto& secret : facts.secrets) {
    if (!secret)
      continue;
    const auto entries = registry::parse_docker_config(secret->docker_config);
    if (!entries)
      continue;
    for (const auto& entry : *entries)
      if (registry::covers(entry.host, host) && !entry.blank())
        return entry;
  }
  return std::nullopt;
}

/// Nobody there as seen from here; a node may stand elsewhere, so that is no fault of the Pod's.
bool speaks_of_here(const failure& reason) { return reason.cause_id.starts_with("registry_"); }

class asking {
public:
  asking(api_client& client, const registry::image_name& what, const registry::auth_entry& with)
      : client_{client}, what_{what}, with_{with} {}

  /// Nothing: it would be pulled.
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

std::vector<finding> ask_registries(api_client& client, const pull_facts& facts) {
  std::vector<finding> out;
  for (const auto& image : images_of(facts)) {
    const auto what = registry::parse_image(image);
    if (!what) {
      out.push_back(fault_of(image + ": ", what.error()));
      continue;
    }
    const auto entry = entry_for(what->host, facts);
    if (!entry)
      continue;
    const auto reason = asking{client, *what, *entry}.ask();
    if (!reason)
      out.push_back({finding_level::good, image + ": the registry gives it to this password", {}});
    else if (speaks_of_here(*reason))
      out.push_back({finding_level::note, image + ": " + reason->cause, reason->remedy});
    else
      out.push_back(fault_of(image + ": ", *reason));
  }
  return out;
}

} // namespace acr::helper
