#include "tools/simkit/openssl.hpp"

#include <array>

#include <openssl/err.h>

namespace acr::simkit {

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

std::string sha256(std::string_view bytes) {
  std::string out(32, '\0');
  unsigned size = 0;
  must(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
                  EVP_sha256(), nullptr),
       "SHA-256");
  return out;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4 & 15U];
    out += digits[static_cast<unsigned char>(c) & 15U];
  }
  return out;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace acr::simkit
