/// The state of single namespaces: queried by the status page, answered by the SecretWriter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace acr {

/// The worst applicable state of a namespace, worst first.
enum class namespace_state : std::uint8_t {
  failing, ///< The last write failed.
  foreign, ///< A Secret of our name is foreign.
  waiting, ///< In scope, and not synced yet.
  leaving, ///< Out of scope: our objects are being removed.
  served,
};
/// "failing", "foreign", ...
const char* to_string(namespace_state state);

struct namespace_view {
  std::string name;
  namespace_state state = namespace_state::waiting;
  std::string reason;                ///< Why the write failed, or which Secret is foreign.
  std::size_t accounts = 0;          ///< In scope.
  std::size_t linked = 0;            ///< Of these, linked to the first Secret.
  std::vector<std::string> unlinked; ///< Some of the others, by name.
};

/// Status page -> supervisor -> SecretWriter.
struct ask_namespaces {
  std::string part; ///< Substring of the name of the namespace or of an account in it; empty: all.
  std::size_t most = 50; ///< List at most this many,
  std::size_t first = 0; ///< after skipping this many.
};
struct namespaces_reply {
  std::vector<namespace_view> some; ///< The worst first, then by name.
  std::size_t matching = 0;         ///< Total number.
};

/// An actor that answers for namespaces.
using namespace_teller = caf::typed_actor<
    // Their states.
    caf::replies_to<ask_namespaces>::with<namespaces_reply>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::ask_namespaces)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::namespaces_reply)
