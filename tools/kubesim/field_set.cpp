#include "tools/kubesim/field_set.hpp"

#include <algorithm>
#include <array>
#include <list>
#include <map>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/json.hpp"
#include "tools/kubesim/field_path.hpp"
#include "tools/kubesim/merging.hpp"
#include "tools/kubesim/refusal.hpp"

namespace acr::kubesim {

namespace json = boost::json;
using shape = type::shape;

namespace {

/// The contents of an object, which must outlive it: its leaves with their values, and the
/// containers that count as fields.
struct contents {
  std::map<std::string, const json::value*> leaves;
  std::list<json::value> made; ///< Owns values that are in no object.
  field_set containers; ///< Maps, keyed lists and optional structures (Updates own them, too).
  field_set items;      ///< Items of keyed lists.

  field_set all() const {
    auto out = containers;
    out.insert(items.begin(), items.end());
    for (const auto& item : leaves)
      out.insert(item.first);
    return out;
  }
};

// Fields of the server itself.
bool untracked(const std::string& path) {
  static const std::array<std::string, 9> names{
      "name",       "namespace",     "creationTimestamp", "selfLink",    "uid",
      "generation", "managedFields", "resourceVersion",   "generateName"};
  if (path == "f:apiVersion" || path == "f:kind" || path == "f:metadata")
    return true;
  return std::any_of(names.begin(), names.end() - 1, [&](const std::string& name) {
    return path == "f:metadata\x1f"
                   "f:" +
                       name;
  });
}

/// `whole`: as for server-side apply, where an empty structure is a field.
void collect(const type& is, const json::value& value, const std::string& path, bool whole,
             contents& out);

void collect(const structure& what, const json::object& from, const std::string& path, bool whole,
             contents& out) {
  for (const auto& item : from) {
    const auto* is = what.find(item.key());
    const auto place = join_path(path, "f:" + std::string{item.key()});
    if (!is || (untracked(place) && place != "f:metadata"))
      continue;
    collect(*is, item.value(), place, whole, out);
    out.leaves.erase("f:metadata"); // an empty one
  }
}

void collect(const type& is, const json::value& value, const std::string& path, bool whole,
             contents& out) {
  const bool empty = (value.is_object() && value.get_object().empty()) ||
                     (value.is_array() && value.get_array().empty());
  if (is.leaf() || value.is_null() || !value.is_structured() ||
      (empty && !(whole && is.what == shape::list) &&
       (whole || is.pointer || is.what != shape::structure))) {
    out.leaves[path] = &value;
    return;
  }
  if (is.what == shape::structure) {
    if (is.pointer)
      out.containers.insert(path);
    collect(*is.of, value.get_object(), path, whole, out);
  } else if (is.what == shape::map) {
    out.containers.insert(path);
    for (const auto& item : value.get_object())
      collect(*is.element, item.value(), join_path(path, "f:" + std::string{item.key()}), whole,
              out);
  } else {
    out.containers.insert(path);
    for (const auto& item : value.get_array()) {
      const auto place = join_path(path, item_element(is, item));
      if (is.element->leaf()) {
        const auto added = out.leaves.emplace(place, &item);
        if (!added.second) { // a repeated key is another value
          out.made.emplace_back(json::array{*added.first->second, item});
          added.first->second = &out.made.back();
        }
        continue;
      }
      out.items.insert(place);
      collect(*is.element->of, item.get_object(), place, whole, out);
    }
  }
}

contents contents_of(const structure& what, const json::object& from, bool whole = false) {
  contents out;
  collect(what, from, {}, whole, out);
  return out;
}

struct difference {
  field_set changed; ///< Modified or added.
  field_set removed;
};

difference compare(const contents& before, const contents& next) {
  difference out;
  const auto old_paths = before.all();
  const auto new_paths = next.all();
  for (const auto& path : new_paths) {
    const auto was = before.leaves.find(path);
    const auto is = next.leaves.find(path);
    if (!old_paths.contains(path) ||
        (was != before.leaves.end() && is != next.leaves.end() && *was->second != *is->second))
      out.changed.insert(path);
  }
  for (const auto& path : old_paths)
    if (!new_paths.contains(path))
      out.removed.insert(path);
  return out;
}

field_set minus(const field_set& a, const field_set& b) {
  field_set out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}

/// One entry of managedFields.
struct entry {
  std::string manager;
  std::string operation;
  std::string api_version;
  std::string time;
  std::string subresource;
  field_set owns;
};

std::vector<entry> entries_of(const json::object& object) {
  std::vector<entry> out;
  const auto* metadata = object.if_contains("metadata");
  const auto* list = metadata ? metadata->get_object().if_contains("managedFields") : nullptr;
  if (!list || !list->is_array())
    return out;
  for (const auto& item : list->get_array()) {
    const auto& from = item.get_object();
    const auto* fields = from.if_contains("fieldsV1");
    out.push_back(
        {string_at(&from, "manager"), string_at(&from, "operation"), string_at(&from, "apiVersion"),
         string_at(&from, "time"), string_at(&from, "subresource"),
         fields && fields->is_object() ? from_fields_v1(fields->get_object()) : field_set{}});
  }
  return out;
}

json::array to_array(std::vector<entry> list) {
  std::erase_if(list, [](const entry& item) { return item.owns.empty(); });
  std::stable_sort(list.begin(), list.end(), [](const entry& a, const entry& b) {
    if (a.operation != b.operation)
      return a.operation < b.operation;
    return a.time != b.time ? a.time < b.time : a.manager < b.manager;
  });
  json::array out;
  for (const auto& item : list) {
    json::object made{
        {"manager", item.manager}, {"operation", item.operation}, {"apiVersion", item.api_version}};
    if (!item.time.empty())
      made["time"] = item.time;
    made["fieldsType"] = "FieldsV1";
    made["fieldsV1"] = to_fields_v1(item.owns);
    if (!item.subresource.empty())
      made["subresource"] = item.subresource;
    out.push_back(std::move(made));
  }
  return out;
}

entry& entry_for(std::vector<entry>& list, const writer& by, const std::string& operation) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const entry& item) {
    return item.manager == by.manager && item.operation == operation && item.subresource.empty() &&
           (operation == "Apply" || item.api_version == by.api_version);
  });
  if (found != list.end())
    return *found;
  list.push_back({by.manager, operation, by.api_version, {}, {}, {}});
  return list.back();
}

/// The fields that an apply would take away from another manager.
struct conflicting {
  entry owner;
  std::vector<std::string> fields;
};

refusal apply_conflict(std::vector<conflicting> conflicts) {
  // The server sorts by the text that identifies a manager, JSON that begins with the name.
  std::stable_sort(
      conflicts.begin(), conflicts.end(),
      [](const conflicting& a, const conflicting& b) { return a.owner.manager < b.owner.manager; });
  std::vector<cause> causes;
  std::string text;
  for (auto& [owner, fields] : conflicts) {
    std::sort(fields.begin(), fields.end(), walked_before);
    auto who = as_go_quotes(owner.manager);
    if (owner.operation == "Update")
      who += " using " + owner.api_version;
    text += (text.empty() ? "conflicts with " : "\nconflicts with ") + who + ":";
    for (const auto& item : fields) {
      causes.push_back({"FieldManagerConflict", "conflict with " + who, readable_path(item)});
      text += "\n- " + causes.back().field;
    }
  }
  text = causes.size() == 1 ? "1 conflict: " + causes[0].message + ": " + causes[0].field
                            : std::to_string(causes.size()) + " conflicts: " + text;
  return refusal{409, "Conflict", "Apply failed with " + text}.because(causes);
}

} // namespace

json::object to_fields_v1(const field_set& from) {
  json::object out;
  for (const auto& path : from) {
    auto* at = &out;
    for (std::size_t begin = 0; begin <= path.size();) {
      const auto end = std::min(path.find(path_separator, begin), path.size());
      auto& next = (*at)[path.substr(begin, end - begin)];
      if (!next.is_object())
        next.emplace_object();
      at = &next.get_object();
      // Parents come first in the set: one that is a member itself is marked by ".".
      if (end < path.size() && at->empty() && from.contains(path.substr(0, end)))
        (*at)["."].emplace_object();
      begin = end + 1;
    }
  }
  return out;
}

field_set from_fields_v1(const json::object& from) {
  field_set out;
  const auto walk = [&out](const auto& self, const json::object& at,
                           const std::string& path) -> void {
    if (at.empty() && !path.empty())
      out.insert(path);
    for (const auto& item : at) {
      if (item.key() == ".")
        out.insert(path);
      else if (item.value().is_object())
        self(self, item.value().get_object(), join_path(path, std::string{item.key()}));
    }
  };
  walk(walk, from, {});
  return out;
}

json::array managed_after_update(const structure& what, const json::object& before,
                                 const json::object& next, const writer& by, wall_time now) {
  const auto delta = compare(contents_of(what, before), contents_of(what, next));
  auto list = entries_of(before);
  // An object that has lost all owners is not tracked again until the next apply.
  if (list.empty() && before.contains("metadata") &&
      before.at("metadata").as_object().contains("resourceVersion"))
    return {};
  auto& own = entry_for(list, by, "Update");
  auto owns = minus(own.owns, delta.removed);
  owns.insert(delta.changed.begin(), delta.changed.end());
  const bool touched = owns != own.owns;
  for (auto& item : list)
    item.owns = minus(minus(item.owns, delta.changed), delta.removed);
  if (touched)
    own.time = to_rfc3339(now);
  own.owns = std::move(owns);
  return to_array(std::move(list));
}

applied apply_config(const structure& what, const json::object& live, const json::object& config,
                     const writer& by, bool force, wall_time now) {
  applied out{live, {}};
  auto list = entries_of(live);
  const auto empty = read_as(what, {});
  // Fields written before without an owner: the server uses that name.
  if (list.empty() && live.contains("metadata") &&
      live.at("metadata").as_object().contains("resourceVersion"))
    list.push_back({"before-first-apply",
                    "Update",
                    by.api_version,
                    to_rfc3339(now),
                    {},
                    compare(contents_of(what, empty), contents_of(what, live)).changed});
  auto& own = entry_for(list, by, "Apply");
  const auto wanted = [&] {
    const auto held = contents_of(what, config, true);
    auto paths = held.items;
    for (const auto& item : held.leaves)
      paths.insert(item.first);
    return paths;
  }();
  merge_config(what, out.object, config);
  field_set others;
  for (const auto& item : list)
    if (&item != &own)
      others.insert(item.owns.begin(), item.owns.end());
  // Deepest first: what is below a removed item is removed with it.
  const auto dropped = minus(minus(own.owns, wanted), others);
  const auto below = [](const field_set& set, const std::string& path) {
    const auto next = set.upper_bound(path);
    return next != set.end() && next->starts_with(path + path_separator);
  };
  // NOLINTNEXTLINE(modernize-loop-convert): clang 14 cannot compile libstdc++'s reverse views
  for (auto path = dropped.rbegin(); path != dropped.rend(); ++path)
    if (!below(wanted, *path) && !below(others, *path))
      prune(what, out.object, *path);
  const auto delta = compare(contents_of(what, live), contents_of(what, out.object));

  std::vector<conflicting> conflicts;
  for (auto& item : list) {
    if (&item == &own)
      continue;
    conflicting found{item, {}};
    std::set_intersection(item.owns.begin(), item.owns.end(), delta.changed.begin(),
                          delta.changed.end(), std::back_inserter(found.fields));
    if (!found.fields.empty())
      conflicts.push_back(std::move(found));
    item.owns = minus(minus(item.owns, delta.changed), delta.removed);
  }
  if (!force && !conflicts.empty())
    throw apply_conflict(std::move(conflicts));
  // A mere change of owners has no time.
  const auto* metadata = object_at(&live, "metadata");
  const bool creates = !metadata || !metadata->contains("resourceVersion");
  if (creates || !delta.changed.empty() || !delta.removed.empty())
    own.time = to_rfc3339(now);
  own.owns = wanted;
  own.api_version = by.api_version;
  out.managed = to_array(std::move(list));
  return out;
}

bool same_managed(const json::array& a, const json::array& b) {
  const auto plain = [](const json::array& from) {
    json::array out = from;
    for (auto& item : out)
      if (item.is_object())
        item.get_object().erase("time");
    return out;
  };
  return plain(a) == plain(b);
}

} // namespace acr::kubesim
