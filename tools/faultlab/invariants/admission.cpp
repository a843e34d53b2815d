#include "tools/faultlab/invariants/admission.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

#include <boost/json/array.hpp>

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;
namespace json = boost::json;

// Neither object is watched: a helper may not watch them. They are looked at now and then.
constexpr ms between_looks = 4min;

/// What only an installer changes.
json::value without_bundles(const json::object& configuration) {
  const auto* hooks = configuration.if_contains("webhooks");
  json::value out = hooks ? *hooks : json::value{};
  if (out.is_array())
    for (auto& hook : out.get_array())
      if (auto* client = hook.get_object().if_contains("clientConfig"))
        client->get_object().erase("caBundle");
  return out;
}

class admission_checker : public checker {
public:
  using checker::checker;

  /// Another client's Secret has our name now: nothing is linked to it.
  static bool taken(const held_space& space) {
    const auto secret = space.secrets.find(std::string{our_first_name});
    return secret != space.secrets.end() && !secret->second.ours;
  }

  void changed(const change_seen& seen) override {
    if (on_.world && !seen.by.empty() &&
        is_of_webhook(seen.resource, text_at(seen.object(), "metadata", "name")))
      check_write(seen);
    if (!on_.world || seen.resource != "serviceaccounts" || !seen.after || seen.before)
      return;
    const auto ns = text_at(*seen.after, "metadata", "namespace");
    const auto name = text_at(*seen.after, "metadata", "name");
    const auto* space = on_.held.find(ns);
    if (!space || !on_.in_scope(ns, *space) || !on_.links_in(*space, name) || taken(*space))
      return;
    demand of;
    of.cloud = false;
    of.webhook = true;
    of.ns = ns;
    of.object = no_single_object;
    if (!on_.calm.calm(on_.elapsed(), of))
      return;
    const auto list = pull_secrets_of(seen.after);
    if (std::find(list.begin(), list.end(), our_first_name) == list.end())
      on_.complain("I18", "account " + ns + "/" + name + " was not linked at its creation");
  }

  void requested(const kubesim::audit_record& record) override {
    if (!on_.world || record.verb != "get" || !is_of_webhook(record.resource, record.name))
      return;
    demand all;
    all.cloud = false;
    all.webhook = true;
    const auto now = on_.elapsed();
    const auto found = looked_at_.find(record.resource);
    if (found != looked_at_.end() && now - found->second < between_looks &&
        on_.calm.calm(now, all, 10min))
      on_.complain("I6",
                   record.resource + " are read again after " + write_span(now - found->second));
    looked_at_[record.resource] = now;
  }

private:
  void check_write(const change_seen& seen) {
    if (!seen.before || !seen.after)
      on_.complain("I9", "an object of the webhook was created or deleted");
    else if (seen.resource == "mutatingwebhookconfigurations" &&
             without_bundles(*seen.before) != without_bundles(*seen.after))
      on_.complain("I9", "more than caBundle was changed");
  }

  std::map<std::string, ms> looked_at_; ///< By resource.
};

} // namespace

bool is_of_webhook(std::string_view resource, std::string_view name) {
  return resource == "mutatingwebhookconfigurations" ||
         (resource == "secrets" && name == "acr-credential-helper-webhook");
}

std::unique_ptr<checker> check_admission(bench& on) {
  return std::make_unique<admission_checker>(on);
}

} // namespace acr::faultlab
