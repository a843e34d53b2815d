#include "protocol/base64.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

#include <openssl/evp.h>

#include "protocol/secret_string.hpp"

namespace acr {

namespace {

// EVP_EncodeBlock counts in int; our documents are far smaller.
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

/// Without a branch per character: this loop dominates the time for a large document.
bool in_alphabet(std::string_view text) {
  unsigned inside = 1;
  for (const char c : text)
    inside &= static_cast<unsigned>(alphabet[static_cast<unsigned char>(c)]);
  return inside != 0;
}

/// `packed`: characters of the alphabet and then padding, in fours.
std::optional<std::string> decoded(std::string_view packed, std::size_t padding) {
  if (packed.size() % 4 != 0 || packed.size() > most)
    return std::nullopt;
  std::string bytes(packed.size() / 4 * 3, '\0');
  const auto length =
      EVP_DecodeBlock(bytes_of(bytes), bytes_of(packed), static_cast<int>(packed.size()));
  if (length < 0)
    return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

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
  const auto end = text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
  if (end <= 2 && in_alphabet(text.substr(0, text.size() - end)))
    return decoded(text, end);
  // Line ends in between, or an invalid character.
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
  auto bytes = padding <= 2 ? decoded(packed, padding) : std::nullopt;
  wipe(packed);
  return bytes;
}

} // namespace acr
