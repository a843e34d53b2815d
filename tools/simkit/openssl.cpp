#include "tools/simkit/openssl.hpp"

namespace acr::simkit {

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

} // namespace acr::simkit
