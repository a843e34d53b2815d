#include "actors/status/state_changes.hpp"

#include <algorithm>
#include <utility>

namespace acr {

namespace {

std::string counted(std::size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

struct narrator {
  const helper_status& before;
  wall_time now;

  using maybe = std::optional<state_change>;

  maybe good(std::string subject, std::string what) const {
    return state_change{now, true, std::move(subject), std::move(what)};
  }
  maybe bad(std::string subject, std::string what) const {
    return state_change{now, false, std::move(subject), std::move(what)};
  }

  maybe operator()(const configuration_read& what) const {
    const std::string subject = "configuration";
    switch (what.verdict) {
    case configuration_verdict::rejected:
      return bad(subject,
                 "rejected: " + (what.problems.empty() ? std::string{} : what.problems.front()));
    case configuration_verdict::missing:
      return bad(subject, "there is none in " + what.source);
    case configuration_verdict::accepted:
      break;
    }
    auto text = "accepted: " + counted(what.instances.size(), "instance");
    if (what.entries_rejected > 0)
      return bad(subject, text + ", " + counted(what.entries_rejected, "problem") +
                              " with entries that are left out");
    return good(subject, std::move(text));
  }

  maybe operator()(const lead_changed& what) const {
    if (before.elected && before.leads == what.leads)
      return std::nullopt;
    return good("replica", what.leads ? "this one leads" : "this one stands by");
  }

  maybe operator()(const attempt_ended& what) const {
    const auto found = before.instances.find(what.instance);
    if (found == before.instances.end())
      return std::nullopt;
    const auto& known = found->second;
    if (what.reason)
      return known.failures == 0 ? bad(what.instance, to_string(*what.reason)) : std::nullopt;
    if (known.failures > 0)
      return good(what.instance, "a credential again, after " + counted(known.failures, "failure"));
    return known.successes == 0 ? good(what.instance, "the first credential") : std::nullopt;
  }

  maybe operator()(const password_withdrawn& what) const {
    return bad(what.instance, "the credential has expired and is withdrawn");
  }

  maybe operator()(const credential_found& what) const {
    const auto found = before.instances.find(what.instance);
    if (what.expires_at || found == before.instances.end() || !found->second.found_until ||
        *found->second.found_until > now + expiry_vagueness)
      return std::nullopt;
    return bad(what.instance, "the credential written before the restart has expired");
  }

  maybe operator()(const logins_tried& what) const {
    for (const auto& one : what.outcomes)
      if (one.verdict == registry::login_verdict::refused)
        return bad(what.instance, one.domain + " refuses the credential");
    return std::nullopt;
  }

  maybe operator()(const endpoints_examined& what) const {
    for (const auto& one : what.findings)
      if (one.closed)
        return bad(what.instance, one.cause);
    const auto found = before.instances.find(what.instance);
    const bool was_closed =
        found != before.instances.end() &&
        std::any_of(found->second.endpoints.begin(), found->second.endpoints.end(),
                    [](const auto& one) { return one.closed; });
    return was_closed ? good(what.instance, "nodes can pull through every endpoint that is on")
                      : std::nullopt;
  }

  maybe operator()(const foreign_secret& what) const {
    return bad("namespace " + what.secret.ref.ns,
               "the Secret " + what.secret.ref.name + " is not ours, and left alone");
  }
  maybe operator()(const writes_failing& what) const {
    return bad("writes", "failing in " + counted(what.namespaces, "namespace") + ": " +
                             to_string(what.reason));
  }
  maybe operator()(const credentials_left_out& what) const {
    if (what.entries.empty())
      return good("writes", "the Secrets hold every credential again");
    return bad("writes", counted(what.entries.size(), "credential") + " left out, the first of " +
                             what.entries.front().instance + " for " + what.entries.front().domain);
  }
  maybe operator()(const writes_recovered&) const {
    return good("writes", "they work again everywhere");
  }

  maybe operator()(const renewals_ended& what) const {
    const auto failed = static_cast<std::size_t>(
        std::count_if(what.outcomes.begin(), what.outcomes.end(),
                      [](const renewal_outcome& one) { return !one.expires_at; }));
    const std::string asked = "asked for by an operator: ";
    if (failed > 0)
      return bad("renewal", asked + std::to_string(failed) + " of " +
                                counted(what.outcomes.size(), "instance") + " failed");
    return good("renewal", asked + counted(what.outcomes.size(), "instance") + " renewed");
  }

  maybe operator()(const part_died& what) const {
    return bad("part " + what.part, "died, and is started again");
  }

  // Numbers, for metrics.
  maybe operator()(const password_held&) const { return std::nullopt; }
  maybe operator()(const writing_progress&) const { return std::nullopt; }
  maybe operator()(const api_answered&) const { return std::nullopt; }
  maybe operator()(const watch_restarted&) const { return std::nullopt; }
  maybe operator()(const event_handled&) const { return std::nullopt; }
};

} // namespace

std::optional<state_change> state_change_of(const fact& what, const helper_status& before,
                                            wall_time now) {
  return std::visit(narrator{before, now}, what);
}

void remember(std::vector<state_change>& all, state_change one) {
  const auto last = std::find_if(all.begin(), all.end(), [&](const state_change& other) {
    return other.subject == one.subject;
  });
  if (last != all.end() && last->what == one.what)
    return;
  all.insert(all.begin(), std::move(one));
  if (all.size() > most_state_changes)
    all.resize(most_state_changes);
}

} // namespace acr
