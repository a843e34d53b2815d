/// Computes the Secrets that every namespace should hold from the credentials of all instances.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/writer/on_expiry.hpp"
#include "actors/writer/secret_content.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/messages/status.hpp"
#include "protocol/messages/token.hpp"
#include "protocol/messages/writer.hpp"
#include "protocol/registry/docker_config.hpp"

namespace acr {

/// The names of our Secrets. The first is the original's (users hard-code it); the others hold
/// further entries for a domain that earlier ones already have, and what does not fit into those.
/// All are linked, and the kubelet tries each.
inline constexpr std::array<const char*, 4> secret_names{
    "acr-credential-secret-aggregation", "acr-credential-secret-aggregation-2",
    "acr-credential-secret-aggregation-3", "acr-credential-secret-aggregation-4"};

/// What one Secret should be.
struct desired_secret {
  std::string name;
  std::vector<registry::auth_entry> entries;
  std::vector<instance_row> rows; ///< Also of hosts whose entry was removed.
  std::shared_ptr<const secret_content> content;

  /// No instance has anything here. (No entries, but rows: all have ended, and were removed.)
  bool empty() const { return rows.empty(); }
  const content_digest& digest() const { return content->digest; }
};
using desired_secret_ptr = std::shared_ptr<const desired_secret>;

/// Limits of one Secret. The API server's are 1 MiB for the data and 256 KiB for all annotations
/// together (422 "Too long"); others may annotate our Secret, too.
struct secret_limits {
  std::size_t document = 1024UL * 1024 - 4096;
  std::size_t annotation = 256UL * 1024 - 16UL * 1024;
};

/// A domain that does not fit into any Secret.
using left_out_domain = credentials_left_out::entry;

/// The first credential of an instance since the start, or since the lead was regained.
struct first_credential {
  wall_time expires_at;
  wall_time renew_at;
};

/// The current credentials of all instances, and the Secrets that follow from them. Namespaces that
/// the same instances go to share their Secrets, which are made when they are first asked for.
/// Pure.
class desired_secrets {
public:
  explicit desired_secrets(secret_limits limits = {}, on_expiry ended = on_expiry::blank)
      : limits_{limits}, ended_{ended} {}

  void expect(expect_instances what);
  /// False if the instance is unknown; nothing changed.
  bool issue(const token_issued& what);
  /// How long the current credential is valid, if `what` is merely a newer one for the same logins.
  std::optional<std::chrono::milliseconds> renewed_with_left(const token_issued& what,
                                                             wall_time now) const;
  /// When the last of the renewals due from `from` to `until` is; nothing: none is.
  std::optional<wall_time> last_renewal(wall_time from, wall_time until) const;
  /// False if there is nothing to withdraw.
  bool withdraw(const std::string& instance);
  /// Withdraws all that has expired at `now`; false if nothing has.
  bool expire(wall_time now);
  /// When the next credential expires.
  std::optional<wall_time> next_expiry() const;

  /// Secrets of a namespace, in the order of `secret_names`; empty ones at the end are left out,
  /// and all where no instance goes. A domain that a Secret already has goes to the next one, and
  /// so does an entry that would make the Secret too large.
  const std::vector<desired_secret_ptr>& secrets_in(const std::string& ns) const;
  /// What no Secret holds, in the namespaces asked for so far.
  std::vector<left_out_domain> left_out() const;
  /// Namespaces with the same number hold the same. It stays until the next `expect`.
  std::size_t group_of(const std::string& ns) const { return find_group(ns).number; }
  /// The groups that the instance goes to, of the namespaces asked for so far.
  std::set<std::size_t> groups_with(const std::string& instance) const;
  /// The digests of the group's Secrets; none while these are to be made again.
  std::vector<content_digest> digests_of(std::size_t group) const;
  /// Changes when a group needs another number of Secrets.
  std::size_t shape() const;
  /// Some instance does not go everywhere.
  bool limited() const { return limited_; }
  /// The annotation names an instance that does not go to that namespace (any more).
  bool misplaced_in(const std::string& ns, std::string_view annotation) const;

  /// Some instance has neither been issued nor withdrawn since it was expected.
  bool has_pending() const;
  /// Some instance that goes there.
  bool has_pending(const std::string& ns) const;
  std::vector<std::string> pending() const;
  /// Some instance's last credential has ended without a successor.
  bool has_withdrawn(const std::string& ns) const;
  bool empty() const { return known_.empty(); }
  /// First credentials of the instances that have had no other one since.
  const std::map<std::string, first_credential>& firsts() const { return firsts_; }

  /// What the Secret at `index` should be in `ns`, which holds `observed`: entries of pending
  /// instances stay as they are until their expiry, so that a restart never removes a good
  /// credential; after it they are blank or gone. The same holds for entries of an instance that is
  /// not expected, while another entry of the same instance is pending: its name may have changed.
  /// While nothing is expected, all count as pending. Where an instance's own credential has ended,
  /// one that ends later, as another helper of the cluster may have written it, stays as well.
  /// `carried_until` is set to the first such expiry.
  desired_secret carry_over(const std::string& ns, std::size_t index,
                            const secret_content& observed, wall_time now,
                            std::optional<wall_time>& carried_until) const;

private:
  struct instance_credential {
    std::optional<registry_credential> credential;
    wall_time renew_at{};
    bool withdrawn = false;
    std::optional<first_credential> first; ///< It is the first one.
    bool pending() const { return !credential; }
    bool valid() const { return credential && !withdrawn; }
  };

  /// Shared by all namespaces that the same instances go to.
  struct group {
    std::size_t number = 0;
    std::vector<bool> members; ///< By the place in `order_`.
    bool outdated = true;      ///< All that follows is to be made.
    bool pending = false;      ///< Some member is.
    bool withdrawn = false;
    std::vector<desired_secret_ptr> secrets{};
    std::vector<left_out_domain> left_out{};
  };

  static void blank(instance_credential& state);
  group& find_group(const std::string& ns) const;
  group& make_group(std::vector<bool> members) const;
  const group& current(const std::string& ns) const;
  void make_secrets(group& into) const;
  /// Whether the instance of that name belongs to the group.
  bool goes_to(const group& those, const std::string& instance) const;
  /// Marks the Secrets with that instance as outdated.
  void outdate(const std::string& instance);
  /// The row of `observed` that is valid longer than this process's credential for the instance of
  /// `row`, if that has ended and the domains are the same.
  const instance_row* successor_of(const instance_row& row,
                                   const std::vector<instance_row>& observed, wall_time now) const;
  /// Whether the Secret has an entry for ended credentials.
  bool keeps_hosts() const { return ended_ == on_expiry::blank; }
  void note_firsts();
  const instance_credential* find(const std::string& instance) const;
  /// Whether `row` may be a pending instance of the group under its former name.
  bool awaits(const group& those, const std::string& row) const;

  secret_limits limits_;
  on_expiry ended_;
  std::vector<expected_instance> order_;
  std::map<std::string, instance_credential> known_;
  std::map<std::string, first_credential> firsts_;
  std::string email_;
  bool limited_ = false;
  mutable std::map<std::vector<bool>, std::unique_ptr<group>> groups_;
  mutable std::vector<group*> numbered_; ///< The same, by number.
  /// Only if `limited_`, else there is one group.
  mutable std::unordered_map<std::string, group*> group_of_;
};

} // namespace acr
