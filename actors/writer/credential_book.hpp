/// From the credentials of all instances to the Secrets that every namespace should hold.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/kubernetes/objects.hpp"
#include "protocol/messages/token.hpp"
#include "protocol/messages/writer.hpp"
#include "protocol/registry/docker_config.hpp"

namespace acr {

/// The names of our Secrets. The first is the original's (users hard-code it); the others hold
/// further entries for a domain that the ones before already have. All are linked, and the kubelet
/// tries each.
inline constexpr std::array<const char*, 4> secret_names{
    "acr-credential-secret-aggregation", "acr-credential-secret-aggregation-2",
    "acr-credential-secret-aggregation-3", "acr-credential-secret-aggregation-4"};

/// Marks our objects; whoever finds it on a Secret of our name may take it for ours.
inline constexpr const char* managed_by_label = "app.kubernetes.io/managed-by";
using kubernetes::instances_annotation;

/// SHA-256 over what we determine of a Secret: document, type, label and annotation.
using content_digest = std::array<unsigned char, 32>;
content_digest digest_of(const kubernetes::secret& observed);

/// What one Secret should be.
struct desired_secret {
  std::string name;
  std::vector<registry::auth_entry> entries;
  secret_string document;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  content_digest digest{};
};

/// How one instance appears in a Secret: a row of `instances_annotation`.
struct instance_row {
  std::string instance;
  std::vector<std::string> domains;
  std::optional<wall_time> expires_at; ///< Nothing: withdrawn.

  friend bool operator==(const instance_row&, const instance_row&) = default;
};

/// Reads the annotation; what is malformed is left out.
std::vector<instance_row> read_rows(std::string_view annotation);

/// When the first password that a Secret offers ends, by its own annotation.
std::optional<wall_time> first_end_in(const kubernetes::secret& observed);

/// The first password of an instance since the book was begun.
struct first_password {
  wall_time expires_at;
  wall_time renew_at;
};

/// All credentials in hand. Pure: no clock, no I/O.
class credential_book {
public:
  void expect(expect_instances what);
  /// False: unknown instance; nothing changed.
  bool issue(const token_issued& what);
  /// How long the password in hand is good, if `what` is merely a newer one for the same logins.
  std::optional<std::chrono::milliseconds> renewed_with_left(const token_issued& what,
                                                             wall_time now) const;
  /// When the last of the renewals that are due from `from` to `until` is; nothing: none is.
  std::optional<wall_time> last_renewal(wall_time from, wall_time until) const;
  /// False: nothing to withdraw.
  bool withdraw(const std::string& instance);
  /// Withdraws all that has expired at `now`; false if nothing has.
  bool expire(wall_time now);
  /// When the next credential expires.
  std::optional<wall_time> next_expiry() const;

  /// Secrets for every namespace, in the order of `secret_names`; those without entries at the end
  /// are left out. A domain that a Secret already has goes to the next one.
  const std::vector<desired_secret>& secrets() const { return secrets_; }
  /// Domains that found no place, as "domain (instance)".
  const std::vector<std::string>& overflow() const { return overflow_; }
  /// Some instance has neither been issued nor withdrawn since it was expected.
  bool has_pending() const;
  bool empty() const { return known_.empty(); }
  /// Of the instances that have had no other password since then.
  const std::map<std::string, first_password>& firsts() const { return firsts_; }

  /// What the Secret at `index` should be in a namespace that holds `observed`: entries of pending
  /// instances stay as they are until their expiry, so that a restart never takes a good
  /// credential away; after it they are blank. So do those of an instance that is not expected,
  /// while another entry of the same instance is pending: its name may have changed. While nothing
  /// is expected, all count as pending. `carried_until` is set to the first such expiry.
  desired_secret carry_over(std::size_t index, const kubernetes::secret& observed, wall_time now,
                            std::optional<wall_time>& carried_until) const;

private:
  struct entry {
    std::optional<registry_credential> credential;
    wall_time renew_at{};
    bool withdrawn = false;
    std::optional<first_password> first; ///< It is the first one.
    bool pending() const { return !credential; }
    bool valid() const { return credential && !withdrawn; }
  };

  static void blank(entry& state);
  void rebuild();
  const entry* find(const std::string& instance) const;
  /// Whether `row` may be what a pending instance was called before.
  bool awaits(const std::string& row) const;

  std::vector<expected_instance> order_;
  std::map<std::string, entry> known_;
  std::map<std::string, first_password> firsts_;
  std::string email_;
  std::vector<desired_secret> secrets_;
  std::vector<std::string> overflow_;
};

} // namespace acr
