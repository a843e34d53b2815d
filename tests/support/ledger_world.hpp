/// A ledger with two instances, and a server that agrees with whatever is written.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/writer/ledger.hpp"

namespace acr::testing {

using namespace std::chrono_literals;

inline const wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}};
inline const std::string ours = secret_names[0];

struct ledger_world {
  using kind = work_step::kind;

  ledger_world() { book.expect({{{"a", {}}, {"b", {}}}, ""}); }

  ledger::times now() const { return {mono, start + mono}; }

  void list_secrets(const std::vector<kubernetes::secret>& existing = {}) {
    for (std::size_t i = 0; i < secret_names.size(); ++i) {
      book.secret(i, {watch_event_kind::init, {}});
      if (i == 0)
        for (const auto& secret : existing)
          book.secret(i, {watch_event_kind::init_apply, secret});
      book.secret(i, {watch_event_kind::init_done, {}});
    }
  }

  static kubernetes::object_meta meta(const std::string& ns, const std::string& name, int version) {
    return {{ns, name}, "uid-" + ns, std::to_string(version)};
  }

  void serve(const std::string& ns, std::optional<std::vector<std::string>> list = {}) {
    book.scope(namespace_seen{ns, false}, now());
    kubernetes::service_account account;
    account.meta = meta(ns, "default", 10);
    account.pull_secrets = std::move(list);
    book.scope(account_seen{account, true}, now());
  }

  void issue(const std::string& instance, const std::string& password = "secret",
             std::chrono::minutes ends = 120min) {
    book.issue({instance,
                {"cr_temp_user",
                 secret_string{std::string_view{password}},
                 start + ends,
                 {instance + ".example"}},
                start + ends - 15min},
               now());
  }

  /// Both instances have answered, and everything in that namespace is done.
  void complete(const std::string& ns) {
    list_secrets();
    serve(ns);
    issue("a");
    issue("b");
    settle(ns);
  }

  work_step next(const std::string& ns) {
    revisit.reset();
    return book.next(ns, now(), revisit);
  }

  /// Carries out steps until nothing is left; what was done.
  std::vector<kind> settle(const std::string& ns) {
    std::vector<kind> done;
    for (auto step = next(ns); done.size() < 20; step = next(ns)) {
      if (step.what == kind::nothing || step.what == kind::wait)
        break;
      done.push_back(step.what);
      const auto after = meta(ns, "x", ++version);
      switch (step.what) {
      case kind::link:
        book.linked(ns, step, after);
        break;
      case kind::unlink:
        book.unlinked(ns, step, after);
        break;
      case kind::apply:
        book.applied(ns, step.index, book.content(ns, step.index, now().wall), after);
        break;
      case kind::remove:
        book.removed(ns, step.index);
        break;
      case kind::inspect:
        book.inspected(ns, {});
        break;
      default:
        book.forget(ns);
        return done;
      }
    }
    return done;
  }

  kubernetes::secret observed(const std::string& ns, int at_version) const {
    const auto content = book.content(ns, 0, now().wall);
    kubernetes::secret seen;
    seen.meta = meta(ns, ours, at_version);
    seen.type = "kubernetes.io/dockerconfigjson";
    seen.labels = content.labels;
    seen.annotations = content.annotations;
    seen.docker_config = content.document;
    seen.managed_by_us = true;
    seen.written_by_us_last = true;
    return seen;
  }

  ledger book;
  std::chrono::milliseconds mono = 1h;
  std::optional<wall_time> revisit;
  int version = 100;
};

} // namespace acr::testing
