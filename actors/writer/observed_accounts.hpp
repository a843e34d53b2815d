/// The ServiceAccounts of one namespace as last seen. Compact: a cluster may have a hundred
/// thousand, most of them alike.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <boost/container/flat_map.hpp>
#include <boost/uuid/uuid.hpp>

#include "actors/interned.hpp"
#include "protocol/kubernetes/objects.hpp"

namespace acr {

struct observed_account {
  std::string resource_version;
  shared_list pull_secrets; ///< Names in `imagePullSecrets`, in their order.
  boost::uuids::uuid uid{}; ///< Nil if the server's is no UUID: only Events carry it.
  bool managed_by_us = false;
  bool terminating = false;
  bool in_scope = true;
  bool doubtful = false; ///< A write was refused: it differs from what is known, and is read first.
  bool was_in_scope = false; ///< Its reference is ours to remove, whatever managedFields say.
  bool linked_by_us = false; ///< Within this process's lifetime.
  bool refused = false;      ///< Its last write failed: nothing waits for it.

  /// The server's version replaces what was known.
  void see(const kubernetes::service_account& account);
  kubernetes::object_meta meta(const std::string& ns, const std::string& name) const;
  /// As it was seen.
  kubernetes::service_account object(const std::string& ns, const std::string& name) const;
  bool holds(std::string_view pull_secret) const;
};

/// By name, in order.
class observed_accounts {
public:
  using map = boost::container::flat_map<shared_text, observed_account, text_order>;
  using iterator = map::iterator;
  using const_iterator = map::const_iterator;

  observed_account& operator[](const std::string& name) { return map_[shared_text{name}]; }
  /// Throws std::out_of_range.
  observed_account& at(const std::string& name);
  const_iterator find(const std::string& name) const { return map_.find(name); }
  iterator find(const std::string& name) { return map_.find(name); }
  bool contains(const std::string& name) const { return find(name) != end(); }
  void erase(const std::string& name);
  void erase_if(const std::function<bool(const map::value_type&)>& goes);
  void clear() { map_.clear(); }

  std::size_t size() const { return map_.size(); }
  bool empty() const { return map_.empty(); }
  iterator begin() { return map_.begin(); }
  iterator end() { return map_.end(); }
  const_iterator begin() const { return map_.begin(); }
  const_iterator end() const { return map_.end(); }

private:
  map map_;
};

} // namespace acr
