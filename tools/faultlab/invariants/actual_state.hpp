/// The actual state of the cluster, kept up to date by its writes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/time.hpp"
#include "tools/faultlab/stage/cloud_text.hpp"
#include "tools/faultlab/stage/witness.hpp"

namespace acr::faultlab {

/// Repeated here on purpose: checkers do not use the helper's own code.
inline constexpr std::string_view our_first_name = "acr-credential-secret-aggregation";

/// One host of a pull Secret, with a registry's view of its password.
struct held_entry {
  std::string host;
  bool blank = false;
  wall_time ends{}; ///< Expiry of the password; never issued: the epoch.
};

struct held_secret {
  bool ours = false;                                      ///< Carries our label.
  bool usable = false;                                    ///< A kubelet can read it.
  std::shared_ptr<const std::vector<held_entry>> entries; ///< Never null.

  const held_entry* find(std::string_view host) const;
};

using pull_secrets = std::vector<std::string>;

struct held_space {
  bool terminating = false;
  bool ignored = false;  ///< Its owner keeps the helper out.
  bool labelled = false; ///< `pull: acr`
  std::map<std::string, pull_secrets> accounts;
  std::set<std::string> ignored_accounts;
  std::set<std::string> traceless;            ///< Accounts whose managedFields do not name us.
  std::map<std::string, held_secret> secrets; ///< Those of our names.
  bool had_ours = false;                      ///< One of these was or is ours.
  std::set<std::string> foreign;              ///< Where the last one of that name was not ours.
};

/// Whether the configuration, its labels and its owner want the namespace to be served.
bool serves(const world_spec& about, const wish& wanted, const std::string& ns,
            const held_space& space);
/// The same of an account there.
bool links(const wish& wanted, const held_space& space, const std::string& account);

/// Whether managedFields name us.
bool managed_by_us(const boost::json::object& object);
bool is_our_name(std::string_view secret);
pull_secrets pull_secrets_of(const boost::json::object* account);

class actual_state : public witness {
public:
  /// When a password expires; nothing: it was never issued.
  using password_expiry = std::function<std::optional<wall_time>(std::string_view)>;

  /// May be set later than the first object, but before the first password.
  password_expiry ends_of;

  void changed(const change_seen& seen) override;

  const std::map<std::string, held_space>& spaces() const { return spaces_; }
  const held_space* find(const std::string& ns) const;
  /// Reads a Secret's object; results are cached.
  held_secret read(const boost::json::object& secret);

private:
  std::map<std::string, held_space> spaces_;
  /// The same document is written to many namespaces.
  std::map<std::string, std::shared_ptr<const std::vector<held_entry>>, std::less<>> documents_;
};

/// The result for a kubelet that pulls an image of `host` with these Secrets.
enum class pull { works, refused, anonymous };
pull try_to_pull(const held_space& in, const pull_secrets& with, std::string_view host,
                 wall_time now);

} // namespace acr::faultlab
