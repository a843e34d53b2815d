/// What every namespace should hold, and when: the current Secrets, and how long existing contents
/// may stay.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/writer/desired_secrets.hpp"
#include "actors/writer/observed_namespace.hpp"

namespace acr {

struct times {
  std::chrono::milliseconds mono{}; ///< Monotonic.
  wall_time wall;
};

/// What one Secret of one namespace should be.
struct secret_decision {
  enum class verdict : std::uint8_t {
    surplus, ///< There should be none.
    keep,    ///< The present content stays, for now.
    write,   ///< It should be `secret`.
  };
  verdict is = verdict::surplus;
  desired_secret_ptr secret{};
  /// Decide again then, although nothing happens.
  std::optional<wall_time> look_again{};
  /// The same, by the monotonic clock.
  std::optional<std::chrono::milliseconds> not_before{};
};

/// Pure: no clock, no I/O. It changes by configuration and credentials only, never by what the
/// cluster holds.
class desired_state {
public:
  explicit desired_state(secret_limits limits = {}, on_expiry ended = on_expiry::blank)
      : secrets_{limits, ended} {}

  // Events. True: something may have to be written.
  void expect(expect_instances what);
  /// `namespaces`: number in scope, over which a renewal is spread.
  bool issue(const token_issued& what, times now, std::size_t namespaces);
  bool withdraw(const std::string& instance);
  bool expire(wall_time now);

  /// What the Secret at `index` in `ns`, observed as `seen`, should be.
  secret_decision decide(const std::string& ns, const observed_namespace& seen, std::size_t index,
                         times now) const;
  /// How many of our Secrets the accounts of the namespace should be linked to.
  std::size_t links(const std::string& ns, const observed_namespace& seen, times now) const;
  /// Changes whenever accounts of any namespace may need other links.
  std::size_t link_generation() const;
  /// Credentials are written everywhere, but not before this: others arrive at the same time.
  std::optional<std::chrono::milliseconds> quiet_until(std::chrono::milliseconds now) const;

  const desired_secrets& secrets() const { return secrets_; }

  /// At the start, Secrets are written only when all instances have answered or this long after the
  /// first did: one write instead of one for each.
  static constexpr std::chrono::milliseconds settle_time{1500};
  /// A credential that is not a mere renewal is written this long after the last such one, so that
  /// several cost one write; never later than `most_quiet_time` after the first.
  static constexpr std::chrono::milliseconds quiet_time{100};
  static constexpr std::chrono::milliseconds most_quiet_time{1000};

private:
  /// A content that a renewal has superseded: it stays until the namespace's turn.
  struct superseded_content {
    wall_time begins;
    std::chrono::milliseconds left{};
    std::size_t namespaces = 0;
  };
  struct carried {
    desired_secret_ptr what;
    std::optional<wall_time> until;
  };
  /// How long an existing content is as good as the desired one.
  struct adopted {
    std::optional<wall_time> until;
    wall_time judged_at;
  };
  /// What the namespaces of one group hold (`desired_secrets::group_of`).
  using shared_content = std::pair<std::size_t, content_digest>;
  struct carried_key {
    std::size_t group;
    std::size_t index;
    content_digest seen;
    friend auto operator<=>(const carried_key&, const carried_key&) = default;
  };
  struct adopted_key {
    std::size_t group;
    content_digest seen;
    content_digest wanted;
    friend auto operator<=>(const adopted_key&, const adopted_key&) = default;
  };

  void everything_changed();
  void changed(const std::set<std::size_t>& groups);
  void forget_results(const std::set<std::size_t>& groups);
  void supersede(std::chrono::milliseconds left, times now, std::size_t namespaces,
                 const std::set<std::size_t>& groups, const std::vector<shared_content>& before);
  bool settled(std::chrono::milliseconds now) const;
  secret_decision decide_without_instances(const std::string& ns, const observed_namespace& seen,
                                           std::size_t index, wall_time now) const;
  carried carry(const std::string& ns, std::size_t index, const secret_content& seen,
                wall_time now) const;
  /// It holds what is not meant for the namespace.
  bool misplaced(const std::string& ns, const secret_content& seen) const;
  std::optional<wall_time> stays(const std::string& ns, const observed_secret& seen,
                                 const desired_secret& wanted, wall_time now) const;

  desired_secrets secrets_;
  std::multimap<shared_content, superseded_content> superseded_;
  mutable bool settled_ = false;
  std::optional<std::chrono::milliseconds> held_until_; ///< Until `settled_`.
  std::optional<std::chrono::milliseconds> quiet_since_;
  std::chrono::milliseconds quiet_until_{};
  std::size_t namespaces_ = 0; ///< As reported last.
  /// Results that many namespaces share; of the present `secrets_` only.
  mutable std::map<carried_key, carried> carried_;
  mutable std::map<adopted_key, adopted> adopted_;
  mutable std::map<shared_content, bool> misplaced_;
};

} // namespace acr
