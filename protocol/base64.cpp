#include "protocol/base64.hpp"

#include <array>
#include <cstddef>
#include <limits>

#include <openssl/evp.h>

#include "protocol/secret_string.hpp"

namespace acr {

namespace {

// EVP_EncodeBlock counts in int; no document of ours comes near.
constexpr std::size_t most = std::numeric_limits<int>::max() / 2;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

constexpr std::array<bool, 256> alphabet = [] {
  std::array<bool, 256> in{};
  for (const char c :
       std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"})
    in.at(static_cast<unsigned char>(c)) = true;
  return in;
}();

} // namespace

std::string encode_base64(std::string_view bytes) {
  if (bytes.size() > most)
    return {};
  // EVP_EncodeBlock ends its output with a zero byte.
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
  text.pop_back();
  return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string packed(text.size(), '\0');
  std::size_t used = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r')
      continue;
    if (c == '=')
      ++padding;
    else if (padding > 0 || !alphabet.at(static_cast<unsigned char>(c)))
      return std::nullopt;
    packed[used++] = c;
  }
  packed.resize(used);
  if (packed.size() % 4 != 0 || padding > 2 || packed.size() > most)
    return std::nullopt;
  std::string bytes(packed.size() / 4 * 3, '\0');
  const auto length =
      EVP_DecodeBlock(bytes_of(bytes), bytes_of(packed), static_cast<int>(packed.size()));
  wipe(packed);
  if (length < 0)
    return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

} // namespace acr
