#include "runtime/observability/exposition.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace acr {

namespace {

/// Escapes the format's special characters; a quote is one only in the value of a label.
std::string escaped(std::string_view text, bool label) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && label)
      out += "\\\"";
    else
      out += c;
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value))
    return "NaN";
  if (std::isinf(value))
    return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 64> buffer{};
  auto* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

} // namespace

void exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(escaped(help, false)).append("\n");
  text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void exposition::sample(double value, labels with, std::string_view suffix) {
  text_.append(name_).append(suffix);
  const char* before = "{";
  for (const auto& [key, text] : with) {
    text_.append(before).append(key).append("=\"").append(escaped(text, true)).append("\"");
    before = ",";
  }
  if (with.size() > 0)
    text_ += '}';
  text_.append(" ").append(number(value)).append("\n");
}

} // namespace acr
