/// How this process is called among the replicas that elect a leader.
#pragma once

#include <string>

namespace acr::helper {

/// The identity of a Pod, in the hands of one process at a time: a container that is restarted in
/// its Pod finds its own Lease and takes it up at once, instead of waiting until it has run out. A
/// second process in the same Pod (`kubectl exec`), and any process outside of one, gets an
/// identity that no other has. Never fails.
class replica_identity {
public:
  /// `host`: the Pod's name. `pod_uid`: of the Pod, from the variable POD_UID; empty: none.
  replica_identity(const std::string& host, const std::string& pod_uid);
  replica_identity(const replica_identity&) = delete;
  replica_identity& operator=(const replica_identity&) = delete;
  ~replica_identity();

  /// "HOST_UID", or "HOST_" and something random.
  const std::string& text() const { return text_; }

private:
  int claim_ = -1; ///< A socket whose name stands for the Pod: the kernel gives it to one process.
  std::string text_;
};

} // namespace acr::helper
