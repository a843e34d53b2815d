#include "runtime/heap.hpp"

#include <malloc.h>

namespace acr {

void keep_heap_small() {
  constexpr int arenas = 2;
  constexpr int trim_threshold = 128 * 1024; // bytes; glibc's own at the start
  mallopt(M_ARENA_MAX, arenas);
  mallopt(M_TRIM_THRESHOLD, trim_threshold);
}

} // namespace acr
