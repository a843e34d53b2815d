/// A world, its events and their times, and the expected result: the input of one run.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "protocol/failure.hpp"

namespace acr::faultlab {

/// The initial state.
struct world_spec {
  int instances = 2;                   ///< cri-lab0000000000, ...
  int replicas = 1;                    ///< Of the helper; several elect a leader.
  bool elect = false;                  ///< A single one does, too.
  int namespaces = 3;                  ///< team-0, team-1, ...
  std::string identity = "key";        ///< key, rrsa, chain (RRSA, then a role of another account),
                                       ///< mixed (chain, key, rrsa, chain, ...)
  std::string scope = "all";           ///< all, or a list of namespaces with commas between them
  std::string accounts = "default";    ///< as `service-account` of the configuration
  std::chrono::seconds threshold{900}; ///< `expiring-threshold`
  std::chrono::seconds password{3600}; ///< Lifetime of a credential.
  std::chrono::milliseconds delay_most{20}; ///< One way, to each server.
  bool names_domains = true;                ///< Otherwise the helper has to discover them.
  bool shared_domain = false;               ///< All share one more: each needs a Secret.

  bool removes = false; ///< `--on-expiry=remove`
  /// Namespaces that the instances are limited to, in their order: "team-0,team-1;;team-2".
  std::string limits;
  bool webhook = false; ///< The API server asks it about ServiceAccounts.
  bool labels = false;  ///< Only namespaces with the label `pull: acr` are in scope.

  bool elects() const { return elect || replicas > 1; }

  friend bool operator==(const world_spec&, const world_spec&) = default;
};

using parameters = std::map<std::string, std::string>;

/// A fault, or an operator action. `where` and `how` are rows of docs/reliability.md.
struct lab_event {
  std::chrono::milliseconds at{};
  std::chrono::milliseconds lasts{}; ///< Zero: it is momentary.
  std::string where;                 ///< cloud, api, helper, webhook, do, rival
  std::string how;                   ///< "blackhole", "delete-secret"
  parameters with;                   ///< "namespace", "instance", "level", ...

  std::string param(const std::string& name, const std::string& otherwise = {}) const;
  double number(const std::string& name, double otherwise) const;

  friend bool operator==(const lab_event&, const lab_event&) = default;
};

/// A required result, besides that no invariant is violated.
struct expectation {
  parameters with; ///< One of: "log": event that must be logged; "never":
                   ///< that must not; "pulls": least percentage; "new-namespace": the longest
                   ///< until Pods there can pull; "writes-a-minute": the most of one object.
  friend bool operator==(const expectation&, const expectation&) = default;
};

struct scenario {
  std::string name;
  std::string about;
  std::uint64_t seed = 1;
  std::chrono::milliseconds lasts = std::chrono::hours{4};
  world_spec world;
  std::vector<lab_event> timeline;
  std::vector<expectation> expect;

  friend bool operator==(const scenario&, const scenario&) = default;
};

/// "90s", "1h30m", "250ms", "2d": the format of scenario files.
std::string write_span(std::chrono::milliseconds span);
result<std::chrono::milliseconds> read_span(const std::string& text);

/// Errors: config_bad, with line and column.
result<scenario> read_scenario(const std::string& text, const std::string& name);
result<scenario> load_scenario(const std::string& path);
/// Text that `read_scenario` reads back as the same scenario.
std::string write_scenario(const scenario& from);

} // namespace acr::faultlab
