/// The watchers of one owner: starts and stops them, and notices when one is lost.
#pragma once

#include <cstdint>
#include <map>

#include <caf/fwd.hpp>

#include "protocol/kubernetes/requests.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/watch.hpp"
#include "runtime/kubernetes/watcher.hpp"

namespace acr {

/// Part of the state of the owner; used from its handlers only.
class watch_group {
public:
  /// `self` is the owner, `owner` its handle, `api` the Kubernetes session.
  void attach(caf::local_actor* self, watch_sink owner, http_gateway api, std::uint64_t seed,
              reporter report = {});
  /// Ids count up from 0 in the order of the calls.
  watch_id start(kubernetes::watch_spec what);
  /// Its last messages may still arrive: ignore ids that are not `active`.
  void stop(watch_id id);
  bool active(watch_id id) const { return watchers_.contains(id); }
  /// Whether an active watcher has died. The owner then ends, too: its supervisor limits restarts,
  /// and a new owner lists again.
  bool lost(const caf::down_msg& message) const;

private:
  caf::local_actor* self_ = nullptr;
  watch_sink owner_;
  http_gateway api_;
  std::uint64_t seed_ = 0;
  reporter report_;
  std::uint32_t next_ = 0;
  std::map<watch_id, watcher> watchers_;
};

} // namespace acr
