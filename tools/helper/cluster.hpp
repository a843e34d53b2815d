/// Selects the cluster of a command, and sends requests to its API server.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "runtime/kubernetes/access.hpp"
#include "runtime/kubernetes/page_walk.hpp"
#include "tools/helper/terminal.hpp"

namespace acr::helper {

/// A variable of the environment; empty if it is not set.
std::string environment_variable(const char* name);

/// Options that select a cluster.
struct cluster_options {
  std::string kubeconfig; ///< Files, separated by `:`; empty: in cluster, or the usual places.
  std::string context;    ///< Empty: the current context.
};

/// In the cluster if this is a Pod and nothing is specified, else by a kubeconfig: the specified
/// one, KUBECONFIG, or ~/.kube/config. Errors: those of `runtime/kubernetes/access.hpp`.
result<kubernetes::cluster_access> find_cluster(const cluster_options& options);

/// The cluster's name for operators: its URL, and the context if one was specified.
std::string name_of(const kubernetes::cluster_access& cluster, const cluster_options& options);

/// Calls the API server as the session of `run` does, and waits for each answer: for commands that
/// run once. Once that takes longer than a second, the current step is shown on standard error.
class api_client {
public:
  explicit api_client(const kubernetes::cluster_access& cluster);
  api_client(const api_client&) = delete;
  api_client& operator=(const api_client&) = delete;
  ~api_client();

  /// Errors: those of the Kubernetes session.
  result<http_response> ask(http_request request);
  /// Calls another server, without the cluster's credentials. Errors: those of the gateway.
  result<http_response> ask_others(http_request request);
  /// For setting the purpose of the next requests, which is shown if they take long.
  progress& shown() { return progress_; }

private:
  progress progress_;
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// Adds all objects of a kind to `out`, page by page, with smaller pages after one that is too
/// large. Of Secrets only the metadata is requested: no password is needed here. Errors: those of
/// the session, `failure_of`, `decode_page` and `page_walk`.
template <class Object>
std::optional<failure> list_all(api_client& api, const kubernetes::watch_spec& what,
                                std::vector<Object>& out) {
  const auto step = std::string{"list "} + kubernetes::plural(what.kind);
  kubernetes::page_walk walk{step};
  api.shown().doing("reading " + std::string{kubernetes::plural(what.kind)});
  while (!walk.done()) {
    auto request = kubernetes::list_page(what, walk.limit(), walk.token());
    if (what.kind == kubernetes::object_kind::secret)
      request = kubernetes::only_metadata(std::move(request));
    const auto answer = api.ask(std::move(request));
    if (!answer && answer.error().code == errc::response_too_big && walk.shrink())
      continue;
    if (!answer)
      return answer.error();
    if (answer->status != 200)
      return kubernetes::failure_of(step, *answer);
    auto found = kubernetes::decode_page(what.kind, answer->body.reveal());
    if (!found)
      return found.error();
    for (auto& item : found->items)
      out.push_back(std::move(std::get<Object>(item)));
    api.shown().doing("reading " + std::string{kubernetes::plural(what.kind)} + ": " +
                      std::to_string(out.size()));
    if (auto endless = walk.took(found->items.size(), found->continue_token))
      return endless;
  }
  return std::nullopt;
}

} // namespace acr::helper
