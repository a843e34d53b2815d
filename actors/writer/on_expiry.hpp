/// What happens to the entries of a credential that ends without a successor.
#pragma once

#include <cstdint>

namespace acr {

enum class on_expiry : std::uint8_t {
  blank, ///< Hosts stay, user and password are emptied: public images of these hosts can be pulled,
         ///< and private ones that a node has already can start.
  remove ///< Hosts are removed: no Pod can use a node's copy of a private image, and no kubelet
         ///< records an empty login for it.
};

} // namespace acr
