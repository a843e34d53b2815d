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
             observed_state& observed, reporter report = {});
  bool lost(const caf::down_msg& message) const { return group_.lost(message); }
  /// Nothing if that watch has been stopped.
  const place* find(watch_id id) const;

  /// Sets another selection. Returns whether the set of watches has changed.
  bool select(const selection& namespaces);
  /// The watch over all namespaces is forbidden. Returns whether the set of watches has changed.
  bool refused_everywhere();
  /// Watching all namespaces is allowed after all.
  void allowed_everywhere() { refused_ = false; }
  bool selected() const { return selected_.has_value(); }

private:
  bool follow();
  void watch(const std::string& ns);
  void stop(const std::string& ns);

  observed_state* observed_ = nullptr;
  watch_group group_;
  std::map<watch_id, place> places_;
  std::optional<selection> selected_;
  bool refused_ = false;
};

} // namespace acr
