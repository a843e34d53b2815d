/// How things are in single namespaces: asked by the status page, answered by the SecretWriter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace acr {

/// The worst that is true of a namespace, worst first.
enum class namespace_state : std::uint8_t {
  failing, ///< The last write failed.
  foreign, ///< A Secret of our name is not ours.
  waiting, ///< In scope, and not served yet.
  leaving, ///< Out of scope: what is ours is going.
  served,
};
/// "failing", "foreign", ...
const char* to_string(namespace_state state);

struct namespace_view {
  std::string name;
  namespace_state state = namespace_state::waiting;
  std::string reason;                ///< Why the write failed, or which Secret is foreign.
  std::size_t accounts = 0;          ///< In scope.
  std::size_t linked = 0;            ///< Of these, to the first Secret.
  std::vector<std::string> unlinked; ///< Some of the others, by name.
};

/// Status page -> supervisor, and on to the SecretWriter.
struct ask_namespaces {
  std::string part;      ///< Of the name of the namespace or of an account in it; empty: all.
  std::size_t most = 50; ///< At most so many are listed,
  std::size_t first = 0; ///< after so many others.
};
struct namespaces_reply {
  std::vector<namespace_view> some; ///< The worst first, then by name.
  std::size_t matching = 0;         ///< So many there are.
};

/// Who can tell.
using namespace_teller = caf::typed_actor<
    // How are they?
    caf::replies_to<ask_namespaces>::with<namespaces_reply>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::ask_namespaces)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::namespaces_reply)
