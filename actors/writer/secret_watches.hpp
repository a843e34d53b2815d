/// Where our own Secrets are watched: in all namespaces, or in each of a list.
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

/// Lives in the state of the SecretWriter. One watch over all namespaces costs least, and finds
/// what was left behind in any. Where only Roles in the namespaces of an explicit list allow to
/// watch, each of these is watched by itself.
class secret_watches {
public:
  /// A watch of one of our names, in one namespace or (`ns` empty) in all.
  struct place {
    std::string ns;
    std::size_t index;

    std::string shown() const { return ns.empty() ? "all" : ns; }
  };

  /// Begins to watch everywhere; `observed` always learns which lists are under way.
  void start(caf::local_actor* self, watch_sink owner, const http_gateway& api, std::uint64_t seed,
             observed_state& observed, reporter report = {});
  bool lost(const caf::down_msg& message) const { return group_.lost(message); }
  /// Nothing if that watch has been stopped.
  const place* find(watch_id id) const;

  /// Another selection. Whether other watches than before are running.
  bool select(const selection& namespaces);
  /// The watch over all namespaces is not allowed. Whether other watches than before are running.
  bool refused_everywhere();
  /// It is allowed after all.
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
