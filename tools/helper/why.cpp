#include "tools/helper/why.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "actors/writer/desired_secrets.hpp"
#include "config/parse.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "tools/helper/findings.hpp"
#include "tools/helper/why_findings.hpp"
#include "tools/helper/why_registry.hpp"

namespace acr::helper {

namespace {

using kubernetes::object_kind;

constexpr auto cannot_pull = static_cast<exit_code>(3);

/// Reads one thing after the other into the facts.
class reader {
public:
  reader(api_client& api, const why_options& options) : api_{api} {
    facts_.ns = options.ns;
    facts_.images = options.images;
    facts_.now = system_now();
    if (!options.pod.empty())
      read_pod({options.ns, options.pod});
    if (!options.account.empty())
      facts_.account = options.account;
    else if (facts_.pod && !facts_.pod->service_account.empty())
      facts_.account = facts_.pod->service_account;
    read_configuration(options.config_map);
    facts_.name_space =
        get<kubernetes::name_space>(object_kind::name_space, {"", options.ns}, "namespace");
    facts_.service_account = get<kubernetes::service_account>(
        object_kind::service_account, {options.ns, facts_.account}, "ServiceAccount");
    for (std::size_t i = 0; i < secret_names.size(); ++i)
      facts_.secrets.at(i) =
          get<kubernetes::secret>(object_kind::secret, {options.ns, secret_names.at(i)}, "Secret");
  }

  const pull_facts& facts() const { return facts_; }
  /// Nothing could be read at all.
  const std::optional<failure>& unreachable() const { return unreachable_; }

private:
  /// Nothing if there is none, or if it could not be read, which is noted.
  template <class Object>
  std::optional<Object> get(object_kind kind, const kubernetes::object_ref& ref,
                            const std::string& what) {
    auto answer = ask(kubernetes::get_object(kind, ref));
    if (!answer)
      return std::nullopt;
    auto found = kubernetes::read_object(kind, "get " + what + " " + ref.name, *answer);
    if (found)
      return std::get<Object>(std::move(*found));
    note(found.error());
    return std::nullopt;
  }

  std::optional<http_response> ask(http_request request) {
    if (unreachable_)
      return std::nullopt;
    auto answer = api_.ask(std::move(request));
    if (answer)
      return std::move(*answer);
    unreachable_ = answer.error();
    return std::nullopt;
  }

  void note(const failure& reason) {
    if (reason.code != errc::not_found)
      facts_.unread.push_back(to_string(reason));
  }

  void read_pod(const kubernetes::object_ref& ref) {
    const auto answer = ask(kubernetes::get_pod(ref));
    if (!answer)
      return;
    auto found = kubernetes::read_pod("get Pod " + ref.name, *answer);
    if (found)
      facts_.pod = std::move(*found);
    else
      facts_.unread.push_back(to_string(found.error()));
  }

  void read_configuration(const kubernetes::object_ref& ref) {
    const auto found = get<kubernetes::config_map>(object_kind::config_map, ref, "configuration");
    if (!found) {
      facts_.unread.push_back("the ConfigMap " + ref.ns + "/" + ref.name +
                              " (--config-map names another one)");
      return;
    }
    auto read = config::parse_config_map(found->data);
    if (read.value)
      facts_.configuration = std::move(*read.value);
    else
      facts_.unread.emplace_back("the configuration, which is refused: see acr-credential-helper "
                                 "check --config-map " +
                                 ref.ns + "/" + ref.name);
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
  if (options.output != output_format::text)
    std::fputs(for_programs(to_json("pulls", findings), options.output).c_str(), stdout);
  else
    for (const auto& one : findings)
      std::fputs(in_words(one).c_str(), stdout);
  return any_fault(findings) ? cannot_pull : exit_code::orderly;
}

} // namespace acr::helper
