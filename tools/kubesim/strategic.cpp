// Strategic merge patches.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include <boost/json/serialize.hpp>

#include "protocol/json.hpp"
#include "tools/kubesim/patch.hpp"
#include "tools/kubesim/refusal.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

constexpr const char* directive = "$patch";
constexpr std::string_view from_list = "$deleteFromPrimitiveList/";
constexpr std::string_view order_of = "$setElementOrder/";

using sameness = std::function<bool(const json::value&, const json::value&)>;

refusal unknown_directive(const json::object& patch) {
  return internal("unknown patch type: " + as_go_prints(patch.at(directive)) +
                  " in map: " + as_go_prints(patch));
}

/// The value to set where there was none: without directives and nulls.
std::optional<json::value> without_directives(const json::value& patch) {
  if (patch.is_object()) {
    json::object out;
    for (const auto& item : patch.get_object()) {
      if (item.key() == directive)
        return std::nullopt;
      if (item.key().starts_with('$') || item.value().is_null())
        continue;
      if (auto member = without_directives(item.value()))
        out[item.key()] = std::move(*member);
    }
    return out;
  }
  if (patch.is_array()) {
    json::array out;
    for (const auto& item : patch.get_array())
      if (auto member = without_directives(item))
        out.push_back(std::move(*member));
    return out;
  }
  return patch;
}

std::ptrdiff_t place_in(const json::array& list, const json::value& item, const sameness& same) {
  return std::find_if(list.begin(), list.end(),
                      [&](const json::value& other) { return same(other, item); }) -
         list.begin();
}

/// The order of a merged list: items in `order` as it says; in between, as far as the previous list
/// determines it, those that only the server has.
void order_merged(json::array& list, const json::array& before, const json::array& order,
                  const sameness& same) {
  const auto old_size = static_cast<std::ptrdiff_t>(before.size());
  const auto named_size = static_cast<std::ptrdiff_t>(order.size());
  std::vector<json::value> named;
  std::vector<json::value> kept;
  for (const auto& item : list)
    (place_in(order, item, same) < named_size ? named : kept).push_back(item);
  std::stable_sort(named.begin(), named.end(), [&](const json::value& a, const json::value& b) {
    return place_in(order, a, same) < place_in(order, b, same);
  });
  json::array out;
  auto next = kept.begin();
  for (const auto& item : named) {
    const auto place = place_in(before, item, same);
    while (next != kept.end() && place < old_size && place_in(before, *next, same) < place)
      out.push_back(*next++);
    out.push_back(item);
  }
  out.insert(out.end(), next, kept.end());
  list = std::move(out);
}

void merge_object(const structure* what, json::object& to, const json::object& patch);

sameness by_key(const std::string& key) {
  return [key](const json::value& a, const json::value& b) {
    const auto* one = a.is_object() ? a.get_object().if_contains(key) : nullptr;
    const auto* other = b.is_object() ? b.get_object().if_contains(key) : nullptr;
    return one && other && *one == *other;
  };
}

/// Merges a list with keyed items. Returns the patch's items that are not directives.
json::array merge_keyed(const type& is, json::array& to, const json::array& patch) {
  const auto same = by_key(is.key);
  json::array plain;
  for (const auto& item : patch) {
    const auto order = item.is_object() ? string_at(&item.get_object(), directive) : "";
    if (order == "replace") {
      to.clear();
      continue;
    }
    if (!order.empty() && order != "delete")
      throw unknown_directive(item.get_object());
    if (!item.is_object() || !item.get_object().contains(is.key))
      throw internal("map: " + as_go_prints(item) +
                     " does not contain declared merge key: " + is.key);
    auto* const at = to.begin() + place_in(to, item, same);
    if (order == "delete") {
      if (at != to.end())
        to.erase(at);
      continue;
    }
    plain.push_back(item);
    if (at == to.end())
      to.push_back(item);
    else if (at->is_object() && is.element->what == type::shape::structure)
      merge_object(is.element->of, at->get_object(), item.get_object());
    else
      *at = item;
  }
  return plain;
}

void merge_list(const type& is, json::array& to, const json::array& patch,
                const json::array* wanted_order) {
  const auto before = to;
  if (!is.key.empty()) {
    const auto plain = merge_keyed(is, to, patch);
    order_merged(to, before, wanted_order ? *wanted_order : plain, by_key(is.key));
  } else if (is.set) {
    for (const auto& added : patch)
      if (std::find(to.begin(), to.end(), added) == to.end())
        to.push_back(added);
    order_merged(to, before, wanted_order ? *wanted_order : patch, std::equal_to<>{});
  } else {
    to = patch;
  }
}

const json::array* array_at(const json::object& from, const std::string& key) {
  const auto* value = from.if_contains(key);
  return value && value->is_array() ? &value->get_array() : nullptr;
}

/// Applies directives about members of `to`.
void obey(const structure* what, json::object& to, const json::object& patch) {
  if (const auto* kept = array_at(patch, "$retainKeys")) {
    json::object rest;
    for (const auto& item : to)
      if (std::find(kept->begin(), kept->end(), json::value(item.key())) != kept->end())
        rest[item.key()] = item.value();
    to = std::move(rest);
  }
  for (const auto& item : patch) {
    const std::string key{item.key()};
    if (!item.value().is_array())
      continue;
    if (key.starts_with(from_list)) {
      if (auto* list = to.if_contains(key.substr(from_list.size())); list && list->is_array())
        for (const auto& gone : item.value().get_array()) {
          auto& items = list->get_array();
          auto* const at = std::find(items.begin(), items.end(), gone);
          if (at != items.end())
            items.erase(at);
        }
    } else if (key.starts_with(order_of)) {
      const auto name = key.substr(order_of.size());
      const auto* is = what ? what->find(name) : nullptr;
      auto* list = to.if_contains(name);
      if (is && !patch.contains(name) && list && list->is_array())
        merge_list(*is, list->get_array(), is->atomic ? list->get_array() : json::array{},
                   &item.value().get_array());
    }
  }
}

/// `what`: null for a map.
void merge_object(const structure* what, json::object& to, const json::object& patch) {
  if (const auto* order = patch.if_contains(directive)) {
    if (*order != "replace" && *order != "delete")
      throw unknown_directive(patch);
    const bool replacing = *order == "replace";
    to = replacing ? patch : json::object{};
    to.erase(directive);
    return;
  }
  obey(what, to, patch);
  for (const auto& item : patch) {
    const std::string key{item.key()};
    const auto& value = item.value();
    if (key.starts_with('$'))
      continue;
    if (value.is_null()) {
      to.erase(key);
      continue;
    }
    auto* old = to.if_contains(key);
    if (!old || old->is_null()) {
      if (auto fresh = without_directives(value))
        to[key] = std::move(*fresh);
      continue;
    }
    const auto* is = what ? what->find(key) : nullptr;
    if (old->is_object() && value.is_object() && (!is || is->what != type::shape::any))
      merge_object(is ? is->of : nullptr, old->get_object(), value.get_object());
    else if (is && is->what == type::shape::list && old->is_array() && value.is_array())
      merge_list(*is, old->get_array(), value.get_array(),
                 array_at(patch, std::string{order_of}.append(key)));
    else
      *old = value;
  }
}

} // namespace

std::string as_go_prints(const json::value& value) {
  std::string out;
  if (value.is_object()) {
    std::map<std::string, const json::value*> sorted;
    for (const auto& item : value.get_object())
      sorted[item.key()] = &item.value();
    for (const auto& [key, member] : sorted)
      out.append(out.empty() ? "" : " ").append(key).append(":").append(as_go_prints(*member));
    return "map[" + out + "]";
  }
  if (value.is_array()) {
    for (const auto& item : value.get_array())
      out.append(out.empty() ? "" : " ").append(as_go_prints(item));
    return "[" + out + "]";
  }
  return value.is_string() ? std::string{value.get_string()}
         : value.is_null() ? "<nil>"
                           : json::serialize(value);
}

void apply_strategic_patch(const structure& what, json::object& to, const json::object& patch) {
  merge_object(&what, to, patch);
}

} // namespace acr::kubesim
