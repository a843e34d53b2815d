#include "tools/helper/replica_identity.hpp"

#include <algorithm>
#include <cstddef>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/aliyun/session.hpp"

namespace acr::helper {

namespace {

/// Binds an abstract socket of that name; -1: another process has it, or it is not supported. It
/// needs no file, and is released when the process ends, however that happens.
int claim(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() >= sizeof address.sun_path)
    return -1;
  std::copy(name.begin(), name.end(), std::begin(address.sun_path) + 1); // after a zero
  const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0)
    return -1;
  const auto size = offsetof(sockaddr_un, sun_path) + 1 + name.size();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bind takes an address this way
  if (::bind(made, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)) == 0)
    return made;
  ::close(made);
  return -1;
}

} // namespace

replica_identity::replica_identity(const std::string& host, const std::string& pod_uid)
    : claim_{pod_uid.empty() ? -1 : claim("acr-credential-helper/" + pod_uid)},
      text_{host + "_" + (claim_ >= 0 ? pod_uid : aliyun::random_nonce())} {}

replica_identity::~replica_identity() {
  if (claim_ >= 0)
    ::close(claim_);
}

} // namespace acr::helper
