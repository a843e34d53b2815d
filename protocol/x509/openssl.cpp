#include "protocol/x509/openssl.hpp"

#include <array>

#include <openssl/err.h>

namespace acr::x509 {

namespace {

std::string last_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

} // namespace

openssl_error::openssl_error(const std::string& step)
    : std::runtime_error{step + ": " + last_error()} {}

void must(int answer, const char* step) {
  if (answer != 1)
    throw openssl_error{step};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace acr::x509
