#include "runtime/observability/status_json.hpp"

#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value_from.hpp>

namespace acr {

namespace json = boost::json;

namespace {

const char* word(configuration_verdict verdict, bool read) {
  if (!read)
    return "unread";
  switch (verdict) {
  case configuration_verdict::accepted:
    return "accepted";
  case configuration_verdict::rejected:
    return "rejected";
  case configuration_verdict::missing:
    break;
  }
  return "missing";
}

json::value told(const std::optional<failure>& reason) {
  if (!reason)
    return nullptr;
  return json::object{{"reason", to_string(reason->code)}, {"step", reason->step},
                      {"message", reason->message},        {"serviceCode", reason->service_code},
                      {"requestId", reason->request_id},   {"status", reason->status},
                      {"causeId", reason->cause_id},       {"cause", reason->cause},
                      {"remedy", reason->remedy},          {"diagnostic", reason->diagnostic}};
}

json::array told(const std::vector<registry::login_outcome>& logins) {
  json::array out;
  for (const auto& one : logins)
    out.emplace_back(json::object{{"domain", one.domain},
                                  {"verdict", registry::to_string(one.verdict)},
                                  {"reason", told(one.reason)}});
  return out;
}

json::array told(const std::vector<aliyun::endpoint_finding>& endpoints) {
  json::array out;
  for (const auto& one : endpoints)
    out.emplace_back(json::object{{"endpoint", one.endpoint},
                                  {"closed", one.closed},
                                  {"causeId", one.cause_id},
                                  {"cause", one.cause},
                                  {"remedy", one.remedy}});
  return out;
}

json::object told(const std::string& name, const instance_status& instance, wall_time now) {
  return {{"name", name},
          {"state", instance.state(now)},
          {"writtenBeforeStart", instance.from_before(now)},
          {"limitedTo",
           instance.limited_to.empty() ? json::value(nullptr) : json::value(instance.limited_to)},
          {"domains", json::value_from(instance.domains)},
          {"logins", told(instance.logins)},
          {"endpoints", told(instance.endpoints)},
          {"issuedAt", time_or_null(instance.issued_at)},
          {"expiresAt",
           time_or_null(instance.expires_at ? instance.expires_at : instance.valid_until(now))},
          {"nextAttemptAt", time_or_null(instance.renew_at)},
          {"successes", instance.successes},
          {"failuresInARow", instance.failures},
          {"failedAt", time_or_null(instance.failed_at)},
          {"lastFailure", told(instance.last_failure)}};
}

json::array told(const std::vector<state_change>& happened) {
  json::array out;
  for (const auto& one : happened)
    out.emplace_back(json::object{{"at", to_rfc3339(one.at)},
                                  {"good", one.good},
                                  {"subject", one.subject},
                                  {"what", one.what}});
  return out;
}

} // namespace

json::value time_or_null(const std::optional<wall_time>& at) {
  return at ? json::value(to_rfc3339(*at)) : json::value(nullptr);
}

json::object status_json(const helper_status& state, const std::string& version, wall_time now) {
  const auto& known = state.configuration;
  json::array instances;
  for (const auto& [name, instance] : state.instances)
    instances.emplace_back(told(name, instance, now));
  const auto& progress = state.writing;
  boost::json::array left_out;
  for (const auto& entry : state.left_out)
    left_out.push_back({{"instance", entry.instance},
                        {"domain", entry.domain},
                        {"reason", entry.no_room ? "the Secrets are full" : "claimed too often"}});
  return {{"schemaVersion", schema_version},
          {"source", "helper"},
          {"version", version},
          {"now", to_rfc3339(now)},
          {"startedAt", to_rfc3339(state.started_at)},
          {"ready", state.ready()},
          {"leads", state.leads},
          {"configuration",
           {{"source", known.source},
            {"state", word(known.verdict, known.read)},
            {"inForce", known.in_force},
            {"acceptedAt", time_or_null(known.accepted_at)},
            {"problems", json::value_from(known.problems)},
            {"entriesRejected", known.entries_rejected},
            {"namespaces", known.namespaces},
            {"serviceAccounts", known.service_accounts},
            {"expiringThresholdSeconds", known.threshold.count()}}},
          {"instances", std::move(instances)},
          {"namespaces",
           {{"listed", progress.warm},
            {"inScope", progress.namespaces},
            {"served", progress.namespaces_served},
            {"failing", progress.failing},
            {"foreignSecrets", progress.foreign},
            {"waitingSince", time_or_null(progress.unserved_since)},
            {"serviceAccounts", progress.accounts},
            {"serviceAccountsLinked", progress.accounts_linked}}},
          {"credentialsLeftOut", std::move(left_out)},
          {"happened", told(state.happened)}};
}

} // namespace acr
