/// The requests of the API server to an admission webhook (admission.k8s.io/v1), and our answers:
/// ServiceAccounts in scope are linked when they are created or replaced, and their Pods get
/// missing references.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/selection.hpp"

namespace acr::kubernetes {

/// An instance, as far as its limits make a difference.
struct admission_entry {
  selection namespaces{true};
  std::vector<std::string> claims{}; ///< Domains, or what stands for them: each needs a Secret.
  std::vector<std::string> hosts{};
  bool any_acr_host = false;

  friend bool operator==(const admission_entry&, const admission_entry&) = default;
};

/// Exceptions that cannot be seen from a name: the watches show them.
struct admission_exceptions {
  std::set<std::string> selected; ///< Namespaces that are known to be in scope.
  std::set<std::string> excluded; ///< By their labels or their owners.
  std::set<std::pair<std::string, std::string>> accounts; ///< (namespace, name), by their owners.
  /// (namespace, name): Secrets of our names that are not ours. Nothing is linked to them.
  std::set<std::pair<std::string, std::string>> foreign{};
};

/// The data that answers depend on. Immutable once published.
struct admission_scope {
  bool enabled = true; ///< False: everything is admitted as it is.
  selection namespaces;
  selection service_accounts;
  /// Names of the Secrets that every account should have, in their order; at least one.
  std::vector<std::string> references;
  /// Also Pods whose own `imagePullSecrets` name none of `references`, if one of their images is at
  /// a host of `hosts`, or, with `any_acr_host`, at any registry of Alibaba Cloud.
  bool own_lists = false;
  std::vector<std::string> hosts; ///< As in an entry of a docker configuration.
  bool any_acr_host = false;      ///< An instance configures no domains: they are discovered later.
  /// All entries, if any is limited: then they decide, per namespace, on the three fields above.
  std::vector<admission_entry> entries{};
  bool by_labels = false; ///< Only namespaces that are known to be `selected`.

  friend bool operator==(const admission_scope&, const admission_scope&) = default;
};

enum class admission_outcome : std::uint8_t {
  account_linked,
  pod_linked,
  unchanged, ///< Out of scope, or nothing is missing.
  malformed, ///< That is no AdmissionReview.
};

/// "account_linked", ...
const char* to_string(admission_outcome outcome) noexcept;

struct review_answer {
  admission_outcome outcome = admission_outcome::malformed;
  std::string body; ///< An AdmissionReview that allows; empty if `malformed`.
};

/// The scope as it is in that namespace, with as many references as its entries need: one for each
/// entry that claims the same domain, at most all of `references`.
admission_scope scope_in(const admission_scope& scope, const std::string& ns);

/// Answers a review; never rejects an object. Other entries and their order stay, even empty ones.
/// An object whose list has a shape that no API server accepts is admitted unchanged.
review_answer answer_review(std::string_view body, const admission_scope& scope,
                            const admission_exceptions& exceptions = {});

} // namespace acr::kubernetes
