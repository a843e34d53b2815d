/// How the kubelet sees the facts of `why`: which Secrets a Pod names, which credentials it would
/// try for an image, whether it needs any; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "protocol/registry/pull_secret.hpp"
#include "protocol/time.hpp"
#include "tools/helper/why_facts.hpp"

namespace acr::helper {

/// One credential in a Secret of ours.
struct known_entry {
  std::size_t secret; ///< Index in `secret_names`.
  std::string host;
  bool blank;
  std::string instance; ///< Empty: unknown.
  std::optional<wall_time> ends;

  bool usable(wall_time now) const { return !blank && (!ends || *ends > now); }
};

/// Answers questions about `facts`, which must outlive it. Indexes are those of `secret_names`.
class pull_view {
public:
  explicit pull_view(const pull_facts& facts);

  /// The `imagePullSecrets` that count.
  const std::vector<std::string>& list() const { return list_; }
  /// Those asked for and those of the Pod.
  const std::vector<std::string>& images() const { return images_; }
  /// The entries of our Secrets, by index.
  const std::vector<std::vector<known_entry>>& content() const { return content_; }
  /// Whether one of our Secrets can be read.
  bool any_readable() const { return any_readable_; }
  /// Whether an image needs a credential of the helper.
  bool concerned() const;

  bool listed(std::size_t index) const;
  /// Whether the Secret exists and the helper wrote it.
  bool ours(std::size_t index) const;
  /// Whether the Pod's account is linked to all of these, if it is known.
  bool is_linked(const std::vector<std::string>& names) const;
  /// The admission copies all of the account's list, or nothing: other entries come from the Pod's
  /// template.
  bool has_own_list() const;

  /// Whether an image needs a Secret that the Pod does not name.
  enum class need : std::uint8_t { none, maybe, surely };
  need needs(std::size_t index) const;

  /// Every credential of ours that the kubelet would try.
  std::vector<known_entry> tried_for(const std::string& image) const;
  /// A Secret of others in the list that has a credential for the image, or null.
  const registry::pull_secret* other_for(const std::string& image) const;
  bool can_pull(const std::string& image) const;
  /// The kubelet waits for it, and has not got it so far.
  bool fails(const std::string& image) const;
  /// The kubelet has it, and does not wait for it now.
  bool pulled(const std::string& image) const;
  bool everything_pulled() const;

  /// Whether the helper could have a credential for the image's registry.
  bool our_business(const std::string& image) const;
  /// The entry with that domain, if each that has it is limited to other namespaces.
  const config::instance* limited_entry(const std::string& host) const;
  /// Names of entries without `domains` that do not go to this namespace.
  std::vector<std::string> limited_elsewhere() const;

private:
  std::vector<known_entry> read_ours(std::size_t index);
  bool list_known() const;
  bool of_container(const std::string& image, bool (*what)(const kubernetes::pod_container&)) const;
  bool configured(const std::string& host) const;

  const pull_facts& facts_;
  std::vector<std::string> list_;
  std::vector<std::vector<known_entry>> content_;
  bool any_readable_ = false;
  std::vector<std::string> images_;
};

/// What to change in the list `key` so that it selects the name, which it does not: an exclusion
/// holds whatever else is in the list.
std::string way_into(const selection& list, const std::string& key, const std::string& name);

/// Whether an entry is for the registry of an image.
bool covers(const known_entry& entry, const std::string& image);

} // namespace acr::helper
