/// What a watcher of Kubernetes objects tells its owner.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/failure.hpp"
#include "protocol/kubernetes/objects.hpp"

namespace acr {

/// Names one watch of an owner.
enum class watch_id : std::uint32_t {};

/// One step of a list or a watch. The receiver's duty for each kind:
enum class watch_event_kind : std::uint8_t {
  init,       ///< A new list begins: what it does not name until `init_done` no longer exists.
  init_apply, ///< An object of that list.
  init_done,  ///< The list is complete.
  apply,      ///< Created or changed.
  remove,     ///< Deleted; the object is its last state.
};

struct watch_event {
  watch_event_kind kind = watch_event_kind::init;
  kubernetes::object object; ///< Meaningless for `init` and `init_done`.
};

/// Watcher -> owner: events in order, as many as one read brought.
struct watch_batch {
  watch_id id;
  std::vector<watch_event> events;
};

/// Watcher -> owner, once per outage, and again if it ends in being refused (403): it cannot
/// list or watch at present (`reason`), and tries on with backoff; what was told before stays valid
/// until a new `init`.
struct watch_troubled {
  watch_id id;
  failure reason;
};
/// Watcher -> owner: it works again.
struct watch_recovered {
  watch_id id;
};

/// The owner of watches.
using watch_sink = caf::typed_actor<
    // What changed.
    caf::reacts_to<watch_batch>,
    // It does not work.
    caf::reacts_to<watch_troubled>,
    // It works again.
    caf::reacts_to<watch_recovered>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::watch_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::watch_troubled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::watch_recovered)
