/// The object that the SecretWriter works on, by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace acr {

/// The key of the workqueue. Each object fails, waits and is limited on its own.
struct object_key {
  enum class kind : std::uint8_t {
    name_space, ///< The namespace as a whole: listing its accounts when it leaves.
    account,    ///< One ServiceAccount.
    secret,     ///< One Secret of ours.
  };
  std::string ns;
  kind what = kind::name_space;
  std::string name{}; ///< Of an account; for a Secret its position in `secret_names`: it is short.

  friend bool operator==(const object_key&, const object_key&) = default;
  friend auto operator<=>(const object_key&, const object_key&) = default;
};

inline object_key namespace_key(std::string ns) {
  return {std::move(ns), object_key::kind::name_space, {}};
}
inline object_key account_key(std::string ns, std::string name) {
  return {std::move(ns), object_key::kind::account, std::move(name)};
}
/// `index` is a position in `secret_names`.
object_key secret_key(std::string ns, std::size_t index);
/// The position in `secret_names` of a key that `secret_key` made.
std::size_t index_of(const object_key& key);

/// "team-a", "service account team-a/default", "secret team-a/acr-credential-secret-aggregation".
std::string to_string(const object_key& key);

} // namespace acr

template <>
struct std::hash<acr::object_key> {
  std::size_t operator()(const acr::object_key& key) const noexcept {
    const std::hash<std::string_view> text;
    return (text(key.ns) * 31 + text(key.name)) * 31 + static_cast<std::size_t>(key.what);
  }
};
