#include "tools/kubesim/patch.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <boost/json/serialize.hpp>

#include "tools/kubesim/refusal.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

std::vector<std::string> path_parts(std::string_view pointer) {
  std::vector<std::string> out;
  if (pointer.empty())
    return out;
  if (pointer[0] != '/')
    throw broken_patch();
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto part = pointer.substr(0, pointer.find('/'));
    std::string plain;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] == '~' && i + 1 < part.size()) {
        plain += part[i + 1] == '1' ? '/' : '~';
        ++i;
      } else {
        plain += part[i];
      }
    }
    out.push_back(std::move(plain));
    pointer.remove_prefix(part.size());
  }
  return out;
}

std::optional<std::size_t> index_in(const std::string& part, std::size_t limit) {
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
  if (error != std::errc{} || end != part.data() + part.size() || out >= limit)
    return std::nullopt;
  return out;
}

/// What the server has taken apart it writes with sorted members, which its messages show.
void sort_members(json::object& of) {
  std::vector<std::pair<std::string, json::value>> members;
  for (auto& item : of)
    members.emplace_back(item.key(), std::move(item.value()));
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  of.clear();
  for (auto& [key, value] : members)
    of[key] = std::move(value);
}

json::value* child(json::value& of, const std::string& part) {
  if (of.is_object())
    return of.get_object().if_contains(part);
  if (of.is_array())
    if (const auto index = index_in(part, of.get_array().size()))
      return &of.get_array()[*index];
  return nullptr;
}

class patcher {
public:
  explicit patcher(json::value& document) : document_{document} {}

  void apply(const json::object& operation) {
    const auto text = [&](const char* name) -> std::string {
      const auto* value = operation.if_contains(name);
      if (!value || !value->is_string())
        throw broken_patch();
      return std::string{value->get_string()};
    };
    const auto what = text("op");
    const auto path = path_parts(text("path"));
    const auto* given = operation.if_contains("value");
    const auto value = given ? *given : json::value{};
    if (what == "add") {
      add(path, value);
    } else if (what == "remove") {
      remove(path);
    } else if (what == "replace") {
      // An absent member of an object is set: so does the library that the server uses.
      auto& into = parent(path);
      if (into.is_object())
        set(into.get_object(), path.back(), value);
      else if (auto* at = child(into, path.back()))
        *at = value;
      else
        throw broken_patch();
    } else if (what == "test") {
      const auto* at = find(path);
      if (at ? *at != value : !value.is_null())
        throw broken_patch();
    } else if (what == "move" || what == "copy") {
      const auto from = path_parts(text("from"));
      const auto* at = find(from);
      if (!at)
        throw broken_patch();
      const auto moved = *at;
      if (what == "move")
        remove(from);
      add(path, moved);
    } else {
      throw broken_patch();
    }
  }

private:
  json::value* find(const std::vector<std::string>& path) {
    auto* at = &document_;
    for (const auto& part : path) {
      if (at->is_object())
        sort_members(at->get_object());
      if (at = child(*at, part); !at)
        return nullptr;
    }
    return at;
  }

  json::value& parent(const std::vector<std::string>& path) {
    if (path.empty())
      throw broken_patch();
    auto* at = find({path.begin(), path.end() - 1});
    if (!at || !at->is_structured())
      throw broken_patch();
    return *at;
  }

  static void set(json::object& into, const std::string& member, const json::value& value) {
    into[member] = value;
    sort_members(into);
  }

  void add(const std::vector<std::string>& path, const json::value& value) {
    auto& into = parent(path);
    if (into.is_object()) {
      set(into.get_object(), path.back(), value);
      return;
    }
    auto& list = into.get_array();
    const auto index =
        path.back() == "-" ? std::optional{list.size()} : index_in(path.back(), list.size() + 1);
    if (!index)
      throw broken_patch();
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(*index), value);
  }

  void remove(const std::vector<std::string>& path) {
    auto& from = parent(path);
    if (!child(from, path.back()))
      throw broken_patch();
    if (from.is_object()) {
      from.get_object().erase(path.back());
      sort_members(from.get_object());
    } else {
      auto& list = from.get_array();
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(*index_in(path.back(), list.size())));
    }
  }

  json::value& document_;
};

const json::value* key_of(const json::value& item, const std::string& key) {
  return item.is_object() ? item.get_object().if_contains(key) : nullptr;
}

std::string directive(const json::value& item) {
  const auto* found = key_of(item, "$patch");
  return found && found->is_string() ? std::string{found->get_string()} : std::string{};
}

void merge_keyed(const type& is, json::array& to, const json::array& patch) {
  for (const auto& item : patch) {
    const auto order = directive(item);
    if (order == "replace") {
      to.clear();
      continue;
    }
    const auto* key = key_of(item, is.key);
    if (!key)
      throw refusal{500, "",
                    "map: " + json::serialize(item) +
                        " does not contain declared merge key: " + is.key};
    auto* const same = std::find_if(to.begin(), to.end(), [&](const json::value& old) {
      const auto* known = key_of(old, is.key);
      return known && *known == *key;
    });
    if (order == "delete") {
      if (same != to.end())
        to.erase(same);
    } else if (same == to.end()) {
      to.push_back(item);
    } else if (same->is_object() && is.element->what == type::shape::structure) {
      apply_strategic_patch(*is.element->of, same->get_object(), item.get_object());
    } else {
      *same = item;
    }
  }
}

/// What strategic merging knows as a list that merges: ServiceAccounts' lists have the patch key
/// "name" although server-side apply sees imagePullSecrets as one value.
std::string merge_key(const structure& what, const std::string& member, const type& is) {
  if (what.name == "ServiceAccount" && (member == "imagePullSecrets" || member == "secrets"))
    return {}; // see the contract tests: replaced as a whole
  return is.key;
}

} // namespace

json::value apply_json_patch(json::value to, const json::value& patch) {
  if (!patch.is_array())
    throw bad_request("error decoding patch: json: cannot unmarshal object into Go value of type "
                      "[]handlers.jsonPatchOp");
  patcher document{to};
  for (const auto& operation : patch.get_array()) {
    if (!operation.is_object())
      throw bad_request("error decoding patch: json: cannot unmarshal into Go value of type "
                        "handlers.jsonPatchOp");
    document.apply(operation.get_object());
  }
  return to;
}

void apply_merge_patch(json::value& to, const json::value& patch) {
  if (!patch.is_object()) {
    to = patch;
    return;
  }
  if (!to.is_object())
    to = json::object{};
  for (const auto& item : patch.get_object()) {
    if (item.value().is_null())
      to.get_object().erase(item.key());
    else
      apply_merge_patch(to.get_object()[item.key()], item.value());
  }
  sort_members(to.get_object());
}

void apply_strategic_patch(const structure& what, json::object& to, const json::object& patch) {
  for (const auto& item : patch) {
    const std::string key{item.key()};
    constexpr std::string_view from_list = "$deleteFromPrimitiveList/";
    if (key.starts_with(from_list) && item.value().is_array()) {
      if (auto* list = to.if_contains(key.substr(from_list.size())); list && list->is_array())
        for (const auto& gone : item.value().get_array()) {
          auto& items = list->get_array();
          auto* const at = std::find(items.begin(), items.end(), gone);
          if (at != items.end())
            items.erase(at);
        }
      continue;
    }
    if (key.starts_with('$'))
      continue;
    const auto* is = what.find(key);
    if (item.value().is_null()) {
      to.erase(key);
    } else if (!is || !to.contains(key) || to[key].is_null()) {
      if (is && is->what == type::shape::map && item.value().is_object())
        apply_merge_patch(to[key], item.value()); // no nulls get in
      else if (is && is->what == type::shape::structure && item.value().is_object())
        apply_strategic_patch(*is->of, to[key].emplace_object(), item.value().get_object());
      else
        to[key] = item.value();
    } else if (is->what == type::shape::structure && item.value().is_object() &&
               to[key].is_object()) {
      apply_strategic_patch(*is->of, to[key].get_object(), item.value().get_object());
    } else if (is->what == type::shape::list && !merge_key(what, key, *is).empty() &&
               item.value().is_array() && to[key].is_array()) {
      merge_keyed(*is, to[key].get_array(), item.value().get_array());
    } else if (is->what == type::shape::list && is->set && item.value().is_array() &&
               to[key].is_array()) {
      for (const auto& added : item.value().get_array()) {
        auto& items = to[key].get_array();
        if (std::find(items.begin(), items.end(), added) == items.end())
          items.push_back(added);
      }
    } else if (is->what == type::shape::list || is->what == type::shape::any) {
      to[key] = item.value();
    } else {
      apply_merge_patch(to[key], item.value());
    }
  }
}

} // namespace acr::kubesim
