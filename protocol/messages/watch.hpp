/// Messages of a watcher of Kubernetes objects to its owner.
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
  init, ///< A new list begins: objects that it does not contain until `init_done` no longer exist.
  init_apply, ///< An object of that list.
  init_done,  ///< The list is complete.
  apply,      ///< Created or changed.
  remove,     ///< Deleted; the object is its last state.
};

struct watch_event {
  watch_event_kind kind = watch_event_kind::init;
  kubernetes::object object; ///< Meaningless for `init` and `init_done`.
};

/// Watcher -> owner: events in order, as many as one read returned.
struct watch_batch {
  watch_id id;
  std::vector<watch_event> events;
};

/// Watcher -> owner, once per outage, and again if it turns into a refusal (403): listing or
/// watching fails at present (`reason`) and is retried with backoff; earlier reports stay valid
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
    // It fails.
    caf::reacts_to<watch_troubled>,
    // It works again.
    caf::reacts_to<watch_recovered>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::watch_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::watch_troubled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::watch_recovered)
