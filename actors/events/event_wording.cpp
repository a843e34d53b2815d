#include "actors/events/event_wording.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace acr {

namespace {

// A transient failure is reported after this many in a row.
constexpr unsigned told_from = 3;

// Above this number of problems only the count: a message is cut at 1 KiB.
constexpr std::size_t most_problems = 3;

std::string in_words(const std::vector<std::string>& list, std::size_t most, const char* between) {
  std::string text;
  for (std::size_t i = 0; i < std::min(list.size(), most); ++i)
    text += (i == 0 ? "" : between) + list[i];
  if (list.size() > most)
    text += " and " + std::to_string(list.size() - most) + " more";
  return text;
}

std::string counted(std::size_t number, const char* what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

/// What went wrong, why, and what to do, as far as known.
std::string explained(const failure& reason) {
  auto text = to_string(reason);
  if (!reason.cause.empty())
    text += ". Cause: " + reason.cause;
  if (!reason.remedy.empty())
    text += ". Remedy: " + reason.remedy;
  return text;
}

/// Equal for the same cause, whatever the request id.
std::string gist_of(const failure& reason) {
  return std::string{to_string(reason.code)} + "/" + reason.step + "/" + reason.service_code + "/" +
         reason.cause_id;
}

} // namespace

std::vector<event_request> event_wording::of(const fact& what, wall_time now) {
  return std::visit(
      [&](const auto& one) -> requests {
        using kind = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<kind, configuration_read> ||
                      std::is_same_v<kind, lead_changed> || std::is_same_v<kind, attempt_ended> ||
                      std::is_same_v<kind, password_withdrawn> ||
                      std::is_same_v<kind, credential_found> ||
                      std::is_same_v<kind, logins_tried> ||
                      std::is_same_v<kind, endpoints_examined> ||
                      std::is_same_v<kind, renewals_ended> ||
                      std::is_same_v<kind, foreign_secret> ||
                      std::is_same_v<kind, writes_failing> ||
                      std::is_same_v<kind, credentials_left_out> ||
                      std::is_same_v<kind, writes_recovered>)
          return this->say(one, now);
        else
          return {}; // for metrics only
      },
      what);
}

event_wording::requests event_wording::on_config(std::string topic, std::string gist, bool warning,
                                                 std::string reason, std::string action,
                                                 std::string message, wall_time now) const {
  if (!config_map_)
    return {};
  event_request request{std::move(topic), std::move(gist), event_weight::ordinary, {}};
  request.note.kind = kubernetes::object_kind::config_map;
  request.note.about = *config_map_;
  request.note.warning = warning;
  request.note.reason = std::move(reason);
  request.note.action = std::move(action);
  request.note.message = std::move(message);
  request.note.instance = instance_;
  request.note.at = now;
  return {std::move(request)};
}

event_wording::requests event_wording::say(const configuration_read& what, wall_time now) {
  auto said = read(what, now);
  for (auto& one : said)
    one.weight = event_weight::answer; // to the user who changed it: each content is reported once
  return said;
}

event_wording::requests event_wording::read(const configuration_read& what, wall_time now) {
  config_map_ = what.about;
  if (!leads_) {
    unsaid_ = what;
    return {};
  }
  const auto problems = in_words(what.problems, most_problems, "; ");
  const auto* const stays = what.in_force ? " The last good configuration stays in force."
                                          : " Nothing is done until it is fixed.";
  constexpr auto action = "ReadConfiguration";
  switch (what.verdict) {
  case configuration_verdict::rejected:
    return on_config("configuration", problems, true, "ConfigurationRejected", action,
                     problems + "." + stays, now);
  case configuration_verdict::missing:
    return on_config("configuration", what.in_force ? "lost" : "never", true,
                     "ConfigurationMissing", action,
                     what.in_force ? "The ConfigMap is missing or empty. The last good "
                                     "configuration stays in force until the helper restarts."
                                   : "The ConfigMap is missing or empty. Nothing is served until "
                                     "it is restored.",
                     now);
  case configuration_verdict::accepted:
    break;
  }
  const auto gone = [&](const std::string& name) {
    return std::find(what.instances.begin(), what.instances.end(), name) == what.instances.end();
  };
  std::erase_if(failing_, gone);
  std::erase_if(found_, [&](const auto& item) { return gone(item.first); });
  std::erase_if(closed_, gone);
  std::erase_if(refused_, gone);
  const auto summary = counted(what.instances.size(), "instance") + " (" +
                       in_words(what.instances, 8, ", ") + "), namespaces " + what.namespaces +
                       ", service accounts " + what.service_accounts + ".";
  auto said = on_config("configuration", summary, false, "ConfigurationAccepted", action,
                        "Understood: " + summary, now);
  if (what.entries_rejected > 0) {
    auto left_out =
        on_config("configuration/entries", problems, true, "ConfigurationEntryRejected", action,
                  counted(what.entries_rejected, "problem") +
                      " with entries, which are left out: " + problems + ".",
                  now);
    std::move(left_out.begin(), left_out.end(), std::back_inserter(said));
  }
  return said;
}

event_wording::requests event_wording::say(const lead_changed& what, wall_time now) {
  leads_ = what.leads;
  if (!leads_)
    found_.clear();
  if (!leads_ || !unsaid_)
    return {};
  const auto read = *std::exchange(unsaid_, std::nullopt);
  return say(read, now);
}

event_wording::requests event_wording::say(const attempt_ended& what, wall_time now) {
  const auto topic = "instance/" + what.instance;
  if (!what.reason) {
    found_.erase(what.instance);
    if (failing_.erase(what.instance) == 0)
      return {};
    return on_config(topic, "", false, "InstanceRecovered", "RefreshCredential",
                     what.instance + ": there is a valid credential again.", now);
  }
  if (retryable(what.reason->code) && what.failures < told_from)
    return {};
  failing_.insert(what.instance);
  return on_config(topic, gist_of(*what.reason), true, "InstanceFailing", "RefreshCredential",
                   what.instance + held(what, now) + ": " + explained(*what.reason), now);
}

/// Unknown facts are left out: until the Secrets have been listed they may hold a credential.
std::string event_wording::held(const attempt_ended& what, wall_time now) const {
  if (what.still_valid)
    return " (the last credential is still valid)";
  const auto found = found_.find(what.instance);
  if (found == found_.end())
    return "";
  if (found->second && *found->second > now)
    return " (the credential in the Secrets, written before the restart, is valid until " +
           to_rfc3339(*found->second) + ")";
  return " (there is no valid credential)";
}

event_wording::requests event_wording::say(const credential_found& what, wall_time now) {
  const auto before = std::exchange(found_[what.instance], what.expires_at);
  if (what.expires_at || !before || *before > now + expiry_vagueness)
    return {};
  return say(password_withdrawn{what.instance}, now);
}

event_wording::requests event_wording::say(const password_withdrawn& what, wall_time now) {
  failing_.insert(what.instance);
  found_[what.instance].reset();
  return on_config("withdrawn/" + what.instance, to_rfc3339(now), true, "PasswordWithdrawn",
                   "WithdrawCredential",
                   what.instance + ": the credential has expired and could not be renewed: the "
                                   "Secrets offer it no more.",
                   now);
}

/// Only refusals: a domain unreachable from here may well be reachable from the nodes.
event_wording::requests event_wording::say(const logins_tried& what, wall_time now) {
  const auto topic = "login/" + what.instance;
  for (const auto& one : what.outcomes)
    if (one.verdict == registry::login_verdict::refused && one.reason) {
      refused_.insert(what.instance);
      return on_config(topic, one.domain, true, "LoginRefused", "TryCredential",
                       what.instance + ": " + explained(*one.reason), now);
    }
  if (refused_.erase(what.instance) == 0)
    return {};
  return on_config(topic, "", false, "LoginAccepted", "TryCredential",
                   what.instance + ": no domain refuses the credential any more.", now);
}

/// Only access lists that admit no one: one with entries may well admit the nodes.
event_wording::requests event_wording::say(const endpoints_examined& what, wall_time now) {
  const auto topic = "endpoint/" + what.instance;
  std::string text;
  std::string key;
  for (const auto& one : what.findings) {
    if (!one.closed)
      continue;
    key += one.endpoint + "/" + one.cause_id + " ";
    text.append(text.empty() ? "" : " ").append(one.cause).append(". Remedy: ").append(one.remedy);
    text.append(".");
  }
  if (!text.empty()) {
    closed_.insert(what.instance);
    return on_config(topic, key, true, "EndpointClosed", "ExamineEndpoint",
                     what.instance + ": " + text, now);
  }
  if (closed_.erase(what.instance) == 0)
    return {};
  return on_config(topic, "", false, "EndpointOpen", "ExamineEndpoint",
                   what.instance + ": nodes can pull through every endpoint that is on.", now);
}

/// `renew` waits for this: it finds its answer by the beginning, "request ID: ".
event_wording::requests event_wording::say(const renewals_ended& what, wall_time now) const {
  constexpr std::size_t most_renewed = 8;
  constexpr std::size_t most_failed = 2; // an explanation has some 300 letters
  std::vector<std::string> done;
  std::vector<std::string> failed;
  std::optional<wall_time> first_end;
  for (const auto& one : what.outcomes)
    if (one.expires_at) {
      done.push_back(one.instance + " until " + to_rfc3339(*one.expires_at));
      first_end = std::min(first_end.value_or(*one.expires_at), *one.expires_at);
    } else {
      failed.push_back(one.instance + ": " + explained(one.expires_at.error()));
    }
  auto text = "request " + what.request + ":";
  // The number first: what is beyond the limit of a message is cut.
  if (failed.size() > most_failed)
    text += " " + std::to_string(failed.size()) + " of " + std::to_string(what.outcomes.size()) +
            " instances were not renewed.";
  for (std::size_t i = 0; i < std::min(failed.size(), most_failed); ++i)
    text += " " + failed[i] + ".";
  if (failed.size() > most_failed)
    text += " And " + std::to_string(failed.size() - most_failed) +
            " more: see acr-credential-helper status.";
  if (done.size() > most_renewed)
    text += " Renewed: " + counted(done.size(), "instance") + ", the first until " +
            to_rfc3339(*first_end) + ".";
  else if (!done.empty())
    text += " Renewed: " + in_words(done, most_renewed, ", ") + ".";
  auto said = on_config("renewal", what.request, !failed.empty(),
                        failed.empty() ? "RenewalDone" : "RenewalFailed", "RenewNow", text, now);
  for (auto& one : said) {
    one.weight = event_weight::answer;
    one.own = true; // the answer to another request may not yet have been found
  }
  return said;
}

event_wording::requests event_wording::say(const foreign_secret& what, wall_time now) {
  event_request request{"foreign/" + what.secret.ref.ns, what.secret.uid, event_weight::minor, {}};
  // Where an operator looks when a Pod fails: `kubectl describe` shows Events of accounts, not of
  // Secrets.
  request.note.kind = kubernetes::object_kind::service_account;
  request.note.about = what.account;
  request.note.warning = true;
  request.note.reason = "SecretNotOurs";
  request.note.action = "WriteSecret";
  request.note.message =
      "The Secret " + what.secret.ref.name +
      " is not ours and is left alone: this namespace gets no credentials. Delete "
      "it, or label it app.kubernetes.io/managed-by=acr-credential-helper.";
  request.note.instance = instance_;
  request.note.at = now;
  return {std::move(request)};
}

event_wording::requests event_wording::say(const writes_failing& what, wall_time now) {
  writes_failing_ = true;
  auto said = on_config("writing", gist_of(what.reason), true, "WritesFailing", "WriteNamespaces",
                        counted(what.namespaces, "namespace") + " (" +
                            in_words(what.examples, 3, ", ") + "): " + explained(what.reason),
                        now);
  if (!what.account || retryable(what.reason.code))
    return said; // a transient failure is not the namespace's fault
  event_request request{
      "writing/" + what.account->ref.ns, gist_of(what.reason), event_weight::minor, {}};
  request.note.kind = kubernetes::object_kind::service_account;
  request.note.about = *what.account;
  request.note.warning = true;
  request.note.reason = "WriteRefused";
  request.note.action = "WriteNamespace";
  request.note.message = explained(what.reason);
  request.note.instance = instance_;
  request.note.at = now;
  said.push_back(std::move(request));
  return said;
}

event_wording::requests event_wording::say(const credentials_left_out& what, wall_time now) {
  constexpr auto action = "WriteNamespaces";
  if (what.entries.empty())
    return on_config("left out", "", false, "CredentialsFitAgain", action,
                     "The Secrets hold every credential again.", now);
  std::vector<std::string> names;
  bool full = false;
  for (const auto& entry : what.entries) {
    names.push_back(entry.domain + " of " + entry.instance);
    full = full || entry.no_room;
  }
  const auto which = in_words(names, 3, ", ");
  return on_config("left out", which, true, "CredentialsLeftOut", action,
                   counted(names.size(), "credential") + " cannot be written (" + which + "): " +
                       (full ? "four Secrets of 1 MiB are full. List fewer instances or domains."
                             : "a Pod tries four Secrets, and more than four instances claim the "
                               "same domain. Give them other domains."),
                   now);
}

event_wording::requests event_wording::say(const writes_recovered& what, wall_time now) {
  if (!std::exchange(writes_failing_, false))
    return {};
  return on_config("writing", "", false, "WritesRecovered", "WriteNamespaces",
                   "Writes work again in " + counted(what.namespaces, "namespace") + ".", now);
}

} // namespace acr
