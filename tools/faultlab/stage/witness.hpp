/// An observer: is informed of everything that happens in a simulated world.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>

#include "protocol/messages/status.hpp"
#include "runtime/observability/log.hpp"
#include "tools/faultlab/network/network.hpp"
#include "tools/kubesim/cluster.hpp"

namespace acr::faultlab {

/// One write to the cluster. `by`: the program that requested it; empty: a controller, or another
/// client.
struct change_seen {
  std::string_view resource;
  std::string_view by;
  const boost::json::object* before; ///< Null: created.
  const boost::json::object* after;  ///< Null: deleted.

  /// The newest version; at least one of them is set.
  const boost::json::object& object() const {
    return after ? *after : *before; // NOLINT(clang-analyzer-core.uninitialized.UndefReturn)
  }
};

class witness {
public:
  witness() = default;
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  virtual ~witness() = default;

  virtual void changed(const change_seen&) {}
  virtual void requested(const kubesim::audit_record&) {}
  virtual void passed(const traffic&) {}
  virtual void logged(const log_record&) {}
  /// `program`: its identity among the replicas.
  virtual void reported(std::string_view, const fact&) {}
};

} // namespace acr::faultlab
