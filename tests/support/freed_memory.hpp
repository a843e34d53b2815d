/// Looks into what a test program gives back to the heap. To be included by one source of it: it
/// replaces the global operators.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string_view>

#include <malloc.h>

namespace acr::testing {

/// What is looked for; empty: nothing.
inline std::string_view searched{};
/// How many blocks held it when they were freed.
inline std::size_t freed_with_it = 0;

} // namespace acr::testing

// Inlined, g++ would take its malloc for one that a delete does not match.
[[gnu::noinline]] void* operator new(std::size_t size) {
  auto* const memory = std::calloc(1, size); // nothing of an earlier owner
  if (memory == nullptr)
    throw std::bad_alloc{};
  return memory;
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  using namespace acr::testing;
  if (memory != nullptr && !searched.empty()) {
    const std::string_view block{static_cast<const char*>(memory), malloc_usable_size(memory)};
    freed_with_it += block.find(searched) == std::string_view::npos ? 0 : 1;
  }
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
