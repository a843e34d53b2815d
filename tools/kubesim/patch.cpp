#include "tools/kubesim/patch.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

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

/// Parsed documents are written with sorted members by the server, as its messages show.
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
      // An absent member of an object is set: as in the library that the server uses.
      if (path.empty()) {
        document_ = value;
        return;
      }
      auto& into = parent(path);
      if (into.is_object())
        set(into.get_object(), path.back(), value);
      else if (auto* at = child(into, path.back()))
        *at = value;
      else
        throw broken_patch();
    } else if (what == "test") {
      auto& within = parent(path);
      const auto* at = child(within, path.back());
      if (at ? *at != value : !within.is_object() || !value.is_null())
        throw broken_patch();
    } else if (what == "move" || what == "copy") {
      const auto from = path_parts(text("from"));
      auto& within = parent(from);
      const auto* at = child(within, from.back());
      if (!at && (what == "move" || !within.is_object()))
        throw broken_patch();
      const auto moved = at ? *at : json::value{}; // an absent member is copied as null
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

} // namespace acr::kubesim
