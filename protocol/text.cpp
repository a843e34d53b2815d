#include "protocol/text.hpp"

#include <algorithm>
#include <array>

namespace acr {

namespace {

struct leading_byte {
  std::size_t length = 0; ///< Of the character in bytes; 0: not a first byte.
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

/// The length in bytes of the UTF-8 character with which the text begins; 0 if none does.
std::size_t character(std::string_view text) {
  const auto first = lead(static_cast<unsigned char>(text.front()));
  if (first.length <= 1)
    return first.length;
  if (text.size() < first.length)
    return 0;
  const auto tail = text.substr(1, first.length - 1);
  const auto second = static_cast<unsigned char>(tail.front());
  const bool whole = second >= first.least && second <= first.most &&
                     std::all_of(tail.begin(), tail.end(), continues);
  return whole ? first.length : 0;
}

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

/// Whether a character is not text but controls a terminal or a browser: controls, separators of
/// lines, and the marks of Unicode's bidirectional algorithm (UAX 9).
bool steers(std::string_view one) {
  if (one.size() == 1)
    return one[0] < ' ' || one[0] == '\x7F';
  if (one.size() == 2)
    return (one[0] == '\xC2' && one[1] <= '\x9F') || one == "\u061C";
  constexpr std::array<std::string_view, 13> marks{"\u200E", "\u200F", "\u2028", "\u2029", "\u202A",
                                                   "\u202B", "\u202C", "\u202D", "\u202E", "\u2066",
                                                   "\u2067", "\u2068", "\u2069"};
  return std::find(marks.begin(), marks.end(), one) != marks.end();
}

} // namespace

std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto length = character(text);
    if (length == 0)
      out += replacement;
    else if (steers(text.substr(0, length)))
      out += ' ';
    else
      out += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string_view beginning(std::string_view text, std::size_t most) {
  auto end = std::min(text.size(), most);
  while (end < text.size() && end > 0 && continues(text[end]))
    --end;
  return text.substr(0, end);
}

std::optional<std::size_t> first_not_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto length = character(text.substr(i));
    if (length == 0)
      return i;
    i += length;
  }
  return std::nullopt;
}

std::string_view trim_ascii(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace acr
