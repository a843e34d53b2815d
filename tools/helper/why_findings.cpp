#include "tools/helper/why_findings.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "actors/configured.hpp"
#include "actors/writer/desired_secrets.hpp"
#include "actors/writer/observed_namespace.hpp"
#include "protocol/registry/docker_config.hpp"
#include "protocol/registry/image.hpp"
#include "tools/helper/why_kubelet.hpp"

namespace acr::helper {

namespace {

using registry::pull_secret;

constexpr const char* see_the_helper =
    "the cloud refuses to give one: see the events of the ConfigMap and the helper's log "
    "(token_failed)";

std::string ignored_by() { return std::string{kubernetes::ignore_annotation} + "=true"; }

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

/// One credential in a Secret of ours.
struct known_entry {
  std::size_t secret; ///< Index in `secret_names`.
  std::string host;
  bool blank;
  std::string instance; ///< Empty: unknown.
  std::optional<wall_time> ends;

  bool usable(wall_time now) const { return !blank && (!ends || *ends > now); }
};

/// Collects findings, one step after the other.
class explanation {
public:
  explicit explanation(const pull_facts& facts) : facts_{facts}, list_{pull_list(facts)} {
    for (std::size_t i = 0; i < facts_.secrets.size(); ++i)
      content_.push_back(read_ours(i));
    for (const auto& image : images_of(facts_))
      images_.emplace_back(image);
    concerned_ =
        images_.empty() || std::any_of(images_.begin(), images_.end(), [&](auto& image) {
          return !pulled(image) && our_business(image) && (!other_for(image) || fails(image));
        });
  }

  std::vector<finding> all() {
    for (const auto& reason : facts_.unread)
      note("could not be checked: " + reason);
    if (!place() || !scope())
      return std::move(out_);
    link();
    secrets();
    for (const auto& image : images_)
      look_at(image);
    helper();
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
  /// A fault, if this Pod needs the helper at all.
  void obstacle(std::string text, std::string remedy) {
    concerned_ ? fault(std::move(text), std::move(remedy))
               : note(std::move(text), std::move(remedy));
  }

  /// False: there is nothing to check.
  bool place() {
    if (!facts_.name_space && !facts_.hidden.name_space)
      fault("there is no namespace " + facts_.ns, "check its name");
    else if (facts_.name_space && facts_.name_space->terminating)
      fault("the namespace is being deleted", "nothing is written into it any more");
    else if (!facts_.pod_name.empty() && !facts_.pod && !facts_.hidden.pod)
      fault("there is no Pod " + facts_.pod_name + " in " + facts_.ns,
            "check its name (kubectl get pods -n " + facts_.ns + "); a Pod is not created either " +
                "where its ServiceAccount is missing: see the events of its owner");
    else
      return true;
    return false;
  }

  /// False: all further findings would follow from it.
  bool scope() {
    if (facts_.no_configuration) {
      const auto& [text, remedy] = *facts_.no_configuration;
      facts_.secrets[0] || facts_.hidden.secrets[0] ? note(text, remedy) : obstacle(text, remedy);
    }
    if (!facts_.configuration)
      return true;
    const auto& wanted = *facts_.configuration;
    const auto served = scope_of(wanted);
    const bool watched = wanted.namespaces.contains(facts_.ns);
    const bool space = watched && served.namespaces.contains(facts_.ns) &&
                       (!facts_.name_space || served.serves(*facts_.name_space));
    // A Pod whose template names the Secret itself needs no link.
    const bool linked = wanted.service_accounts.contains(facts_.account) &&
                        !(facts_.service_account && facts_.service_account->ignored);
    const bool account = linked || (facts_.pod && listed(0));
    if (watched && !space)
      out_of_scope(wanted);
    else if (!space)
      obstacle("the namespace is not in scope: watch-namespace is " + in_words(wanted.namespaces),
               "add it to watch-namespace, or set that to all");
    else
      good("the namespace is in scope");
    if (!account && facts_.service_account && facts_.service_account->ignored)
      obstacle("ServiceAccount " + facts_.account + " has the annotation " + ignored_by() +
                   ": its owner wants no link",
               "remove it: kubectl annotate serviceaccount -n " + facts_.ns + " " + facts_.account +
                   " " + kubernetes::ignore_annotation + "-");
    else if (!account)
      obstacle("ServiceAccount " + facts_.account + " is not in scope: service-account is " +
                   in_words(wanted.service_accounts),
               "add it to service-account, or set that to all");
    else if (linked)
      good("ServiceAccount " + facts_.account + " is in scope");
    return (space && account) || !concerned_;
  }

  /// In `watch-namespace`, and yet nothing is written there.
  void out_of_scope(const config::configuration& wanted) {
    const auto& space = facts_.name_space;
    if (space && space->ignored)
      obstacle(std::string{"the namespace has the annotation "}.append(ignored_by()) +
                   ": its owner wants nothing written",
               "remove it: kubectl annotate namespace " + facts_.ns + " " +
                   kubernetes::ignore_annotation + "-");
    else if (space && !wanted.namespace_labels.selects(space->labels))
      obstacle("the namespace is not in scope: namespaceSelector is " +
                   in_words(wanted.namespace_labels),
               "label the namespace accordingly, or change namespaceSelector");
    else
      obstacle("no entry of the configuration is meant for this namespace: each is limited to "
               "others by its `namespaces`",
               "add " + facts_.ns + " to `namespaces` of the entry that it needs");
  }

  bool listed(std::size_t index) const { return contains(list_, secret_names.at(index)); }
  bool ours(std::size_t index) const {
    return facts_.secrets.at(index) && is_ours(*facts_.secrets.at(index));
  }

  void link() {
    // Not linked for that reason: the finding about the Secret suffices.
    if (facts_.secrets[0] && !ours(0))
      return;
    if (facts_.pod)
      return admission();
    if (!facts_.service_account) {
      if (!facts_.hidden.account)
        obstacle("there is no ServiceAccount " + facts_.account,
                 "a Pod that names it is not even created");
      return;
    }
    const auto about = "ServiceAccount " + facts_.account;
    const auto shown = " (imagePullSecrets: " + joined(list_) + ")";
    bool all = listed(0);
    if (!all && facts_.secrets[0])
      obstacle(about + " is not linked" + shown, who_links());
    else if (!all)
      note(about + " is not linked" + shown);
    for (std::size_t i = 1; i < secret_names.size(); ++i)
      if (ours(i) && !listed(i)) {
        obstacle(about + " is not linked to " + secret_names.at(i) + shown, who_links());
        all = false;
      }
    if (all)
      good(about + " is linked" + shown);
  }

  static std::string who_links() {
    return "if it is in scope the helper links it within a second: does it run, and may it patch "
           "ServiceAccounts? Its log would say write_failed";
  }

  /// Whether an image needs a Secret that the Pod does not name.
  enum class need { none, maybe, surely };
  need needs(std::size_t index) const {
    auto most = need::none;
    for (const auto& image : images_) {
      if (pulled(image) || std::none_of(content_[index].begin(), content_[index].end(),
                                        [&](const auto& one) { return covers(one, image); }))
        continue;
      most = std::max(most, !can_pull(image) || fails(image) ? need::surely : need::maybe);
    }
    return most;
  }

  void admission() {
    std::vector<std::string> lacking;
    std::vector<std::string> unsure;
    for (std::size_t i = 0; i < secret_names.size(); ++i) {
      if (!ours(i) || listed(i))
        continue;
      const auto how = needs(i);
      if (how == need::surely)
        lacking.emplace_back(secret_names.at(i));
      else if (how == need::maybe)
        unsure.emplace_back(secret_names.at(i));
    }
    const auto shown = " (imagePullSecrets: " + joined(list_) + ")";
    if (!lacking.empty() && has_own_list())
      fault("the Pod brings imagePullSecrets of its own, which take the place of those of its "
            "ServiceAccount" +
                shown,
            "take imagePullSecrets out of the Pod's template, or add " + joined(lacking) +
                " to it; the list of a Pod never changes, so its owner must make a new one");
    else if (!lacking.empty())
      fault("the Pod was admitted before its ServiceAccount was linked" +
                (listed(0) ? " to " + joined(lacking) : "") + shown +
                ", and that list never changes",
            is_linked(lacking) ? "delete the Pod, so that its owner makes a new one"
                               : who_links() + ". Then delete the Pod, so that its owner makes a "
                                               "new one");
    else if (listed(0))
      good("the Pod was admitted with the link");
    else if (ours(0))
      note("the Pod was admitted without the link" + shown + ", and does not need it now");
    if (!unsure.empty())
      note(
          "the Pod's list lacks " + joined(unsure) +
              ", where another account has a credential for the same domain" + shown,
          "if the image is one of that account, delete the Pod, so that its owner makes a new one");
  }

  bool is_linked(const std::vector<std::string>& names) const {
    const auto& account = facts_.service_account;
    return !account || std::all_of(names.begin(), names.end(), [&](const auto& name) {
      return contains(account->pull_secrets.value_or(std::vector<std::string>{}), name);
    });
  }

  /// The admission copies all of the account's list, or nothing: other entries come from the Pod's
  /// template.
  bool has_own_list() const {
    const auto& account = facts_.service_account;
    const auto of_account = account ? account->pull_secrets : std::nullopt;
    return std::any_of(list_.begin(), list_.end(), [&](const auto& name) {
      return !contains(of_account.value_or(std::vector<std::string>{}), name);
    });
  }

  /// The readable entries of a Secret of ours.
  std::vector<known_entry> read_ours(std::size_t index) {
    std::vector<known_entry> out;
    const auto& secret = facts_.secrets.at(index);
    if (!secret || !is_ours(*secret) || secret->type != kubernetes::docker_config_type)
      return out;
    const auto entries = registry::parse_docker_config(secret->docker_config);
    if (!entries)
      return out;
    any_readable_ = true;
    const auto found = secret->annotations.find(instances_annotation);
    const auto rows =
        found == secret->annotations.end() ? std::vector<instance_row>{} : read_rows(found->second);
    for (const auto& entry : *entries) {
      known_entry one{index, entry.host, entry.blank(), "", std::nullopt};
      for (const auto& row : rows)
        if (contains(row.domains, entry.host)) {
          one.instance = row.instance;
          one.ends = row.expires_at;
        }
      out.push_back(std::move(one));
    }
    // With --on-expiry=remove the entry goes, and the row stays.
    for (const auto& row : rows)
      for (const auto& domain : row.domains)
        if (!row.expires_at && std::none_of(out.begin(), out.end(), [&](const known_entry& one) {
              return one.host == domain;
            }))
          out.push_back({index, domain, true, row.instance, std::nullopt});
    return out;
  }

  void secrets() {
    if (!facts_.secrets[0] && !facts_.hidden.secrets[0])
      obstacle(std::string{"there is no Secret "} + secret_names[0],
               "the helper writes it as soon as an instance has a credential: see the events of "
               "the ConfigMap and the helper's log for what the cloud refuses");
    for (std::size_t i = 0; i < secret_names.size(); ++i)
      if (facts_.secrets.at(i))
        content(*facts_.secrets.at(i), i);
    for (const auto& other : facts_.others)
      if (other.is == pull_secret::state::broken)
        everything_pulled()
            ? note("Secret " + other.name + " cannot be read: " + other.detail, mend(other.name))
            : fault("Secret " + other.name + " in the list cannot be read (" + other.detail +
                        "): the kubelet pulls nothing for a Pod that names it",
                    mend(other.name));
      else if (other.is == pull_secret::state::missing)
        note("Secret " + other.name + " in the list does not exist: the kubelet passes over it");
      else if (other.is == pull_secret::state::ignored)
        note("Secret " + other.name +
             " in the list is passed over by the kubelet: " + other.detail);
  }

  static std::string mend(const std::string& name) {
    return "mend Secret " + name + ", or delete it: a missing one does no harm";
  }

  void content(const kubernetes::secret& secret, std::size_t index) {
    const auto& name = secret.meta.ref.name;
    if (!is_ours(secret))
      return obstacle("Secret " + name + " was not written by the helper, which leaves it alone" +
                          (index == 0 ? ", and links no ServiceAccount to it" : ""),
                      "delete it, or label it app.kubernetes.io/managed-by=acr-credential-helper");
    if (secret.type != kubernetes::docker_config_type)
      return obstacle("Secret " + name + " is of type " + secret.type + ", which no kubelet reads",
                      "delete it: the helper makes a new one");
    const auto entries = registry::parse_docker_config(secret.docker_config);
    if (!entries)
      return obstacle("Secret " + name + ": " + entries.error().message,
                      "delete it: the helper makes a new one");
    if (!secret.annotations.contains(instances_annotation))
      note("Secret " + name +
           " does not say when its credentials expire (the annotation is missing)");
    good("Secret " + name + " can be read and holds " + std::to_string(entries->size()) +
         (entries->size() == 1 ? " domain" : " domains"));
  }

  static bool covers(const known_entry& entry, const std::string& image) {
    return registry::covers(entry.host, registry::host_of(image));
  }

  /// Every credential that the kubelet would try.
  std::vector<known_entry> tried_for(const std::string& image) const {
    std::vector<known_entry> out;
    for (std::size_t i = 0; i < content_.size(); ++i)
      if (listed(i) || !list_known())
        for (const auto& entry : content_[i])
          if (covers(entry, image))
            out.push_back(entry);
    return out;
  }
  /// Without a list, all possible entries are considered.
  bool list_known() const { return facts_.pod || (facts_.service_account && !list_.empty()); }

  const pull_secret* other_for(const std::string& image) const {
    for (const auto& other : facts_.others)
      for (const auto& entry : other.entries)
        if (!entry.blank() && registry::image_matches(entry, image))
          return &other;
    return nullptr;
  }

  bool can_pull(const std::string& image) const {
    const auto tried = tried_for(image);
    return other_for(image) || std::any_of(tried.begin(), tried.end(), [&](const auto& entry) {
             return entry.usable(facts_.now);
           });
  }

  bool of_container(const std::string& image,
                    bool (*what)(const kubernetes::pod_container&)) const {
    return facts_.pod &&
           std::any_of(facts_.pod->containers.begin(), facts_.pod->containers.end(),
                       [&](const auto& one) { return one.image == image && what(one); });
  }
  bool fails(const std::string& image) const { return of_container(image, waits_for_image); }
  bool pulled(const std::string& image) const {
    return !fails(image) && of_container(image, [](const auto& one) { return one.pulled; });
  }
  bool everything_pulled() const {
    return !images_.empty() && std::all_of(images_.begin(), images_.end(),
                                           [&](const auto& image) { return pulled(image); });
  }

  bool our_business(const std::string& image) const {
    const auto host = registry::host_of(image);
    if (host.ends_with(".aliyuncs.com") || configured(host))
      return true;
    if (!facts_.configuration && !facts_.secrets[0]) // the domains are unknown
      return host != "docker.io";
    return std::any_of(content_.begin(), content_.end(), [&](const auto& list) {
      return std::any_of(list.begin(), list.end(),
                         [&](const auto& entry) { return covers(entry, image); });
    });
  }

  bool configured(const std::string& host) const {
    if (!facts_.configuration)
      return false;
    const auto& instances = facts_.configuration->instances;
    return std::any_of(instances.begin(), instances.end(), [&](const auto& one) {
      return std::any_of(one.domains.begin(), one.domains.end(),
                         [&](const auto& domain) { return registry::covers(domain, host); });
    });
  }

  /// The entry with that domain, if each that has it is limited to other namespaces.
  const config::instance* limited_entry(const std::string& host) const {
    const config::instance* found = nullptr;
    if (facts_.configuration)
      for (const auto& one : facts_.configuration->instances) {
        if (std::none_of(one.domains.begin(), one.domains.end(),
                         [&](const auto& domain) { return registry::covers(domain, host); }))
          continue;
        if (one.namespaces.contains(facts_.ns))
          return nullptr;
        found = &one;
      }
    return found;
  }

  /// Entries without `domains` that do not go to this namespace.
  std::vector<std::string> limited_elsewhere() const {
    std::vector<std::string> names;
    if (facts_.configuration)
      for (const auto& one : facts_.configuration->instances)
        if (one.domains.empty() && !one.namespaces.contains(facts_.ns))
          names.push_back(one.name);
    return names;
  }

  void look_at(const std::string& image) {
    const auto host = registry::host_of(image);
    const bool there = pulled(image);
    if (there)
      good(image + ": the kubelet has pulled it");
    const auto tried = tried_for(image);
    const bool another = can_pull(image);
    for (const auto& entry : tried)
      judge(image, host, entry, there || another);
    if (const auto* other = other_for(image))
      good(image + ": Secret " + other->name +
           ", which is not the helper's, has a credential for " + host);
    else if (tried.empty() && !there)
      no_entry(image, host);
  }

  void judge(const std::string& image, const std::string& host, const known_entry& entry,
             bool harmless) {
    const auto tell = [&](std::string text, std::string remedy) {
      harmless ? note(std::move(text), std::move(remedy))
               : fault(std::move(text), std::move(remedy));
    };
    const auto whose = entry.instance.empty() ? std::string{"an instance"} : entry.instance;
    const auto name = std::string{"Secret "} + secret_names.at(entry.secret);
    if (entry.blank) {
      blamed_.push_back(entry.instance);
      return tell(image + ": " + whose + " has no credential for " + host + " now", see_the_helper);
    }
    if (!entry.ends)
      return good(image + ": " + name + " has a credential for " + host);
    if (*entry.ends <= facts_.now)
      return tell(image + ": the credential of " + whose + " for " + host + " expired at " +
                      to_rfc3339(*entry.ends),
                  "does the helper run? It would have renewed or withdrawn it");
    good(image + ": " + name + " has a credential of " + whose + " for " + host + ", for another " +
         span_in_words(*entry.ends - facts_.now));
  }

  void no_entry(const std::string& image, const std::string& host) {
    if (!our_business(image))
      return note(image + ": " + host +
                  " is no domain of a configured instance; the helper has nothing to do with it");
    std::vector<std::string> known;
    for (const auto& list : content_)
      for (const auto& entry : list) {
        if (covers(entry, image))
          return; // missing entries of the Pod's list were reported before
        known.push_back(entry.host);
      }
    if (const auto* entry = limited_entry(host))
      return fault(image + ": the entry " + entry->name + " has a credential for " + host +
                       ", and is not meant for this namespace: its `namespaces` are " +
                       in_words(entry->namespaces),
                   "add " + facts_.ns +
                       " to `namespaces` of that entry, or use an image that this "
                       "namespace is to have");
    const auto elsewhere = limited_elsewhere();
    if (any_readable_ && !elsewhere.empty() && host.ends_with(".aliyuncs.com"))
      return fault(image + ": no entry that goes to this namespace has " + host +
                       " (there are: " + joined(known) + ")",
                   "if the image is of " + joined(elsewhere) + ", add " + facts_.ns +
                       " to `namespaces` of that entry: it is limited to others");
    if (any_readable_)
      fault(image + ": no entry for " + host + " (there are: " + joined(known) + ")",
            "name the domain in `domains` of its instance, or configure that instance; a domain "
            "that was opened a moment ago comes with the next credential (renew)");
  }

  /// Why there is no credential, as far as the helper has reported it.
  void helper() {
    if (!any_fault(out_) && blamed_.empty())
      return;
    for (const auto& words : facts_.helper_said)
      if (!facts_.secrets[0] || std::any_of(blamed_.begin(), blamed_.end(), [&](const auto& name) {
            return !name.empty() && words.starts_with(name);
          }))
        note("the helper says: " + words);
  }

  void kubelet() {
    if (!facts_.pod)
      return;
    const bool explained = any_fault(out_);
    for (const auto& container : facts_.pod->containers) {
      if (!waits_for_image(container))
        continue;
      const auto words = kubelet_words(container, facts_.kubelet_said);
      auto text = "the kubelet says of container " + container.name + ": " + words;
      explained ? note(std::move(text), "it tries again by itself, within five minutes")
                : fault(std::move(text), kubelet_remedy(words));
    }
  }

  const pull_facts& facts_;
  std::vector<std::string> list_;
  std::vector<std::vector<known_entry>> content_; ///< In the order of `secret_names`.
  bool any_readable_ = false;                     ///< A Secret of ours is readable.
  std::vector<std::string> images_;
  bool concerned_ = true; ///< An image needs a credential of the helper.
  std::vector<std::string> blamed_;
  std::vector<finding> out_;
};

} // namespace

std::set<std::string> images_of(const pull_facts& facts) {
  std::set<std::string> all{facts.images.begin(), facts.images.end()};
  if (facts.pod)
    for (const auto& container : facts.pod->containers)
      all.insert(container.image);
  return all;
}

std::vector<std::string> pull_list(const pull_facts& facts) {
  if (facts.pod)
    return facts.pod->pull_secrets;
  const auto of_account =
      facts.service_account ? facts.service_account->pull_secrets : std::nullopt;
  return of_account.value_or(std::vector<std::string>{});
}

std::vector<finding> explain_pull(const pull_facts& facts) { return explanation{facts}.all(); }

std::optional<bool> verdict(const pull_facts& facts, const std::vector<finding>& findings) {
  if (any_fault(findings))
    return false;
  const auto& hidden = facts.hidden;
  if (hidden.pod || hidden.secrets[0] || (hidden.account && !facts.pod))
    return std::nullopt;
  return true;
}

} // namespace acr::helper
