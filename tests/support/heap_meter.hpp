/// Counts what a test program takes from the heap. To be included by one source of it: it replaces
/// the global operators.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace acr::testing {

struct heap_use {
  std::ptrdiff_t calls = 0; ///< Of `operator new`.
  std::ptrdiff_t live = 0;  ///< Bytes, with what malloc adds for alignment.

  heap_use operator-(const heap_use& before) const {
    return {calls - before.calls, live - before.live};
  }
};

inline std::atomic<std::ptrdiff_t> heap_calls{0};
inline std::atomic<std::ptrdiff_t> heap_live{0};

inline heap_use heap() { return {heap_calls, heap_live}; }

} // namespace acr::testing

// Inlined, g++ would take its malloc for one that a delete does not match.
[[gnu::noinline]] void* operator new(std::size_t size) {
  auto* const memory = std::malloc(size);
  if (memory == nullptr)
    throw std::bad_alloc{};
  ++acr::testing::heap_calls;
  acr::testing::heap_live += static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
  return memory;
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (memory != nullptr)
    acr::testing::heap_live -= static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
