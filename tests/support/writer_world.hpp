/// What is desired and what is observed of a small cluster, with two instances, and a server that
/// agrees with whatever is written.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/writer/reconciler.hpp"

namespace acr::testing {

using namespace std::chrono_literals;

inline const wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}};
inline const std::string ours = secret_names[0];

struct writer_world {
  using kind = action::kind;

  struct step {
    kind what = kind::none;
    object_key key{};
    action todo{};
  };

  writer_world() { desired.expect({{{"a", {}}, {"b", {}}}, ""}); }

  times now() const { return {mono, start + mono}; }

  void list_secrets(const std::vector<kubernetes::secret>& existing = {}) {
    for (std::size_t i = 0; i < secret_names.size(); ++i) {
      observed.secret(i, {watch_event_kind::init, {}});
      if (i == 0)
        for (const auto& secret : existing)
          observed.secret(i, {watch_event_kind::init_apply, secret});
      observed.secret(i, {watch_event_kind::init_done, {}});
    }
  }

  static kubernetes::object_meta meta(const std::string& ns, const std::string& name, int version) {
    return {{ns, name}, "uid-" + ns, std::to_string(version)};
  }

  void scope(const scope_event& event) { observed.scope(event, mono); }

  void serve(const std::string& ns, std::optional<std::vector<std::string>> list = {}) {
    scope(namespace_seen{ns, false});
    kubernetes::service_account account;
    account.meta = meta(ns, "default", 10);
    account.pull_secrets = std::move(list);
    scope(account_seen{account, true});
  }

  void issue(const std::string& instance, const std::string& password = "secret",
             std::chrono::minutes ends = 120min) {
    issue(token_issued{instance,
                       {"cr_temp_user",
                        secret_string{std::string_view{password}},
                        start + ends,
                        {instance + ".example"}},
                       start + ends - 15min});
  }
  void issue(const token_issued& what) { desired.issue(what, now(), observed.in_scope()); }

  /// Both instances have answered, and everything in that namespace is done.
  void complete(const std::string& ns) {
    list_secrets();
    serve(ns);
    issue("a");
    issue("b");
    settle(ns);
  }

  action of(const object_key& key) const {
    return reconcile(desired, observed, key, now(), options);
  }
  action secret(const std::string& ns, std::size_t index = 0) const {
    return of(secret_key(ns, index));
  }
  action account(const std::string& ns, const std::string& name = "default") const {
    return of(account_key(ns, name));
  }

  /// The first thing to do in a namespace, in the order of the work.
  step next(const std::string& ns) {
    revisit.reset();
    not_before.reset();
    std::vector<object_key> keys;
    if (const auto* record = observed.find(ns))
      for (const auto& [name, account] : record->accounts)
        keys.push_back(account_key(ns, name));
    for (std::size_t i = 0; i < secret_names.size(); ++i)
      keys.push_back(secret_key(ns, i));
    keys.push_back(namespace_key(ns));
    for (const auto& key : keys) {
      auto todo = of(key);
      if (todo.look_again)
        revisit = std::min(revisit.value_or(*todo.look_again), *todo.look_again);
      if (todo.not_before)
        not_before = std::min(not_before.value_or(*todo.not_before), *todo.not_before);
      if (todo.what != kind::none)
        return {todo.what, key, std::move(todo)};
    }
    return {};
  }

  /// The server accepts every write.
  void carry_out(const step& todo) {
    const auto& ns = todo.key.ns;
    const auto after = meta(ns, todo.key.name, ++version);
    switch (todo.what) {
    case kind::link:
    case kind::unlink: {
      auto account = observed.find(ns)->accounts.at(todo.key.name).object(ns, todo.key.name);
      account.meta.resource_version = after.resource_version;
      auto list = account.pull_secrets.value_or(std::vector<std::string>{});
      for (const auto& name : todo.todo.names)
        if (todo.what == kind::link)
          list.push_back(name);
        else
          std::erase(list, name);
      account.pull_secrets = list;
      observed.account_written(ns, account);
      break;
    }
    case kind::apply:
      observed.applied(ns, index_of(todo.key), *todo.todo.secret, after);
      break;
    case kind::remove:
      observed.removed(ns, index_of(todo.key),
                       observed.find(ns)->secrets.at(index_of(todo.key))->resource_version);
      break;
    case kind::list_accounts:
      observed.accounts_listed(ns, {}, "");
      break;
    case kind::release:
      observed.released(ns);
      break;
    case kind::none:
    case kind::read:
      break;
    }
  }

  /// Does what is to be done until nothing is left; what was done.
  std::vector<kind> settle(const std::string& ns) {
    std::vector<kind> done;
    for (auto todo = next(ns); todo.what != kind::none && done.size() < 20; todo = next(ns)) {
      done.push_back(todo.what);
      carry_out(todo);
    }
    return done;
  }

  /// What the Secret at `index` should be, whether it is to be written now or not.
  std::string document(const std::string& ns, std::size_t index = 0) const {
    const auto request = desired.decide(ns, *observed.find(ns), index, now());
    const auto& secret = observed.find(ns)->secrets.at(index);
    const auto& content = request.secret ? request.secret->content : secret->content;
    return std::string{content->document.reveal()};
  }

  /// The Secret as it is, as a watch shows it.
  kubernetes::secret shown(const std::string& ns, int at_version, std::size_t index = 0) const {
    const auto& content = *observed.find(ns)->secrets.at(index)->content;
    kubernetes::secret seen;
    seen.meta = meta(ns, secret_names.at(index), at_version);
    seen.type = content.type;
    seen.labels = {{managed_by_label, content.label}};
    seen.annotations = {{instances_annotation, content.annotation}};
    seen.docker_config = content.document;
    seen.managed_by_us = true;
    seen.written_by_us_last = true;
    return seen;
  }

  desired_state desired;
  observed_state observed;
  reconcile_options options;
  std::chrono::milliseconds mono = 1h;
  std::optional<wall_time> revisit;
  std::optional<std::chrono::milliseconds> not_before;
  int version = 100;
};

} // namespace acr::testing
