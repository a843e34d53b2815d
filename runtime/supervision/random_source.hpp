/// A random sequence per name: what happens to one does not affect another.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>

namespace acr {

/// One seed determines all sequences. Not for secrets: they spread timers.
class random_source {
public:
  explicit random_source(std::uint64_t seed = 0) : seed_{seed} {}

  std::uint64_t seed(const std::string& name) { return of(name)(); }
  /// In [0, 1).
  double jitter(const std::string& name) { return std::uniform_real_distribution<>{}(of(name)); }
  /// Restarts its sequence.
  void forget(const std::string& name) { generators_.erase(name); }

private:
  std::minstd_rand& of(const std::string& name) {
    if (const auto found = generators_.find(name); found != generators_.end())
      return found->second;
    const auto seed = static_cast<std::uint32_t>(seed_ ^ std::hash<std::string>{}(name));
    return generators_.emplace(name, seed).first->second;
  }

  std::uint64_t seed_;
  std::map<std::string, std::minstd_rand> generators_;
};

} // namespace acr
