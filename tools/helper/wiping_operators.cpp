// Memory of C++ objects is overwritten before it is freed, in the whole program: what a library
// that knows nothing of secrets (yaml-cpp, CAF, the standard library's strings) is done with is
// gone, too. What is not freed through these operators: `runtime/wiping_memory.hpp`.
//
// Sanitizers bring operators of their own, and check that both sides of a pair are theirs.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ACR_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ACR_SANITIZED 1
#endif
#endif

#ifndef ACR_SANITIZED

#include <cstddef>
#include <cstdlib>
#include <new>

#include "runtime/wiping_memory.hpp"

namespace {

template <class Allocate>
void* allocate(Allocate allocate_once) {
  for (;;) {
    if (auto* memory = allocate_once())
      return memory;
    const auto handler = std::get_new_handler();
    if (handler == nullptr)
      throw std::bad_alloc{};
    handler();
  }
}

} // namespace

// The other forms of the standard library (arrays, `std::nothrow`) call these.

void* operator new(std::size_t size) {
  return allocate([size] { return std::malloc(size == 0 ? 1 : size); });
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  const auto whole = (size + unit - 1) / unit * unit; // as aligned_alloc demands
  return allocate([=] { return std::aligned_alloc(unit, whole == 0 ? unit : whole); });
}

void operator delete(void* memory) noexcept { acr::wiping_free(memory); }
void operator delete(void* memory, std::size_t) noexcept { acr::wiping_free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { acr::wiping_free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  acr::wiping_free(memory);
}

#endif
