#include "tools/helper/why_findings.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <boost/algorithm/string/join.hpp>

#include "actors/configured.hpp"
#include "actors/writer/desired_secrets.hpp"
#include "actors/writer/observed_namespace.hpp"
#include "protocol/registry/docker_config.hpp"
#include "protocol/registry/image.hpp"
#include "tools/helper/why_kubelet.hpp"
#include "tools/helper/why_view.hpp"

namespace acr::helper {

using boost::algorithm::join;

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

std::string or_none(const std::vector<std::string>& items) {
  return items.empty() ? "none" : join(items, ", ");
}

/// Collects findings, one step after the other.
class explanation {
public:
  explicit explanation(const pull_facts& facts)
      : facts_{facts}, view_{facts}, concerned_{view_.concerned()} {}

  std::vector<finding> all() {
    for (const auto& reason : facts_.unread)
      note("could not be checked: " + reason);
    if (!place() || !scope())
      return std::move(out_);
    link();
    secrets();
    for (const auto& image : view_.images())
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
    const bool account = linked || (facts_.pod && view_.listed(0));
    if (watched && !space)
      out_of_scope(wanted);
    else if (!space)
      obstacle("the namespace is not in scope: watch-namespace is " + in_words(wanted.namespaces),
               way_into(wanted.namespaces, "watch-namespace", facts_.ns));
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
               way_into(wanted.service_accounts, "service-account", facts_.account));
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
               "let `namespaces` of the entry that it needs select " + facts_.ns);
  }

  void link() {
    // Not linked for that reason: the finding about the Secret suffices.
    if (facts_.secrets[0] && !view_.ours(0))
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
    const auto shown = " (imagePullSecrets: " + or_none(view_.list()) + ")";
    bool all = view_.listed(0);
    if (!all && facts_.secrets[0])
      obstacle(about + " is not linked" + shown, who_links());
    else if (!all)
      note(about + " is not linked" + shown);
    for (std::size_t i = 1; i < secret_names.size(); ++i)
      if (view_.ours(i) && !view_.listed(i)) {
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

  void admission() {
    std::vector<std::string> lacking;
    std::vector<std::string> unsure;
    for (std::size_t i = 0; i < secret_names.size(); ++i) {
      if (!view_.ours(i) || view_.listed(i))
        continue;
      const auto how = view_.needs(i);
      if (how == pull_view::need::surely)
        lacking.emplace_back(secret_names.at(i));
      else if (how == pull_view::need::maybe)
        unsure.emplace_back(secret_names.at(i));
    }
    const auto shown = " (imagePullSecrets: " + or_none(view_.list()) + ")";
    if (!lacking.empty() && view_.has_own_list())
      fault("the Pod brings imagePullSecrets of its own, which take the place of those of its "
            "ServiceAccount" +
                shown,
            "take imagePullSecrets out of the Pod's template, or add " + join(lacking, ", ") +
                " to it; the list of a Pod never changes, so its owner must make a new one");
    else if (!lacking.empty())
      fault("the Pod was admitted before its ServiceAccount was linked" +
                (view_.listed(0) ? " to " + join(lacking, ", ") : "") + shown +
                ", and that list never changes",
            view_.is_linked(lacking)
                ? "delete the Pod, so that its owner makes a new one"
                : who_links() + ". Then delete the Pod, so that its owner makes a "
                                "new one");
    else if (view_.listed(0))
      good("the Pod was admitted with the link");
    else if (view_.ours(0))
      note("the Pod was admitted without the link" + shown + ", and does not need it now");
    if (!unsure.empty())
      note(
          "the Pod's list lacks " + join(unsure, ", ") +
              ", where another account has a credential for the same domain" + shown,
          "if the image is one of that account, delete the Pod, so that its owner makes a new one");
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
        view_.everything_pulled()
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

  void look_at(const std::string& image) {
    const auto host = registry::host_of(image);
    const bool there = view_.pulled(image);
    if (there)
      good(image + ": the kubelet has pulled it");
    const auto tried = view_.tried_for(image);
    const bool another = view_.can_pull(image);
    for (const auto& entry : tried)
      judge(image, host, entry, there || another);
    if (const auto* other = view_.other_for(image))
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
    if (!view_.our_business(image))
      return note(image + ": " + host +
                  " is no domain of a configured instance; the helper has nothing to do with it");
    std::vector<std::string> known;
    for (const auto& list : view_.content())
      for (const auto& entry : list) {
        if (covers(entry, image))
          return; // missing entries of the Pod's list were reported before
        known.push_back(entry.host);
      }
    if (const auto* entry = view_.limited_entry(host))
      return fault(image + ": the entry " + entry->name + " has a credential for " + host +
                       ", and is not meant for this namespace: its `namespaces` are " +
                       in_words(entry->namespaces),
                   way_into(entry->namespaces, "`namespaces` of that entry", facts_.ns) +
                       "; or use an image that this namespace is to have");
    const auto elsewhere = view_.limited_elsewhere();
    if (view_.any_readable() && !elsewhere.empty() && host.ends_with(".aliyuncs.com"))
      return fault(image + ": no entry that goes to this namespace has " + host +
                       " (there are: " + or_none(known) + ")",
                   "if the image is of " + join(elsewhere, ", ") +
                       ", let `namespaces` of that entry select " + facts_.ns +
                       ": it is limited to others");
    if (view_.any_readable())
      fault(image + ": no entry for " + host + " (there are: " + or_none(known) + ")",
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
  const pull_view view_;
  const bool concerned_; ///< An image needs a credential of the helper.
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
