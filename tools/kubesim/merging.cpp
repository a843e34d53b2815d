#include "tools/kubesim/merging.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "tools/kubesim/field_path.hpp"

namespace acr::kubesim {

namespace json = boost::json;
using shape = type::shape;

namespace {

void merge(const type& is, json::value& live, const json::value& config);

void merge_items(const type& is, json::array& live, const json::array& config) {
  std::vector<std::string> ours;
  std::vector<std::string> theirs;
  for (const auto& item : config)
    ours.push_back(item_element(is, item));
  for (const auto& item : live)
    theirs.push_back(item_element(is, item));
  const auto place = [](const std::vector<std::string>& in, const std::string& name) {
    return static_cast<std::size_t>(std::find(in.begin(), in.end(), name) - in.begin());
  };
  const auto is_live = [&](const std::string& name) { return place(theirs, name) < theirs.size(); };
  json::array out;
  std::size_t old = 0;
  std::size_t next = 0;
  while (old < theirs.size() || next < ours.size()) {
    if (old < theirs.size()) {
      const auto shared =
          std::find_if(ours.begin() + static_cast<std::ptrdiff_t>(next), ours.end(), is_live);
      if (shared == ours.end() || *shared != theirs[old]) {
        if (place(ours, theirs[old]) == ours.size())
          out.push_back(live[old]);
        ++old; // a common item comes in the configuration's order
        continue;
      }
    }
    const auto known = place(theirs, ours[next]);
    auto merged = known < theirs.size() ? live[known] : config[next];
    if (known < theirs.size() && !is.set)
      merge(*is.element, merged, config[next]);
    out.push_back(std::move(merged));
    if (old < theirs.size() && theirs[old] == ours[next])
      ++old;
    ++next;
  }
  live = std::move(out);
}

void merge(const type& is, json::value& live, const json::value& config) {
  if (is.leaf() || !live.is_structured() || live.kind() != config.kind()) {
    live = config;
  } else if (is.what == shape::structure) {
    merge_config(*is.of, live.get_object(), config.get_object());
  } else if (is.what == shape::map) {
    for (const auto& item : config.get_object())
      live.get_object()[item.key()] = item.value();
  } else {
    merge_items(is, live.get_array(), config.get_array());
  }
}

void prune(const type& is, json::value& from, std::string_view path) {
  if (is.what == shape::structure && from.is_object()) {
    prune(*is.of, from.get_object(), path);
  } else if (is.what == shape::map && from.is_object()) {
    from.get_object().erase(path.substr(2));
  } else if (is.what == shape::list && from.is_array()) {
    const auto end = path.find(path_separator);
    const auto part = path.substr(0, end);
    auto& list = from.get_array();
    auto* const same = std::find_if(list.begin(), list.end(), [&](const json::value& item) {
      return item_element(is, item) == part;
    });
    if (same == list.end())
      return;
    if (end == std::string_view::npos)
      list.erase(same);
    else
      prune(*is.element, *same, path.substr(end + 1));
  }
}

} // namespace

void merge_config(const structure& what, json::object& live, const json::object& config) {
  for (const auto& item : config) {
    const auto* is = what.find(item.key());
    if (is)
      merge(*is, live[item.key()], item.value());
  }
}

void prune(const structure& what, json::object& from, std::string_view path) {
  const auto end = path.find(path_separator);
  const auto name = path.substr(2, end == std::string_view::npos ? end : end - 2);
  const auto* is = what.find(name);
  auto* value = from.if_contains(name);
  if (!is || !value)
    return;
  if (end == std::string_view::npos)
    from.erase(name);
  else
    prune(*is, *value, path.substr(end + 1));
}

} // namespace acr::kubesim
