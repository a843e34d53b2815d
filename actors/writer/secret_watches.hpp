/// Watches our own Secrets: in all namespaces, or in each of a list.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "actors/writer/observed_state.hpp"
#include "protocol/selection.hpp"
#include "runtime/kubernetes/watch_group.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

/// Part of the state of the SecretWriter. One watch over all namespaces costs least, and finds
/// leftovers in any. Where watching is allowed only by Roles in the namespaces of an explicit list,
/// each of these is watched by itself.
class secret_watches {
public:
  /// A watch of one of our names, in one namespace or (`ns` empty) in all.
  struct place {
    std::string ns;
    std::size_t index;

    std::string shown() const { return ns.empty() ? "all" : ns; }
  };

  /// Begins to watch everywhere; `observed` is kept informed about the lists in flight.
  void start(caf::local_actor* self, watch_sink owner, const http_gateway& api, std::uint64_t seed,
             observed_state& observed, logger log, reporter report = {});
  bool lost(const caf::down_msg& message) const { return group_.lost(message); }
  /// Nothing if that watch has been stopped.
  const place* find(watch_id id) const;

  void select(const selection& namespaces);
  /// A watch fails at present. Where the one over all namespaces is forbidden, each of a list of
  /// namespaces has a watch of its own from then on.
  void troubled(const watch_troubled& what);
  void recovered(const watch_recovered& what);

private:
  void failing(const place& at, const failure& reason) const;
  void watched_apart() const;
  /// Whether other watches than before are running.
  bool follow();
  void watch(const std::string& ns);
  void stop(const std::string& ns);

  logger log_;
  observed_state* observed_ = nullptr;
  watch_group group_;
  std::map<watch_id, place> places_;
  std::optional<selection> selected_;
  struct refusal {
    place at;
    failure reason;
  };
  std::optional<refusal> unreported_; ///< Whether it is a fault depends on the configuration.
  bool refused_ = false;
};

} // namespace acr
