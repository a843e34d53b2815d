#include "tools/kubesim/store.hpp"

#include <utility>

namespace acr::kubesim {

namespace json = boost::json;

object_ptr store::find(const std::string& kind, const std::string& key) const {
  const auto& list = all(kind);
  const auto found = list.find(key);
  return found == list.end() ? nullptr : found->second;
}

const object_map& store::all(const std::string& kind) const {
  static const object_map none;
  const auto found = objects_.find(kind);
  return found == objects_.end() ? none : found->second;
}

object_map store::all_at(const std::string& kind, std::uint64_t version) const {
  auto out = all(kind);
  for (auto item = history_.rbegin(); item != history_.rend() && item->version > version; ++item) {
    if (item->kind != kind)
      continue;
    if (item->before)
      out[item->key] = item->before;
    else
      out.erase(item->key);
  }
  return out;
}

object_ptr store::put(const std::string& kind, const std::string& key, json::object object) {
  object["metadata"].as_object()["resourceVersion"] = std::to_string(++version_);
  auto& slot = objects_[kind][key];
  auto next = std::make_shared<const json::object>(std::move(object));
  auto before = std::exchange(slot, next);
  record({version_, kind, key, std::move(before), next, nullptr});
  return next;
}

object_ptr store::remove(const std::string& kind, const std::string& key) {
  auto& list = objects_[kind];
  const auto found = list.find(key);
  if (found == list.end())
    return nullptr;
  auto before = found->second;
  list.erase(found);
  auto last = *before;
  last["metadata"].as_object()["resourceVersion"] = std::to_string(++version_);
  record({version_, kind, key, before, nullptr, std::make_shared<const json::object>(last)});
  return before;
}

void store::record(change item) {
  history_.push_back(std::move(item));
  while (history_.size() > limit_) {
    oldest_ = history_.front().version;
    history_.pop_front();
  }
  if (on_change)
    on_change(change{history_.empty() ? change{} : history_.back()});
}

void store::compact() {
  oldest_ = version_;
  history_.clear();
}

void store::replace(objects_by_kind with, std::uint64_t version) {
  objects_ = std::move(with);
  version_ = version;
  compact();
}

json::object store::dump() const {
  json::object kinds;
  for (const auto& [kind, list] : objects_) {
    auto& into = kinds[kind].emplace_object();
    for (const auto& [key, object] : list)
      into[key] = *object;
  }
  return {{"version", version_}, {"objects", std::move(kinds)}};
}

void store::load(const json::object& from) {
  objects_.clear();
  version_ = from.at("version").to_number<std::uint64_t>();
  for (const auto& kind : from.at("objects").as_object())
    for (const auto& item : kind.value().as_object())
      objects_[std::string{kind.key()}][std::string{item.key()}] =
          std::make_shared<const json::object>(item.value().as_object());
  compact();
}

} // namespace acr::kubesim
