/// Files that a simulator keeps from one run to the next, so that clients keep trusting it.
#pragma once

#include <filesystem>
#include <string>

#include "tools/simkit/pki.hpp"

namespace acr::simkit {

/// Throws std::runtime_error naming the file if it cannot be read.
std::string read_file(const std::filesystem::path& path);

enum class readable { by_owner, by_all };

/// Writes atomically: readers never see half a file. Throws if it cannot be written.
void write_file(const std::filesystem::path& path, const std::string& text, readable who);

/// Reads `certificate` and `key`, checked to belong together; if missing, creates them by `make`.
template <class Make>
identity_pem kept_or_new(const std::filesystem::path& certificate, const std::filesystem::path& key,
                         Make make) {
  if (std::filesystem::exists(certificate) && std::filesystem::exists(key)) {
    identity_pem known{read_file(certificate), read_file(key)};
    check_pair(known);
    return known;
  }
  auto fresh = make();
  write_file(key, fresh.key, readable::by_owner);
  write_file(certificate, fresh.certificate, readable::by_all);
  return fresh;
}

/// Reads the secret text of a file; if missing, creates it by `make`.
template <class Make>
std::string kept_or_new(const std::filesystem::path& path, Make make) {
  if (std::filesystem::exists(path))
    return read_file(path);
  auto fresh = make();
  write_file(path, fresh, readable::by_owner);
  return fresh;
}

} // namespace acr::simkit
