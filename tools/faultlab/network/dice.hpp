/// Randomness determined by a seed and a name, independent of other draws.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace acr::faultlab {

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): eight
/// bytes of state, so that each exchange can have its own generator.
class dice {
public:
  using result_type = std::uint64_t;

  explicit dice(std::uint64_t seed) : state_{seed} {}
  /// Another sequence for each name and number under the same seed.
  dice(std::uint64_t seed, std::string_view name, std::uint64_t number) : state_{seed} {
    for (const char c : name)
      state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U; // FNV-1a
    state_ = (*this)() ^ number;
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()() {
    auto mixed = state_ += 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }

  /// In [0, 1).
  double part() { return static_cast<double>((*this)() >> 11U) * 0x1.0p-53; }
  bool happens(double probability) { return part() < probability; }
  /// In [least, most].
  std::int64_t between(std::int64_t least, std::int64_t most) {
    const auto span = static_cast<std::uint64_t>(most - least) + 1;
    return least + static_cast<std::int64_t>((*this)() % span);
  }
  std::chrono::milliseconds between(std::chrono::milliseconds least,
                                    std::chrono::milliseconds most) {
    return std::chrono::milliseconds{between(least.count(), most.count())};
  }

private:
  std::uint64_t state_;
};

} // namespace acr::faultlab
