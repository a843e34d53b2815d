/// Which Secrets of our names belong to others, for the webhook.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "actors/writer/desired_secrets.hpp"

namespace acr {

/// Pure. Kept up to date object by object: a scan of all namespaces would be too much for each
/// change.
class foreign_secrets {
public:
  using names = std::set<std::pair<std::string, std::string>>; ///< (namespace, name)

  /// Takes what is known of the Secret `secret_names[index]`.
  void see(const std::string& ns, std::size_t index, bool foreign) {
    const std::pair<std::string, std::string> key{ns, secret_names.at(index)};
    changed_ |= foreign ? all_.insert(key).second : all_.erase(key) > 0;
  }
  /// All of them if they have changed since the last call; the first call returns them always: an
  /// earlier writer may have reported others.
  std::optional<names> changes() {
    if (!std::exchange(changed_, false))
      return std::nullopt;
    return all_;
  }

private:
  names all_;
  bool changed_ = true;
};

} // namespace acr
