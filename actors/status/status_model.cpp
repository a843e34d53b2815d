#include "actors/status/status_model.hpp"

#include <algorithm>
#include <utility>

#include "actors/status/state_changes.hpp"

namespace acr {

void status_model::apply(const fact& what, wall_time now) {
  if (auto told = state_change_of(what, state_, now))
    remember(state_.happened, std::move(*told));
  std::visit([this, now](const auto& one) { this->add(one, now); }, what);
}

void status_model::add(const configuration_read& what, wall_time now) {
  auto& known = state_.configuration;
  known.read = true;
  known.verdict = what.verdict;
  known.in_force = what.in_force;
  known.source = what.source;
  known.problems = what.problems;
  known.entries_rejected = what.entries_rejected;
  if (what.verdict != configuration_verdict::accepted)
    return; // what is in force stays
  known.accepted_at = now;
  known.namespaces = what.namespaces;
  known.service_accounts = what.service_accounts;
  known.threshold = what.threshold;
  std::erase_if(state_.instances, [&](const auto& item) {
    return std::find(what.instances.begin(), what.instances.end(), item.first) ==
           what.instances.end();
  });
  for (const auto& name : what.instances) {
    const auto limit = what.limits.find(name);
    state_.instances[name].limited_to = limit == what.limits.end() ? std::string{} : limit->second;
  }
}

/// A replica that no longer leads does not know what the next leader does with credentials.
void status_model::add(const lead_changed& what, wall_time /*now*/) {
  state_.elected = true;
  state_.leads = what.leads;
  if (what.leads)
    return;
  state_.left_out.clear();
  for (auto& [name, instance] : state_.instances) {
    instance.issued_at = instance.expires_at = instance.renew_at = instance.failed_at = {};
    instance.found_until.reset();
    instance.found_in = 0;
    instance.withdrawn = false;
    instance.failures = 0;
    instance.last_failure.reset();
    instance.logins.clear();
    instance.endpoints.clear();
  }
}

/// Facts of an instance that has just left the configuration may still arrive.
instance_status* status_model::find(const std::string& instance) {
  const auto found = state_.instances.find(instance);
  return found == state_.instances.end() ? nullptr : &found->second;
}

void status_model::add(const password_held& what, wall_time /*now*/) {
  auto* instance = find(what.instance);
  if (!instance)
    return;
  instance->domains = what.domains;
  instance->issued_at = what.issued_at;
  instance->expires_at = what.expires_at;
  instance->renew_at = what.renew_at;
  instance->found_until.reset();
  instance->found_in = 0;
  instance->withdrawn = false;
}

/// Only credentials that another process wrote: of its own this one knows more.
void status_model::add(const credential_found& what, wall_time now) {
  auto* instance = find(what.instance);
  if (!instance || instance->expires_at)
    return;
  const bool expired = instance->found_until && *instance->found_until <= now + expiry_vagueness;
  instance->withdrawn = !what.expires_at && expired;
  instance->found_until = what.expires_at;
  instance->found_in = what.namespaces;
  if (what.expires_at)
    instance->domains = what.domains;
}

void status_model::add(const attempt_ended& what, wall_time now) {
  auto* instance = find(what.instance);
  if (!instance)
    return;
  instance->durations.add(what.took);
  instance->failures = what.failures;
  instance->renew_at = what.next_at;
  if (!what.reason) {
    ++instance->successes;
    instance->last_failure.reset();
    instance->failed_at.reset();
    return;
  }
  instance->last_failure = what.reason;
  instance->failed_at = now;
  ++instance->failures_by[{what.reason->step, to_string(what.reason->code)}];
}

void status_model::add(const password_withdrawn& what, wall_time /*now*/) {
  if (auto* instance = find(what.instance))
    instance->withdrawn = true;
}

void status_model::add(const logins_tried& what, wall_time /*now*/) {
  if (auto* instance = find(what.instance))
    instance->logins = what.outcomes;
}

void status_model::add(const endpoints_examined& what, wall_time /*now*/) {
  if (auto* instance = find(what.instance))
    instance->endpoints = what.findings;
}

void status_model::add(const writing_progress& what, wall_time /*now*/) { state_.writing = what; }

void status_model::add(const api_answered& what, wall_time now) {
  ++state_.api_requests[{what.verb, what.resource, what.code}];
  if (what.code == to_string(errc::tls_failed)) {
    if (!state_.untrusted_since)
      state_.untrusted_since = now;
  } else if (!what.code.empty() && what.code.front() >= '0' && what.code.front() <= '9') {
    state_.untrusted_since.reset(); // a status: it was asked, and believed
  }
}

void status_model::add(const watch_restarted& what, wall_time /*now*/) {
  ++state_.watches[{what.resource, what.reason}];
}

void status_model::add(const part_died& what, wall_time /*now*/) {
  // "instance/cri-1" counts as "instance": the log has the name.
  ++state_.deaths[what.part.substr(0, what.part.find('/'))];
}

void status_model::add(const event_handled& what, wall_time /*now*/) {
  ++state_.events.at(static_cast<std::size_t>(what.outcome));
}

} // namespace acr
