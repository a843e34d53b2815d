#include "config/tree_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/json.hpp>

namespace acr::config {

namespace {

namespace json = boost::json;

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// `15m`: not a number for any reader.
bool duration(std::string_view text) {
  const auto unit = text.find_first_not_of("0123456789");
  return unit != std::string_view::npos && unit > 0 && unit + 1 == text.size() &&
         std::string_view{"smh"}.find(text[unit]) != std::string_view::npos;
}

/// Whether all YAML readers take it for this text, without quotes.
bool plain(std::string_view text) {
  if (duration(text))
    return true;
  constexpr std::array<std::string_view, 9> words{"null", "true", "false", "yes", "no",
                                                  "on",   "off",  "y",     "n"};
  const auto harmless = [](char c) {
    return letter(c) || (c >= '0' && c <= '9') ||
           std::string_view{"-._/@:"}.find(c) != std::string_view::npos;
  };
  return !text.empty() && letter(text.front()) && text.back() != ':' &&
         std::all_of(text.begin(), text.end(), harmless) &&
         std::none_of(words.begin(), words.end(),
                      [&](auto word) { return boost::iequals(word, text); });
}

std::string scalar(const json::value& value) {
  const auto* const text = value.if_string();
  return text != nullptr && plain(*text) ? std::string{*text} : json::serialize(value);
}

bool of_scalars(const json::array& list) {
  return std::none_of(list.begin(), list.end(),
                      [](const json::value& item) { return item.is_object() || item.is_array(); });
}

std::string indented(int depth) {
  std::string blanks(static_cast<std::size_t>(depth) * 2, ' ');
  return blanks;
}

template <class Scalar>
std::string in_one_line(const json::array& list, Scalar write) {
  std::string text{"["};
  for (const auto& item : list)
    text.append(text.size() == 1 ? "" : ", ").append(write(item));
  return text + "]";
}

class yaml_writer {
public:
  std::string take() { return std::move(out_); }

  void mapping(const json::object& value, int depth) {
    for (const auto& [key, item] : value) {
      begin(depth);
      out_.append(key).append(":");
      below(item, depth);
    }
  }

  void list(const json::array& value, int depth) {
    for (const auto& item : value) {
      begin(depth);
      out_ += "- ";
      open_ = true; // its first field follows the dash
      if (const auto* fields = item.if_object())
        mapping(*fields, depth + 1);
      else
        line(scalar(item));
    }
  }

private:
  void begin(int depth) {
    if (!open_)
      out_ += indented(depth);
    open_ = false;
  }

  void beside(const std::string& text) {
    out_ += ' ';
    line(text);
  }

  void line(const std::string& text) {
    out_.append(text).append("\n");
    open_ = false;
  }

  void below(const json::value& value, int depth) {
    if (const auto* fields = value.if_object()) {
      out_ += "\n";
      mapping(*fields, depth + 1);
    } else if (const auto* items = value.if_array()) {
      if (of_scalars(*items))
        return beside(in_one_line(*items, scalar));
      out_ += "\n";
      list(*items, depth);
    } else if (const auto* text = value.if_string(); text != nullptr && text->ends_with('\n')) {
      block(*text, depth + 1);
    } else {
      beside(scalar(value));
    }
  }

  void block(std::string_view text, int depth) {
    out_ += " |\n";
    while (!text.empty()) {
      const auto end = text.find('\n') + 1;
      out_.append(indented(depth)).append(text.substr(0, end));
      text.remove_prefix(end);
    }
  }

  std::string out_;
  bool open_ = false;
};

void write_json(const json::value& value, int depth, std::string& out) {
  const auto each = [&](const auto& items, char open, char close, auto write) {
    out += open;
    const char* between = "\n";
    for (const auto& item : items) {
      out.append(between).append(indented(depth + 1));
      write(item);
      between = ",\n";
    }
    out.append("\n").append(indented(depth)) += close;
  };
  if (const auto* fields = value.if_object(); fields != nullptr && !fields->empty())
    each(*fields, '{', '}', [&](const json::key_value_pair& field) {
      out.append(json::serialize(json::string{field.key()})).append(": ");
      write_json(field.value(), depth + 1, out);
    });
  else if (const auto* items = value.if_array(); items != nullptr && !of_scalars(*items))
    each(*items, '[', ']', [&](const json::value& item) { write_json(item, depth + 1, out); });
  else
    out += json::serialize(value);
}

} // namespace

std::string yaml_text(const json::value& tree) {
  yaml_writer writer;
  if (const auto* items = tree.if_array())
    writer.list(*items, 0);
  else
    writer.mapping(tree.as_object(), 0);
  return writer.take();
}

std::string json_text(const json::value& tree) {
  std::string out;
  write_json(tree, 0, out);
  return out + "\n";
}

} // namespace acr::config
