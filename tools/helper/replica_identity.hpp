/// The name of this process among the replicas that elect a leader.
#pragma once

#include <string>

namespace acr::helper {

/// The identity of a Pod, owned by one process at a time: a container that is restarted in its Pod
/// finds its own Lease and takes it over at once, instead of waiting for its expiry. A second
/// process in the same Pod (`kubectl exec`), and any process outside of one, gets a unique
/// identity. Never fails.
class replica_identity {
public:
  /// `host`: the Pod's name. `pod_uid`: of the Pod, from the variable POD_UID; empty: none.
  replica_identity(const std::string& host, const std::string& pod_uid);
  replica_identity(const replica_identity&) = delete;
  replica_identity& operator=(const replica_identity&) = delete;
  ~replica_identity();

  /// "HOST_UID", or "HOST_" and a random suffix.
  const std::string& text() const { return text_; }

private:
  int claim_ = -1; ///< A socket whose name stands for the Pod: the kernel grants it to one process.
  std::string text_;
};

} // namespace acr::helper
