/// The objects, by version: stands for etcd and the watch cache of a real server.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/json/object.hpp>

namespace acr::kubesim {

using object_ptr = std::shared_ptr<const boost::json::object>;
using object_map = std::map<std::string, object_ptr>; ///< By "namespace/name" or "name".

/// One write.
struct change {
  std::uint64_t version = 0;
  std::string kind; ///< Of storage: "/secrets".
  std::string key;
  object_ptr before; ///< Null: created.
  object_ptr after;  ///< Null: deleted.
  object_ptr last;   ///< Of a deletion: the deleted object, with the version of the deletion.
};

class store {
public:
  explicit store(std::size_t history_limit) : limit_{history_limit} {}

  /// Called after each change.
  std::function<void(const change&)> on_change;

  object_ptr find(const std::string& kind, const std::string& key) const;
  const object_map& all(const std::string& kind) const;
  /// The state at that version, which must not be older than `oldest`.
  object_map all_at(const std::string& kind, std::uint64_t version) const;

  /// Writes the object with the next version in its metadata.
  object_ptr put(const std::string& kind, const std::string& key, boost::json::object object);
  object_ptr remove(const std::string& kind, const std::string& key);

  std::uint64_t version() const noexcept { return version_; }
  /// Changes after this version are known, older ones are not.
  std::uint64_t oldest() const noexcept { return oldest_; }
  const std::deque<change>& history() const noexcept { return history_; }
  void compact();

  using objects_by_kind = std::map<std::string, object_map>;
  const objects_by_kind& everything() const noexcept { return objects_; }
  /// Replaces the content by that of the version; the history is dropped.
  void replace(objects_by_kind with, std::uint64_t version);

  boost::json::object dump() const;
  void load(const boost::json::object& from);

private:
  void record(change item);

  objects_by_kind objects_;
  std::deque<change> history_;
  std::size_t limit_;
  std::uint64_t version_ = 1;
  std::uint64_t oldest_ = 0;
};

} // namespace acr::kubesim
