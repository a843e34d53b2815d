/// The last good credential of each instance, for restarted actors.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "config/model.hpp"
#include "protocol/messages/token.hpp"
#include "protocol/time.hpp"

namespace acr {

/// Pure: no clock. Names are those of instances.
class issued_credentials {
public:
  using milliseconds = std::chrono::milliseconds;

  /// An instance that returns this soon with the same meaning gets its credential back.
  static constexpr milliseconds kept_after_removal = std::chrono::minutes{10};

  /// Keeps it, and returns it as it is to be passed on: to be written at once, if it is the first
  /// one since the instance changed its meaning.
  token_issued keep(token_issued what);
  token_issued* find(const std::string& name);
  std::optional<token_issued> copy_of(const std::string& name) const;
  const std::map<std::string, token_issued>& all() const { return issued_; }

  /// The credential was withdrawn.
  void drop(const std::string& name) { issued_.erase(name); }
  /// The instance has a new meaning: its credential is used until there is another, which is due at
  /// once.
  void outdate(const std::string& name, wall_time now);
  /// The instance has a new name.
  void rename(const std::string& before, const std::string& after);
  /// The instance has left the configuration.
  void retire(const config::instance& what, milliseconds mono);
  /// The instance is back in the configuration: true if its credential is known and still valid.
  bool revive(const config::instance& what, wall_time now, milliseconds mono);

  /// The next leader's credentials are in the cluster: a replica that leads again later must not
  /// use its own, long expired ones.
  void forget_all();

private:
  struct retired {
    config::instance meaning;
    token_issued last;
    milliseconds since{};
  };

  std::map<std::string, token_issued> issued_;
  std::set<std::string> outdated_; ///< Instances that mean something else than their credential.
  std::map<std::string, retired> retired_;
};

} // namespace acr
