#include "actors/writer/write_spreading.hpp"

#include <algorithm>
#include <cstdint>

namespace acr {

namespace {

/// FNV-1a (Fowler, Noll, Vo), then the finalizer of MurmurHash3 (Appleby): the names of namespaces
/// often differ by a digit at the end only.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

} // namespace

std::chrono::milliseconds turn_of(std::string_view ns, std::size_t namespaces,
                                  std::chrono::milliseconds left) {
  constexpr double places = 1U << 20;
  const auto place = static_cast<double>(hash_of(ns) >> 44) / places;
  const auto all = std::min(write_every * static_cast<std::int64_t>(namespaces),
                            std::max(left, std::chrono::milliseconds::zero()) / 4);
  return std::chrono::duration_cast<std::chrono::milliseconds>(all * place);
}

std::chrono::milliseconds round_wait(std::chrono::milliseconds left) {
  return std::max(left, std::chrono::milliseconds::zero()) / 6;
}

std::chrono::milliseconds answer_wait(std::chrono::milliseconds left) {
  return std::min<std::chrono::milliseconds>(round_wait(left) / 8, std::chrono::seconds{10});
}

} // namespace acr
