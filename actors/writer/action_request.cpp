#include "actors/writer/action_request.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/kubernetes/requests.hpp"

namespace acr {

namespace {

using kind = action::kind;
using answer = action_request::answer;
using kubernetes::object_kind;

kubernetes::object_ref ref_of(const object_key& key) {
  const bool secret = key.what == object_key::kind::secret;
  return {key.ns, secret ? std::string{secret_names.at(index_of(key))} : key.name};
}

std::string step_of(const char* verb, const object_key& key) { return verb + to_string(key); }

failure without_effect(std::string step, const std::string& manager) {
  auto reason = make_failure(
      errc::overruled, std::move(step),
      "the API server accepted the write, but the object is not as it was written: an admission "
      "policy or webhook changes it");
  if (!manager.empty())
    reason.message += "; the field manager " + manager + " wrote it last";
  reason.remedy = "Exempt the object from that policy, or add the reference there.";
  return reason;
}

bool held(const kubernetes::service_account& account, const std::string& name) {
  return account.pull_secrets &&
         std::find(account.pull_secrets->begin(), account.pull_secrets->end(), name) !=
             account.pull_secrets->end();
}

std::optional<action_request> patch_account(const observed_state& observed, const object_key& key,
                                            const action& todo) {
  const auto& accounts = observed.find(key.ns)->accounts;
  const auto found = accounts.find(key.name);
  if (found == accounts.end())
    return std::nullopt;
  const auto seen = found->second.object(key.ns, key.name);
  const bool linking = todo.what == kind::link;
  auto request = linking ? kubernetes::link_account(seen, todo.names)
                         : kubernetes::unlink_account(seen, todo.names);
  if (!request) // impossible: the reconciler has checked
    return std::nullopt;
  return action_request{
      std::move(*request),
      [key, names = todo.names, linking](observed_state& into,
                                         const answer& value) -> std::optional<failure> {
        const auto step = step_of(linking ? "link " : "unlink ", key);
        auto now = value ? kubernetes::read_patched_account(step, *value) : value.error();
        if (!now && now.error().code == errc::not_found) {
          into.account_missing(key.ns, key.name);
          return std::nullopt;
        }
        if (!now)
          return now.error();
        into.account_written(key.ns, *now);
        const bool effective =
            std::all_of(names.begin(), names.end(),
                        [&](const std::string& name) { return held(*now, name) == linking; });
        if (!effective)
          return without_effect(step, now->list_manager);
        return std::nullopt;
      },
      seen.meta.resource_version};
}

const observed_secret* secret_of(const observed_state& observed, const object_key& key) {
  return observed.find(key.ns)->secrets.at(index_of(key)).get();
}

action_request apply(const observed_state& observed, const object_key& key, const action& todo) {
  const auto& content = *todo.secret->content;
  const auto* known = secret_of(observed, key);
  const auto version = known ? known->resource_version : std::string{};
  auto request = kubernetes::apply_secret({ref_of(key),
                                           content.document,
                                           {{managed_by_label, content.label}},
                                           {{instances_annotation, content.annotation}},
                                           known ? known->uid : std::string{},
                                           version});
  return {std::move(request),
          [key, secret = todo.secret, version](observed_state& into,
                                               const answer& value) -> std::optional<failure> {
            const auto step = step_of("apply ", key);
            auto meta = value ? kubernetes::read_applied(step, *value) : value.error();
            if (!meta)
              return meta.error();
            into.applied(key.ns, index_of(key), *secret, *meta);
            if (!version.empty() && meta->resource_version == version)
              return without_effect(step, {});
            return std::nullopt;
          },
          version};
}

action_request remove(const observed_state& observed, const object_key& key) {
  const auto& seen = *secret_of(observed, key);
  return {kubernetes::delete_secret({ref_of(key), seen.uid, seen.resource_version}),
          [key, version = seen.resource_version](observed_state& into, const answer& value) {
            const auto step = step_of("delete ", key);
            auto reason =
                value ? kubernetes::read_deleted(step, *value) : std::optional{value.error()};
            if (!reason)
              into.removed(key.ns, index_of(key), version);
            return reason;
          },
          seen.resource_version};
}

/// Another client changed the Secret, and the watch has not reported it yet.
action_request read_secret(const observed_state& observed, const object_key& key) {
  const auto* known = secret_of(observed, key);
  return {kubernetes::get_object(object_kind::secret, ref_of(key)),
          [key, expected = known ? known->resource_version : std::string{}](
              observed_state& into, const answer& value) -> std::optional<failure> {
            auto seen =
                value ? kubernetes::read_object(object_kind::secret, step_of("read ", key), *value)
                      : value.error();
            if (!seen && seen.error().code != errc::not_found)
              return seen.error();
            into.secret_read(key.ns, index_of(key), expected,
                             seen ? std::optional{std::get<kubernetes::secret>(std::move(*seen))}
                                  : std::nullopt);
            return std::nullopt;
          }};
}

std::optional<action_request> read_account(const observed_state& observed, const object_key& key) {
  const auto& accounts = observed.find(key.ns)->accounts;
  const auto found = accounts.find(key.name);
  if (found == accounts.end())
    return std::nullopt;
  return action_request{kubernetes::get_object(object_kind::service_account, ref_of(key)),
                        [key, expected = found->second.resource_version](
                            observed_state& into, const answer& value) -> std::optional<failure> {
                          auto seen = value ? kubernetes::read_object(object_kind::service_account,
                                                                      step_of("read ", key), *value)
                                            : value.error();
                          if (!seen && seen.error().code != errc::not_found)
                            return seen.error();
                          if (seen)
                            into.account_read(key.ns, expected,
                                              std::get<kubernetes::service_account>(*seen));
                          else
                            into.account_missing(key.ns, key.name);
                          return std::nullopt;
                        }};
}

result<kubernetes::object_page> read_page(const std::string& step, const answer& value) {
  if (!value)
    return value.error();
  if (value->status != 200)
    return kubernetes::failure_of(step, *value);
  auto page = kubernetes::decode_page(object_kind::service_account, value->body.reveal());
  if (page)
    return page;
  auto reason = page.error();
  reason.step = step;
  reason.status = value->status;
  return reason;
}

action_request list_accounts(const observed_state& observed, const object_key& key) {
  const auto& under_way = observed.find(key.ns)->listing;
  const auto page = under_way ? *under_way : account_listing{};
  return {kubernetes::list_page({object_kind::service_account, key.ns, ""}, page.limit,
                                page.continue_token),
          [key](observed_state& into, const answer& value) -> std::optional<failure> {
            const auto step = "list service accounts " + key.ns;
            auto listed = read_page(step, value);
            if (!listed) {
              into.listing_failed(key.ns, listed.error().code);
              return listed.error();
            }
            std::vector<kubernetes::service_account> found;
            found.reserve(listed->items.size());
            for (auto& item : listed->items)
              found.push_back(std::move(std::get<kubernetes::service_account>(item)));
            if (!into.accounts_listed(key.ns, found, listed->continue_token))
              return make_failure(errc::malformed_answer, step, "the list does not end");
            return std::nullopt;
          }};
}

} // namespace

std::optional<action_request> request_for(const observed_state& observed, const object_key& key,
                                          const action& todo) {
  switch (todo.what) {
  case kind::link:
  case kind::unlink:
    return patch_account(observed, key, todo);
  case kind::apply:
    return apply(observed, key, todo);
  case kind::remove:
    return remove(observed, key);
  case kind::read:
    if (key.what == object_key::kind::account)
      return read_account(observed, key);
    return read_secret(observed, key);
  case kind::list_accounts:
    return list_accounts(observed, key);
  case kind::none:
  case kind::release:
    break;
  }
  return std::nullopt;
}

failure overruled(const object_key& key, const std::string& manager) {
  auto reason = make_failure(errc::overruled, to_string(key),
                             manager.empty() ? "another client changes back what is written here"
                                             : "the field manager " + manager +
                                                   " changes back what is written here");
  reason.remedy = "Let one of the two write it: exempt the object there, or take it out of scope.";
  return reason;
}

} // namespace acr
