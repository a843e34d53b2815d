// What libFuzzer calls.
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are what a socket gives
  acr::fuzz::target({reinterpret_cast<const char*>(data), size});
  return 0;
}
