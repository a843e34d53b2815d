/// The questions of `doctor` and how it evaluates the answers: pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "protocol/kubernetes/operator_requests.hpp"
#include "protocol/messages/cloud.hpp"
#include "protocol/registry/login.hpp"
#include "protocol/time.hpp"
#include "tools/helper/findings.hpp"
#include "tools/helper/options.hpp"

namespace acr::helper {

/// Verbs on one resource, and what the helper cannot do without them.
struct permission {
  std::vector<std::string> verbs;
  kubernetes::access_question what; ///< Its verb is empty.
  std::vector<std::string> names;   ///< Further names that need the same verbs.
  std::vector<std::string> spaces;  ///< Namespaces in which it is needed; empty: that of `what`.
  std::string purpose;              ///< "to link ServiceAccounts"
};

/// The permissions that the helper needs with these options. Without a configuration all namespaces
/// count as in scope. `token_file`: the one for RRSA exists.
std::vector<permission> needed_permissions(const run_options& options,
                                           const config::configuration* configuration,
                                           bool token_file);

/// One finding for a resource: `missing` has those of its verbs that are refused, `lacking` the
/// namespaces in which one is, where there are several.
finding permission_finding(const permission& about, const std::vector<std::string>& missing,
                           const std::vector<std::string>& lacking = {});

/// Merges findings that differ only in their subject: printed once, with a count.
class repeated_findings {
public:
  /// `subject` is an instance or a domain.
  void add(const std::string& subject, finding one);
  /// "a, b, c and 47 more (50 of them): text", or "a: text"; in order of arrival.
  std::vector<finding> told() const;

private:
  struct item {
    finding what;
    std::vector<std::string> subjects;
  };
  std::vector<item> items_;
};

/// How far the clock of this machine is from that of `whose`: signatures are refused beyond 15
/// minutes, and checks of account tokens are stricter.
finding clock_finding(const std::string& whose, std::chrono::milliseconds ahead);

/// "cr GetAuthorizationToken of cri-1": a call of the cloud, by its operation and object.
std::string step_name(const cloud_call& call);

/// The finding for a login check at one domain.
finding login_finding(const registry::login_outcome& outcome);

/// "12 ms", "1.4 s".
std::string in_words(std::chrono::milliseconds took);

} // namespace acr::helper
