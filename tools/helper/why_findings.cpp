#include "tools/helper/why_findings.hpp"

#include <algorithm>
#include <utility>

#include "actors/writer/desired_secrets.hpp"
#include "actors/writer/observed_namespace.hpp"
#include "protocol/registry/docker_config.hpp"
#include "protocol/registry/image.hpp"

namespace acr::helper {

namespace {

std::string span_in_words(std::chrono::milliseconds span) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(span).count();
  return minutes >= 120 ? std::to_string(minutes / 60) + " h" : std::to_string(minutes) + " min";
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items)
    text.append(text.empty() ? "" : ", ").append(item);
  return text.empty() ? "none" : text;
}

bool contains(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

/// Collects while it looks at one step after the other.
class explanation {
public:
  explicit explanation(const pull_facts& facts) : facts_{facts} {}

  std::vector<finding> all() {
    for (const auto& reason : facts_.unread)
      note("not looked at: " + reason);
    scope();
    if (any_fault(out_)) // the rest would follow from it
      return std::move(out_);
    link();
    admission();
    secrets();
    for (const auto& image : images_of(facts_))
      domain(image);
    kubelet();
    return std::move(out_);
  }

private:
  void good(std::string text) { out_.push_back({finding_level::good, std::move(text), {}}); }
  void note(std::string text, std::string remedy = {}) {
    out_.push_back({finding_level::note, std::move(text), std::move(remedy)});
  }
  void fault(std::string text, std::string remedy) {
    out_.push_back({finding_level::fault, std::move(text), std::move(remedy)});
  }

  void scope() {
    if (!facts_.name_space)
      return fault("there is no namespace " + facts_.ns, "check its name");
    if (facts_.name_space->terminating)
      return fault("the namespace is being deleted", "nothing is written into it any more");
    if (!facts_.configuration)
      return;
    const auto& wanted = *facts_.configuration;
    if (!wanted.namespaces.contains(facts_.ns))
      fault("the namespace is not in scope: watch-namespace is " + in_words(wanted.namespaces),
            "add it to watch-namespace, or set that to all");
    else
      good("the namespace is in scope");
    if (!wanted.service_accounts.contains(facts_.account))
      fault("ServiceAccount " + facts_.account + " is not in scope: service-account is " +
                in_words(wanted.service_accounts),
            "add it to service-account, or set that to all");
    else
      good("ServiceAccount " + facts_.account + " is in scope");
  }

  void link() {
    if (!facts_.service_account)
      return fault("there is no ServiceAccount " + facts_.account,
                   "a Pod that names it is not even created");
    const auto list = facts_.service_account->pull_secrets.value_or(std::vector<std::string>{});
    if (contains(list, secret_names[0]))
      good("ServiceAccount " + facts_.account + " is linked (imagePullSecrets: " + joined(list) +
           ")");
    else
      fault("ServiceAccount " + facts_.account +
                " is not linked (imagePullSecrets: " + joined(list) + ")",
            "if it is in scope the helper links it within a second: does it run, and may it patch "
            "ServiceAccounts? Its log would say write_failed");
  }

  void admission() {
    if (!facts_.pod)
      return;
    const auto& list = facts_.pod->pull_secrets;
    if (contains(list, secret_names[0]))
      return good("the Pod was admitted with the link");
    fault("the Pod was admitted before its ServiceAccount was linked (imagePullSecrets: " +
              joined(list) + "), and that list never changes",
          "delete the Pod, so that its owner makes a new one");
  }

  void secrets() {
    const auto& first = facts_.secrets[0];
    if (!first)
      return fault(std::string{"there is no Secret "} + secret_names[0],
                   "the helper writes it as soon as an instance has a password: see the events of "
                   "the ConfigMap and the helper's log for what the cloud refuses");
    for (const auto& secret : facts_.secrets)
      if (secret)
        content(*secret);
  }

  void content(const kubernetes::secret& secret) {
    const auto& name = secret.meta.ref.name;
    if (!is_ours(secret))
      return fault("Secret " + name + " was not written by the helper, which leaves it alone",
                   "delete it, or label it app.kubernetes.io/managed-by=acr-credential-helper");
    if (secret.type != kubernetes::docker_config_type)
      return fault("Secret " + name + " is of type " + secret.type + ", which no kubelet reads",
                   "delete it: the helper makes a new one");
    const auto entries = registry::parse_docker_config(secret.docker_config);
    if (!entries)
      return fault("Secret " + name + ": " + entries.error().message,
                   "delete it: the helper makes a new one");
    rows_of(secret);
    for (const auto& entry : *entries)
      entries_.push_back({name, entry.host, entry.blank()});
    good("Secret " + name + " can be read and holds " + std::to_string(entries->size()) +
         " domains");
  }

  void rows_of(const kubernetes::secret& secret) {
    const auto found = secret.annotations.find(instances_annotation);
    if (found == secret.annotations.end())
      return note("Secret " + secret.meta.ref.name +
                  " does not tell when its passwords end (the annotation is missing)");
    for (const auto& row : read_rows(found->second))
      for (const auto& host : row.domains)
        rows_.push_back({secret.meta.ref.name, host, row});
  }

  void domain(const std::string& image) {
    const auto host = registry::host_of(image);
    bool found = false;
    for (const auto& entry : entries_) {
      if (!registry::covers(entry.host, host))
        continue;
      found = true;
      judge(image, host, entry.secret, entry.host, entry.blank);
    }
    if (found || ended(image, host))
      return;
    if (facts_.secrets[0])
      no_entry(image, host);
  }

  void judge(const std::string& image, const std::string& host, const std::string& secret,
             const std::string& pattern, bool blank) {
    const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const told_row& one) {
      return one.secret == secret && one.host == pattern;
    });
    const auto instance = row == rows_.end() ? std::string{"an instance"} : row->row.instance;
    if (blank)
      return no_password(image, host, instance);
    const auto ends = row == rows_.end() ? std::nullopt : row->row.expires_at;
    if (!ends)
      return good(image + ": Secret " + secret + " has a password for " + host);
    if (*ends <= facts_.now)
      return fault(image + ": the password for " + host + " ended at " + to_rfc3339(*ends),
                   "does the helper run? It would have renewed or withdrawn it");
    good(image + ": Secret " + secret + " has a password of " + instance + " for " + host +
         ", for another " + span_in_words(*ends - facts_.now));
  }

  /// Its entry was removed when it ended (`--on-expiry=remove`).
  bool ended(const std::string& image, const std::string& host) {
    const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const told_row& one) {
      return !one.row.expires_at && registry::covers(one.host, host);
    });
    if (row == rows_.end())
      return false;
    no_password(image, host, row->row.instance);
    return true;
  }

  void no_password(const std::string& image, const std::string& host, const std::string& instance) {
    fault(image + ": " + instance + " has no password for " + host + " now",
          "the cloud refuses to give one: see the events of the ConfigMap and the helper's "
          "log (token_failed)");
  }

  void no_entry(const std::string& image, const std::string& host) {
    if (host.find("aliyuncs.com") == std::string::npos && !configured(host))
      return note(image + ": " + host +
                  " is no domain of a configured instance; the helper has "
                  "nothing to do with it");
    std::vector<std::string> known;
    for (const auto& entry : entries_)
      known.push_back(entry.host);
    fault(image + ": no entry for " + host + " (there are: " + joined(known) + ")",
          "name the domain in `domains` of its instance, or configure that instance");
  }

  bool configured(const std::string& host) const {
    if (!facts_.configuration)
      return false;
    const auto& instances = facts_.configuration->instances;
    return std::any_of(instances.begin(), instances.end(),
                       [&](const auto& one) { return contains(one.domains, host); });
  }

  void kubelet() {
    if (!facts_.pod)
      return;
    for (const auto& container : facts_.pod->containers)
      if (container.waiting == "ImagePullBackOff" || container.waiting == "ErrImagePull")
        note("the kubelet says of container " + container.name + ": " + container.waiting +
                 (container.waiting_detail.empty() ? "" : ": " + container.waiting_detail),
             "it tries again by itself, at most five minutes later");
  }

  struct known_entry {
    std::string secret;
    std::string host;
    bool blank;
  };
  struct told_row {
    std::string secret;
    std::string host;
    instance_row row;
  };

  const pull_facts& facts_;
  std::vector<finding> out_;
  std::vector<known_entry> entries_;
  std::vector<told_row> rows_;
};

} // namespace

std::set<std::string> images_of(const pull_facts& facts) {
  std::set<std::string> all{facts.images.begin(), facts.images.end()};
  if (facts.pod)
    for (const auto& container : facts.pod->containers)
      all.insert(container.image);
  return all;
}

std::vector<finding> explain_pull(const pull_facts& facts) { return explanation{facts}.all(); }

} // namespace acr::helper
