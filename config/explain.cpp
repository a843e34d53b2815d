#include "config/explain.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

#include "config/file_entry.hpp"
#include "config/spelling.hpp"
#include "protocol/text.hpp"

namespace acr::config {

namespace {

using origin_kind = identity_origin::kind;
namespace json = boost::json;

std::string in_words(const identity_origin& origin) {
  switch (origin.from) {
  case origin_kind::access_key:
    return "the AccessKey in the configuration";
  case origin_kind::secret:
    return "the AccessKey in the Secret " +
           (origin.secret_namespace.empty() ? origin.secret_name + " of the helper's own namespace"
                                            : origin.secret_namespace + "/" + origin.secret_name);
  case origin_kind::environment:
    return "the environment variables of the vendor's SDKs";
  case origin_kind::profile:
    return origin.profile.empty() ? "the current profile of the vendor's command line tool"
                                  : "the profile " + one_line(origin.profile);
  case origin_kind::worker_role:
    return origin.role_name.empty() ? "the worker role of the machine"
                                    : "the worker role " + one_line(origin.role_name);
  case origin_kind::managed_role:
    return "the managed role of the add-on's token file";
  case origin_kind::automatic:
    break;
  }
  return "the helper's own identity";
}

bool assumes_a_role(const role_chain& chain) {
  return !chain.roles.empty() || !chain.rrsa_role_arn.empty();
}

std::string in_words(severity level) {
  switch (level) {
  case severity::warning:
    return "warning";
  case severity::entry_rejected:
    return "entry rejected";
  case severity::fatal:
    break;
  }
  return "fatal";
}

/// The name in JSON.
std::string_view name_of(verdict value) {
  switch (value) {
  case verdict::good:
    return "good";
  case verdict::warnings:
    return "warnings";
  case verdict::entries_rejected:
    return "entries_rejected";
  case verdict::refused:
    break;
  }
  return "refused";
}

std::string_view in_words(verdict value) {
  switch (value) {
  case verdict::good:
    return "good: nothing is wrong";
  case verdict::warnings:
    return "accepted, with warnings: no entry is rejected";
  case verdict::entries_rejected:
    return "entries are rejected: the others work";
  case verdict::refused:
    break;
  }
  return "refused as a whole: a running helper keeps its last good configuration";
}

std::string joined(const std::vector<std::string>& all, std::string_view between) {
  std::string text;
  for (const auto& one : all)
    text.append(text.empty() ? "" : between).append(one);
  return text;
}

/// "52 instances, 3 warnings": what there is of each.
std::string counts(const reading& read) {
  std::string text;
  const auto add = [&](std::size_t number, std::string_view one, std::string_view many) {
    if (number > 0)
      text.append(text.empty() ? "" : ", ")
          .append(std::to_string(number))
          .append(" ")
          .append(number == 1 ? one : many);
  };
  const auto of = [&](severity level) {
    return static_cast<std::size_t>(
        std::count_if(read.problems.begin(), read.problems.end(),
                      [&](const problem& value) { return value.level == level; }));
  };
  add(read.value ? read.value->instances.size() : 0, "instance", "instances");
  add(of(severity::fatal), "fatal problem", "fatal problems");
  add(of(severity::entry_rejected), "problem of an entry", "problems of entries");
  add(of(severity::warning), "warning", "warnings");
  return text;
}

std::string verdict_line(const reading& read, std::string_view source) {
  const auto number = counts(read);
  std::string text{source};
  text.append(": ").append(in_words(judge(read)));
  return number.empty() ? text + "\n" : text + " (" + number + ")\n";
}

std::string problems_of(const reading& read, std::string_view source) {
  std::string text;
  for (const auto& problem : read.problems)
    text += explain(problem, source) + "\n";
  return text;
}

std::string seconds(std::chrono::seconds span) { return std::to_string(span.count()) + " s"; }

std::string paragraph(const instance& entry) {
  std::string text = entry.name + "\n";
  const auto add = [&](std::string_view label, const std::string& value) {
    text.append("  ").append(label).append(value).append("\n");
  };
  add("instance   ", entry.personal() ? "Personal edition" : entry.instance_id);
  add("region     ", entry.region.empty() ? "the cluster's" : entry.region);
  add("domains    ", entry.domains.empty() ? "all of the instance" : joined(entry.domains, ", "));
  if (entry.limited())
    add("goes to    ", in_words(entry.namespaces, ", "));
  std::string_view label = "identity   ";
  for (const auto& step : config::in_words(entry.chain))
    add(std::exchange(label, "      then "), step);
  if (assumes_a_role(entry.chain))
    add("session    ", seconds(entry.chain.expire_duration));
  return text;
}

// Parentheses, not braces: json::value{x} is an array with x in it.
json::array to_json(const std::vector<std::string>& all) {
  json::array made(all.begin(), all.end());
  return made;
}

json::value to_json(const selection& chosen) {
  return chosen == selection{true} ? json::value("all") : json::value(to_json(chosen.items()));
}

/// Null for an empty text.
json::value or_null(const std::string& text) {
  return text.empty() ? json::value() : json::value(text);
}
json::value or_null(int number) { return number == 0 ? json::value() : json::value(number); }

json::object to_json(const role_chain& chain) {
  json::object made;
  const bool rrsa = !chain.rrsa_role_arn.empty();
  made["source"] = rrsa ? std::string_view{"rrsa"} : source_name(chain.origin.from);
  if (rrsa)
    made["rrsa"] = {{"role", chain.rrsa_role_arn}, {"provider", chain.rrsa_oidc_provider_arn}};
  auto& roles = made["assumeRoles"].emplace_array();
  for (const auto& role : chain.roles)
    roles.push_back({{"role", role.arn}, {"externalId", or_null(role.external_id)}});
  if (assumes_a_role(chain))
    made["sessionSeconds"] = chain.expire_duration.count();
  made["steps"] = to_json(in_words(chain));
  return made;
}

json::object to_json(const instance& entry) {
  json::object made;
  made["name"] = entry.name;
  made["edition"] = entry.personal() ? "personal" : "enterprise";
  made["id"] = or_null(entry.instance_id);
  made["region"] = or_null(entry.region);
  made["domains"] =
      entry.domains.empty() ? json::value("all") : json::value(to_json(entry.domains));
  made["namespaces"] = to_json(entry.namespaces);
  made["identity"] = to_json(entry.chain);
  made["line"] = or_null(entry.line);
  return made;
}

json::object to_json(const configuration& value) {
  json::object made;
  auto& instances = made["instances"].emplace_array();
  for (const auto& entry : value.instances)
    instances.push_back(to_json(entry));
  made["namespaces"] = to_json(value.namespaces);
  made["namespaceSelector"] = value.namespace_labels.empty()
                                  ? json::value()
                                  : json::value(in_words(value.namespace_labels));
  made["serviceAccounts"] = to_json(value.service_accounts);
  made["renewBeforeSeconds"] = value.expiring_threshold.count();
  made["email"] = or_null(value.notify_email);
  return made;
}

json::object to_json(const problem& value) {
  auto level = in_words(value.level);
  std::replace(level.begin(), level.end(), ' ', '_');
  return {{"severity", level},
          {"key", value.key},
          {"line", or_null(value.line)},
          {"column", or_null(value.column)},
          {"value", or_null(value.value)},
          {"message", value.message}};
}

std::string spelling_name(spelling form) {
  return form == spelling::file ? "file" : form == spelling::add_on ? "add_on" : "config_map";
}

} // namespace

verdict judge(const reading& read) {
  if (!read.value)
    return verdict::refused;
  auto worst = verdict::good;
  for (const auto& problem : read.problems)
    worst = std::max(worst, problem.level == severity::warning ? verdict::warnings
                                                               : verdict::entries_rejected);
  return worst;
}

std::vector<std::string> in_words(const role_chain& chain) {
  std::vector<std::string> steps;
  if (chain.rrsa_role_arn.empty()) {
    steps.push_back(in_words(chain.origin));
  } else {
    steps.push_back("the ServiceAccount's OIDC token, provider " + chain.rrsa_oidc_provider_arn);
    steps.push_back("the role " + chain.rrsa_role_arn);
  }
  for (const auto& role : chain.roles)
    steps.push_back("the role " + role.arn +
                    (role.external_id.empty() ? "" : ", external ID " + role.external_id));
  return steps;
}

std::string explain(const problem& value, std::string_view source) {
  std::string text{source};
  for (const int number : {value.line, value.column})
    if (number > 0)
      text.append(":").append(std::to_string(number));
  text += ": " + in_words(value.level) + ": ";
  if (!value.key.empty())
    text += value.key + ": ";
  if (!value.value.empty())
    text.append("\"").append(value.value).append("\": ");
  return one_line(text + value.message);
}

std::string explain(const reading& read, std::string_view source) {
  auto text = problems_of(read, source);
  if (!text.empty())
    text += "\n";
  if (read.value) {
    const auto& value = *read.value;
    text.append("written in ").append(config::in_words(read.form)).append("\n\n");
    for (const auto& entry : value.instances)
      text += paragraph(entry) + "\n";
    text += "namespaces       " + in_words(value.namespaces, ", ") + "\n";
    if (!value.namespace_labels.empty())
      text += "  with labels    " + in_words(value.namespace_labels) + "\n";
    text += "ServiceAccounts  " + in_words(value.service_accounts, ", ") + "\n";
    text += "renewed          " + seconds(value.expiring_threshold) + " before they expire\n";
    text += "e-mail address   " +
            (value.notify_email.empty() ? "none" : one_line(value.notify_email)) + "\n\n";
  }
  return text + verdict_line(read, source);
}

std::string explain_briefly(const reading& read, std::string_view source) {
  return problems_of(read, source) + verdict_line(read, source);
}

std::string explain_json(const reading& read, std::string_view source) {
  json::object made;
  made["source"] = source;
  made["verdict"] = name_of(judge(read));
  made["spelling"] = read.value ? json::value(spelling_name(read.form)) : json::value();
  made["configuration"] = read.value ? json::value(to_json(*read.value)) : json::value();
  auto& problems = made["problems"].emplace_array();
  for (const auto& problem : read.problems)
    problems.push_back(to_json(problem));
  return json::serialize(made) + "\n";
}

} // namespace acr::config
