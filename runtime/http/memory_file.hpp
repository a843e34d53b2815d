/// A file that exists only in memory: for libraries that need a path.
#pragma once

#include <string>
#include <string_view>

namespace acr {

class memory_file {
public:
  /// Throws `std::system_error` if there is no memory or no descriptor left for it.
  explicit memory_file(std::string_view content);
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file();

  /// Valid in this process, during the object's lifetime.
  const std::string& path() const { return path_; }

private:
  int descriptor_;
  std::string path_;
};

} // namespace acr
