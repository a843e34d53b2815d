#include "tools/simkit/kept_files.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace acr::simkit {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    throw std::runtime_error{"cannot read " + path.string()};
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_file(const fs::path& path, const std::string& text, readable who) {
  const auto draft = path.string() + ".new";
  fs::remove(draft);
  {
    std::ofstream out{draft, std::ios::binary};
    if (who == readable::by_owner)
      fs::permissions(draft, fs::perms::owner_read | fs::perms::owner_write);
    out << text;
    if (!out.flush())
      throw std::runtime_error{"cannot write " + draft};
  }
  fs::rename(draft, path);
}

} // namespace acr::simkit
