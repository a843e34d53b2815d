/// What the cloud has issued and must recognise later: sessions, passwords, nonces.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include "protocol/time.hpp"
#include "tools/cloudsim/policy.hpp"

namespace acr::cloudsim {

/// A session of STS.
struct session {
  std::string key_id; ///< "STS...."
  std::string secret;
  std::string token;
  std::string account;
  std::string role_name;
  std::string role_id;
  std::string name;
  wall_time ends{};
  std::optional<policy> narrowed; ///< The policy given with the call; both must allow.
};

/// The sender of a request, once its signature is verified.
struct caller {
  std::string key_id;
  std::string account;
  std::string user;                    ///< Empty for a session; "root" for the account itself.
  std::shared_ptr<const session> from; ///< Null for a long-lived key.

  std::string arn() const;       ///< `...:role/<role>/<session>` for a session.
  std::string principal() const; ///< In the form of trust policies: `...:role/<role>`.
};

/// A password for a registry.
struct password {
  caller owner;
  std::string instance; ///< Empty for the Personal edition.
  std::string region;
  wall_time ends{};
};

/// Not thread-safe. Drops what expired an hour ago, so that memory stays bounded in long runs.
class ledger {
public:
  explicit ledger(std::uint64_t seed) : random_{seed} {}

  /// Issues a session; everything in `about` but id, secret and token is kept.
  std::shared_ptr<const session> issue_session(session about, wall_time now);
  std::shared_ptr<const session> find_session(std::string_view key_id) const;
  std::shared_ptr<const session> find_session_by_token(std::string_view token) const;

  /// Issues a new password and returns its text.
  std::string issue_password(password about, wall_time now);
  /// Also an expired one.
  const password* find_password(std::string_view text) const;
  std::size_t passwords_issued() const noexcept { return passwords_issued_; }
  std::size_t passwords_valid(wall_time now) const;

  std::string issue_metadata_token(wall_time ends, wall_time now);
  bool metadata_token_valid(std::string_view text, wall_time now) const;

  /// False if that key has used the nonce within the time window.
  bool use_nonce(std::string_view key_id, std::string_view nonce, wall_time now);

  std::string request_id();               ///< `0A1B2C3D-....`
  std::string random_text(std::size_t n); ///< Letters and digits.
  std::string random_bytes(std::size_t n);

private:
  void forget(wall_time now);

  // Not for real secrets: nothing outside this process trusts them, and a seed makes a run in
  // virtual time repeatable.
  std::mt19937_64 random_;
  std::unordered_map<std::string, std::shared_ptr<const session>> sessions_; // by key id
  std::unordered_map<std::string, std::string> tokens_;                      // token -> key id
  std::unordered_map<std::string, password> passwords_;
  std::unordered_map<std::string, wall_time> metadata_tokens_;
  std::unordered_map<std::string, wall_time> nonces_;
  std::size_t passwords_issued_ = 0;
  wall_time last_cleaning_{};
};

} // namespace acr::cloudsim
