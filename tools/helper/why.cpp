#include "tools/helper/why.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "actors/writer/desired_secrets.hpp"
#include "actors/writer/observed_namespace.hpp"
#include "config/parse.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/operator_requests.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "tools/helper/findings.hpp"
#include "tools/helper/why_findings.hpp"
#include "tools/helper/why_registry.hpp"

namespace acr::helper {

namespace {

using kubernetes::object_kind;

constexpr auto cannot_pull = static_cast<exit_code>(3);

/// Reads one object after the other into the facts.
class reader {
public:
  reader(api_client& api, const why_options& options) : api_{api} {
    facts_.ns = options.ns;
    facts_.pod_name = options.pod;
    facts_.images = options.images;
    facts_.now = system_now();
    auto& hidden = facts_.hidden;
    facts_.name_space = get<kubernetes::name_space>(object_kind::name_space, {"", options.ns},
                                                    "namespace", hidden.name_space);
    if (!options.pod.empty())
      read_pod({options.ns, options.pod});
    if (!options.account.empty())
      facts_.account = options.account;
    else if (facts_.pod && !facts_.pod->service_account.empty())
      facts_.account = facts_.pod->service_account;
    read_configuration(options.config_map);
    facts_.service_account =
        get<kubernetes::service_account>(object_kind::service_account, {options.ns, facts_.account},
                                         "ServiceAccount", hidden.account);
    for (std::size_t i = 0; i < secret_names.size(); ++i)
      facts_.secrets.at(i) = get<kubernetes::secret>(
          object_kind::secret, {options.ns, secret_names.at(i)}, "Secret", hidden.secrets.at(i));
    for (const auto& name : pull_list(facts_))
      if (!is_helpers(name))
        read_other(name);
    facts_.helper_said = said_of(
        kubernetes::list_events(options.config_map), [](const kubernetes::told_event& event) {
          return event.warning && event.component == kubernetes::field_manager;
        });
  }

  const pull_facts& facts() const { return facts_; }
  /// The cluster does not answer, or rejects the caller's credentials.
  const std::optional<failure>& unreachable() const { return unreachable_; }

private:
  /// Nothing if there is none, or if it could not be read: then it is `hidden`, and noted.
  template <class Object>
  std::optional<Object> get(object_kind kind, const kubernetes::object_ref& ref,
                            const std::string& what, bool& hidden) {
    auto answer = ask(kubernetes::get_object(kind, ref));
    if (!answer)
      return std::nullopt;
    auto found = kubernetes::read_object(kind, "get " + what + " " + ref.name, *answer);
    if (found)
      return std::get<Object>(std::move(*found));
    hidden = note(found.error());
    return std::nullopt;
  }

  std::optional<http_response> ask(http_request request) {
    if (unreachable_)
      return std::nullopt;
    auto answer = api_.ask(std::move(request));
    if (answer && answer->status != 401)
      return std::move(*answer);
    unreachable_ = answer ? kubernetes::failure_of("ask the API server", *answer) : answer.error();
    return std::nullopt;
  }

  /// Whether after that failure it is unknown if the object exists.
  bool note(const failure& reason) {
    if (reason.code == errc::not_found)
      return false;
    facts_.unread.push_back(to_string(reason));
    return true;
  }

  void read_pod(const kubernetes::object_ref& ref) {
    const auto answer = ask(kubernetes::get_pod(ref));
    if (!answer)
      return;
    auto found = kubernetes::read_pod("get Pod " + ref.name, *answer);
    if (!found) {
      facts_.hidden.pod = note(found.error());
      return;
    }
    facts_.pod = std::move(*found);
    facts_.kubelet_said =
        said_of(kubernetes::list_pod_events(ref),
                [](const kubernetes::told_event& event) { return event.reason == "Failed"; });
  }

  /// Newest first. Events that may not be read are not needed: the objects show most of it.
  template <class Filter>
  std::vector<std::string> said_of(http_request request, Filter filter) {
    const auto answer = ask(std::move(request));
    auto events = answer ? kubernetes::read_events(*answer)
                         : result<std::vector<kubernetes::told_event>>{failure{}};
    std::vector<std::string> out;
    if (!events)
      return out;
    std::erase_if(*events, [&](const auto& event) { return !filter(event); });
    std::stable_sort(events->begin(), events->end(), [](const auto& a, const auto& b) {
      return a.last_seen > b.last_seen; // RFC 3339, all in UTC
    });
    for (auto& event : *events)
      if (std::find(out.begin(), out.end(), event.message) == out.end())
        out.push_back(std::move(event.message));
    return out;
  }

  /// One of our names, and ours.
  bool is_helpers(const std::string& name) const {
    for (std::size_t i = 0; i < secret_names.size(); ++i)
      if (name == secret_names.at(i))
        return !facts_.secrets.at(i) || is_ours(*facts_.secrets.at(i));
    return false;
  }

  void read_other(const std::string& name) {
    registry::pull_secret out;
    out.name = name;
    const auto step = "get Secret " + name;
    const auto answer = ask(kubernetes::get_object(object_kind::secret, {facts_.ns, name}));
    if (!answer)
      return;
    const auto found = kubernetes::read_object(object_kind::secret, step, *answer);
    const auto data = kubernetes::read_secret_data(step, *answer);
    if (found && data)
      out = registry::read_pull_secret(name, std::get<kubernetes::secret>(*found).type, *data);
    else
      out.is = note(found ? data.error() : found.error()) ? registry::pull_secret::state::hidden
                                                          : registry::pull_secret::state::missing;
    facts_.others.push_back(std::move(out));
  }

  void read_configuration(const kubernetes::object_ref& ref) {
    const auto name = ref.ns + "/" + ref.name;
    bool hidden = false;
    const auto found =
        get<kubernetes::config_map>(object_kind::config_map, ref, "ConfigMap", hidden);
    if (!found) {
      if (!hidden)
        facts_.no_configuration = {
            "there is no ConfigMap " + name + ": nothing is served until there is one",
            "create it (docs/configuration.md); --config-map names another one, and a helper that "
            "runs with --config FILE needs none"};
      return;
    }
    auto read = config::parse_config_map(found->data);
    if (read.value)
      facts_.configuration = std::move(*read.value);
    else
      facts_.no_configuration = {
          "the configuration in ConfigMap " + name + " is refused as a whole",
          "acr-credential-helper check --config-map " + name + " tells what is wrong with it"};
  }

  api_client& api_;
  pull_facts facts_;
  std::optional<failure> unreachable_;
};

} // namespace

exit_code why(const why_options& options) {
  const auto cluster = find_cluster(options.cluster);
  if (!cluster) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(cluster.error()).c_str());
    return exit_code::cannot_start;
  }
  api_client api{*cluster};
  const reader read{api, options};
  if (const auto& reason = read.unreachable()) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(*reason).c_str());
    return exit_code::cannot_start;
  }
  auto findings = explain_pull(read.facts());
  if (options.ask_registry) {
    auto told = ask_registries(api, read.facts());
    std::move(told.begin(), told.end(), std::back_inserter(findings));
  }
  const auto pulls = verdict(read.facts(), findings);
  if (options.output != output_format::text)
    std::fputs(for_programs(to_json("pulls", findings, pulls), options.output).c_str(), stdout);
  else
    for (const auto& one : findings)
      std::fputs(in_words(one, shows_colours(stdout)).c_str(), stdout);
  if (!pulls) {
    std::fputs("acr-credential-helper: too little could be read to tell\n", stderr);
    return exit_code::cannot_start;
  }
  return *pulls ? exit_code::orderly : cannot_pull;
}

} // namespace acr::helper
