#include "tools/simkit/form.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace acr::simkit {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode64(std::string_view bytes, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) {
      if (j <= count)
        out += alphabet[group >> (18 - 6 * j) & 63U];
      else if (padded)
        out += '=';
    }
  }
  return out;
}

int digit64(char c) {
  if (c == '-')
    return 62;
  if (c == '_')
    return 63;
  const auto at = standard.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

} // namespace

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string_view value_of(const parameters& list, std::string_view name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const auto& item) { return item.first == name; });
  return found == list.end() ? std::string_view{} : std::string_view{found->second};
}

bool has(const parameters& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(),
                     [&](const auto& item) { return item.first == name; });
}

std::pair<std::string_view, std::string_view> split_target(std::string_view target) {
  // Absolute form, as sent to a proxy: http://host/path
  if (const auto scheme = target.find("://"); scheme < 8) { // npos is not
    const auto slash = target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? std::string_view{"/"} : target.substr(slash);
  }
  const auto mark = target.find('?');
  if (mark == std::string_view::npos)
    return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::string host_name(std::string_view host) {
  if (host.starts_with('['))
    return lower(host.substr(1, std::min(host.find(']'), host.size()) - 1));
  return lower(host.substr(0, std::min(host.find(':'), host.size())));
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), lower_char);
  return out;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_char(x) == lower_char(y); });
}

std::string base64(std::string_view bytes) { return encode64(bytes, standard, true); }
std::string base64url(std::string_view bytes) { return encode64(bytes, url_safe, false); }

bool base64_decode(std::string_view text, std::string& bytes) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  bytes.clear();
  if (text.size() % 4 == 1)
    return false;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int digit = digit64(c);
    if (digit < 0)
      return false;
    group = group << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits & 255U);
    }
  }
  return true;
}

} // namespace acr::simkit
