/// Kubelets as checkers: Pods that pull with the credentials they find, by rules measured on a real
/// one.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "tools/faultlab/invariants/checker.hpp"
#include "tools/faultlab/network/dice.hpp"

namespace acr::faultlab {

/// The effect on users.
struct pull_statistics {
  std::uint64_t pods = 0;
  std::uint64_t at_once = 0; ///< Pulled on the first attempt.
  std::uint64_t hung = 0;    ///< Gave up after half an hour.
  std::uint64_t attempts = 0;
  std::uint64_t refused = 0; ///< Attempts with an expired password: public images fail, too.
  std::chrono::milliseconds longest{}; ///< Wait of a Pod that got its image.
  std::chrono::milliseconds
      longest_new{}; ///< From the creation of a namespace until Pods can pull.

  void add(const pull_statistics& other);
};

/// Every namespace gets Pods, rarely enough to cost nothing. A Pod keeps the list of Secrets that
/// its account had on admission; the kubelet reads the Secrets again at each attempt, and waits 10,
/// 20, 40 ... 300 s between them. In calm, the first attempt works.
std::unique_ptr<checker> check_pulls(bench& on, pull_statistics& into);

} // namespace acr::faultlab
