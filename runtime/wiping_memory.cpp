#include "runtime/wiping_memory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <curl/curl.h>
#include <malloc.h>
#include <openssl/crypto.h>

namespace acr {

void wiping_free(void* memory) noexcept {
  if (memory != nullptr)
    OPENSSL_cleanse(memory, malloc_usable_size(memory));
  std::free(memory);
}

namespace {

/// Never in place: what is cut off would stay, and what moves would leave a copy.
void* wiping_realloc(void* memory, std::size_t size) {
  void* fresh = std::malloc(size);
  if (fresh == nullptr || memory == nullptr)
    return fresh;
  std::memcpy(fresh, memory, std::min(size, malloc_usable_size(memory)));
  wiping_free(memory);
  return fresh;
}

// What OpenSSL calls, with the place of the call.

void* allocate(std::size_t size, const char* /*file*/, int /*line*/) { return std::malloc(size); }

void* reallocate(void* memory, std::size_t size, const char* /*file*/, int /*line*/) {
  if (size != 0)
    return wiping_realloc(memory, size);
  wiping_free(memory);
  return nullptr;
}

void release(void* memory, const char* /*file*/, int /*line*/) { wiping_free(memory); }

} // namespace

bool begin_curl() {
  static const auto begun = curl_global_init_mem(CURL_GLOBAL_DEFAULT, std::malloc, wiping_free,
                                                 wiping_realloc, strdup, std::calloc);
  return begun == CURLE_OK;
}

bool wipe_what_openssl_frees() {
  return CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;
}

} // namespace acr
