#include "protocol/text.hpp"

#include <algorithm>

namespace acr {

namespace {

struct leading_byte {
  std::size_t length = 0; ///< Of the character in bytes; 0: none begins so.
  unsigned char least = 0x80;
  unsigned char most = 0xBF; ///< Bounds of the second byte.
};

leading_byte lead(unsigned char c) {
  if (c < 0x80)
    return {1};
  if (c < 0xC2 || c > 0xF4)
    return {};
  if (c < 0xE0)
    return {2};
  if (c < 0xF0)
    return {3, c == 0xE0 ? static_cast<unsigned char>(0xA0) : static_cast<unsigned char>(0x80),
            c == 0xED ? static_cast<unsigned char>(0x9F) : static_cast<unsigned char>(0xBF)};
  return {4, c == 0xF0 ? static_cast<unsigned char>(0x90) : static_cast<unsigned char>(0x80),
          c == 0xF4 ? static_cast<unsigned char>(0x8F) : static_cast<unsigned char>(0xBF)};
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

} // namespace

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  return text;
}

std::string_view beginning(std::string_view text, std::size_t most) {
  auto end = std::min(text.size(), most);
  while (end < text.size() && end > 0 && continues(text[end]))
    --end;
  return text.substr(0, end);
}

std::optional<std::size_t> first_not_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = lead(static_cast<unsigned char>(text[i]));
    if (first.length == 0 || text.size() - i < first.length)
      return i;
    if (first.length > 1) {
      const auto tail = text.substr(i + 1, first.length - 1);
      const auto second = static_cast<unsigned char>(tail.front());
      if (second < first.least || second > first.most ||
          !std::all_of(tail.begin(), tail.end(), continues))
        return i;
    }
    i += first.length;
  }
  return std::nullopt;
}

} // namespace acr
