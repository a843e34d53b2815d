// Reads JSON as the server's types do.
#include <cmath>
#include <map>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/base64.hpp"
#include "protocol/time.hpp"
#include "tools/kubesim/schema.hpp"

namespace acr::kubesim {

namespace json = boost::json;
using shape = type::shape;

namespace {

const char* go_type(shape what) {
  switch (what) {
  case shape::text:
  case shape::time:
  case shape::micro_time:
    return "string";
  case shape::number:
    return "int32";
  case shape::flag:
    return "bool";
  case shape::bytes:
    return "[]uint8";
  default:
    return "struct";
  }
}

const char* json_kind(const json::value& value) {
  if (value.is_string())
    return "string";
  if (value.is_bool())
    return "bool";
  if (value.is_array())
    return "array";
  return value.is_object() ? "object" : "number";
}

class reader {
public:
  explicit reader(std::vector<std::string>* unknown) : unknown_{unknown} {}

  json::object read(const structure& what, const json::object& from, const std::string& path) {
    json::object out;
    for (const auto& item : what.fields) {
      const auto* value = from.if_contains(item.name);
      auto taken =
          value && !value->is_null()
              ? read(item.is, *value, what.name, path.empty() ? item.name : path + "." + item.name)
              : json::value{};
      if (keep(item.is, taken))
        out[item.name] = std::move(taken);
      else if (item.is.always)
        out[item.name] = zero(item.is);
    }
    if (unknown_)
      for (const auto& member : from)
        if (!what.find(member.key()))
          unknown_->push_back((path.empty() ? "" : path + ".") + std::string{member.key()});
    return out;
  }

private:
  static bool keep(const type& is, const json::value& value) {
    switch (value.kind()) {
    case json::kind::null:
      return false;
    case json::kind::string:
      return is.pointer || !value.get_string().empty() || is.what == shape::bytes;
    case json::kind::bool_:
      return is.pointer || value.get_bool();
    case json::kind::array:
      return is.always || !value.get_array().empty();
    case json::kind::object:
      return is.pointer || is.always || !value.get_object().empty();
    default:
      return is.pointer || value.to_number<double>() != 0;
    }
  }

  static json::value zero(const type& is) {
    switch (is.what) {
    case shape::text:
      return "";
    case shape::structure: {
      json::object out;
      for (const auto& item : is.of->fields)
        if (item.is.always)
          out[item.name] = zero(item.is);
      return out;
    }
    case shape::any:
      return json::object{};
    default:
      return nullptr;
    }
  }

  [[noreturn]] static void wrong(const json::value& value, const type& is, const std::string& owner,
                                 const std::string& place) {
    throw unreadable{std::string{"json: cannot unmarshal "} + json_kind(value) +
                     " into Go struct field " + owner + "." + place + " of type " +
                     (is.wide ? "int64" : go_type(is.what))};
  }

  json::value read(const type& is, const json::value& value, const std::string& owner,
                   const std::string& place) {
    switch (is.what) {
    case shape::any:
      return value;
    case shape::text:
      if (!value.is_string())
        wrong(value, is, owner, place);
      return value;
    case shape::flag:
      if (!value.is_bool())
        wrong(value, is, owner, place);
      return value;
    case shape::number: {
      if (!value.is_number() || value.to_number<double>() != std::floor(value.to_number<double>()))
        wrong(value, is, owner, place);
      return value.to_number<std::int64_t>();
    }
    case shape::bytes:
      return read_bytes(is, value, owner, place);
    case shape::time:
    case shape::micro_time:
      return read_time(is, value, owner, place);
    case shape::structure:
      if (!value.is_object())
        wrong(value, is, owner, place);
      return read(*is.of, value.get_object(), place);
    case shape::list: {
      if (!value.is_array())
        wrong(value, is, owner, place);
      json::array out;
      for (std::size_t i = 0; i < value.get_array().size(); ++i)
        out.push_back(
            read_item(is, value.get_array()[i], owner, place + "[" + std::to_string(i) + "]"));
      return out;
    }
    case shape::map: {
      if (!value.is_object())
        wrong(value, is, owner, place);
      std::map<std::string, json::value> sorted; // as the server writes maps
      for (const auto& item : value.get_object())
        sorted[std::string{item.key()}] = read_item(is, item.value(), owner, place);
      json::object out;
      for (auto& [key, member] : sorted)
        out[key] = std::move(member);
      return out;
    }
    }
    return value;
  }

  json::value read_item(const type& of, const json::value& value, const std::string& owner,
                        const std::string& place) {
    if (!value.is_null())
      return read(*of.element, value, owner, place);
    if (of.element->what == shape::structure)
      return json::object{};
    return of.element->what == shape::any ? value : json::value("");
  }

  static json::value read_bytes(const type& is, const json::value& value, const std::string& owner,
                                const std::string& place) {
    if (!value.is_string())
      wrong(value, is, owner, place);
    const std::string_view text = value.get_string();
    const auto decoded = decode_base64(text);
    if (!decoded)
      throw unreadable{"illegal base64 data at input byte " + std::to_string(first_wrong(text))};
    // Unchanged, unless it contains line ends or unused bits in its last group.
    const auto last = decoded->empty() ? 0 : (decoded->size() - 1) / 3 * 3;
    if (text.size() == (decoded->size() + 2) / 3 * 4 &&
        text.ends_with(encode_base64(std::string_view{*decoded}.substr(last))))
      return value;
    return json::value(encode_base64(*decoded));
  }

  /// Where Go's decoder fails: at an invalid byte, or at the beginning of an incomplete group of
  /// four.
  static std::size_t first_wrong(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto at = std::min(text.find_first_not_of(alphabet), text.size());
    const auto in_group = at % 4;
    if (at == text.size())
      return at - in_group;
    if (text[at] != '=' || in_group < 2)
      return at;
    const auto end = at + (in_group == 2 ? 2 : 1); // of the padding
    if (in_group == 2 && at + 1 == text.size())
      return text.size();
    return in_group == 2 && text[at + 1] != '=' ? at : end;
  }

  static std::string quoted_text(const std::string& text) {
    return json::serialize(json::value(text));
  }

  /// Parses a time as Go does by a layout, with its messages. Fractions of a second are in no
  /// layout, but accepted, except that times in microseconds require six digits.
  static void check_time(const std::string& text, bool micro) {
    const std::string fraction = micro ? ".000000" : "";
    const auto layout = "2006-01-02T15:04:05" + fraction + "Z07:00";
    std::string_view rest{text};
    const auto wrong_at = [&](const std::string& part) {
      return unreadable{"parsing time " + quoted_text(text) + " as " + quoted_text(layout) +
                            ": cannot parse " + quoted_text(std::string{rest}) + " as " +
                            quoted_text(part),
                        true};
    };
    const auto digits = [](std::string_view part) {
      return part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    for (const std::string part : {"2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05"}) {
      const auto piece = rest.substr(0, part.size());
      if (piece.size() < part.size() || (digits(part) ? !digits(piece) : piece != part))
        throw wrong_at(part);
      rest.remove_prefix(part.size());
    }
    if (micro) {
      const auto piece = rest.substr(0, fraction.size());
      if (piece.size() < fraction.size() || piece[0] != '.' || !digits(piece.substr(1)))
        throw wrong_at(fraction);
      rest.remove_prefix(piece.size());
    } else if (rest.starts_with('.') && rest.size() > 1 && digits(rest.substr(1, 1))) {
      rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
    }
    if (rest != "Z" && !(rest.size() == 6 && (rest[0] == '+' || rest[0] == '-')))
      throw wrong_at("Z07:00");
  }

  static json::value read_time(const type& is, const json::value& value, const std::string& owner,
                               const std::string& place) {
    if (!value.is_string())
      wrong(value, is, owner, place);
    const std::string text{value.get_string()};
    check_time(text, is.what == shape::micro_time);
    const auto time = parse_rfc3339(text);
    if (!time)
      throw unreadable{"parsing time " + quoted_text(text) + ": out of range", true};
    if (is.what == shape::time)
      return json::value(to_rfc3339(*time));
    auto out = to_rfc3339(*time);
    out.pop_back();
    const auto dot = text.find('.');
    auto fraction =
        dot == std::string::npos
            ? std::string{}
            : text.substr(dot + 1, text.find_first_not_of("0123456789", dot + 1) - dot - 1);
    fraction.resize(6, '0');
    return json::value(out + "." + fraction + "Z");
  }

  std::vector<std::string>* unknown_;
};

void find_undeclared(const structure& what, const json::object& from, const std::string& path,
                     std::vector<std::string>& out) {
  for (const auto& item : from) {
    const auto place = path + "." + std::string{item.key()};
    const auto* is = what.find(item.key());
    if (!is)
      out.push_back(place);
    else if (is->what == shape::structure && item.value().is_object())
      find_undeclared(*is->of, item.value().get_object(), place, out);
  }
}

} // namespace

json::object read_as(const structure& what, const json::object& from,
                     std::vector<std::string>* unknown) {
  return reader{unknown}.read(what, from, {});
}

void forget_empty_lists(const structure& what, json::object& object) {
  for (const auto& item : what.fields)
    if (item.is.what == shape::list && item.is.always)
      if (auto* value = object.if_contains(item.name);
          value && value->is_array() && value->get_array().empty())
        *value = nullptr;
}

std::vector<std::string> undeclared(const structure& what, const json::object& from) {
  std::vector<std::string> out;
  find_undeclared(what, from, {}, out);
  return out;
}

} // namespace acr::kubesim
