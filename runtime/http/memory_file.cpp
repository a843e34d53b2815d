#include "runtime/http/memory_file.hpp"

#include <cerrno>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

namespace acr {

memory_file::memory_file(std::string_view content) : descriptor_{memfd_create("acr", MFD_CLOEXEC)} {
  const auto give_up = [this](const char* what) {
    const std::error_code reason{errno, std::generic_category()};
    if (descriptor_ >= 0)
      close(descriptor_);
    throw std::system_error{reason, what};
  };
  if (descriptor_ < 0)
    give_up("memfd_create");
  while (!content.empty()) {
    const auto written = write(descriptor_, content.data(), content.size());
    if (written < 0 && errno != EINTR)
      give_up("write to memory");
    if (written > 0)
      content.remove_prefix(static_cast<std::size_t>(written));
  }
  path_ = "/proc/self/fd/" + std::to_string(descriptor_);
}

memory_file::~memory_file() { close(descriptor_); }

} // namespace acr
