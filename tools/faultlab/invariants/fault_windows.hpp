/// Fault windows: what the lab disturbs when, and so what may be expected of the helper.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

/// The scope of a fault of the API server or of an operator action, in the terms of the server's
/// authorization: "patch", "serviceaccounts", "team-0", "default". Empty: all.
struct object_filter {
  std::string verb;
  std::string resource;
  std::string ns;
  std::string name;
};

/// The scope of a fault of the API server; empty for one of a link, or one that asks the client to
/// slow down.
object_filter filter_of(const lab_event& what);

/// A span in which something is disturbed, its after-effects included.
struct disturbance {
  enum class part { cloud, api, helper, people, wishes, webhook };
  part of = part::cloud;
  int instance = -1;    ///< Only this one; -1: all.
  object_filter only{}; ///< Of `api` and `people`.
  std::chrono::milliseconds from{};
  std::chrono::milliseconds until{};
};

/// An object with an expected state, and the write that it needs.
struct object_write {
  enum class action { update, remove };
  std::string resource; ///< "secrets" or "serviceaccounts"; empty: no object, every fault counts.
  std::string name;     ///< Empty: any one of that kind in the namespace.
  action what = action::update;
};

/// For expectations without a Secret or an account: faults of single ones do not matter.
inline const object_write no_single_object{"configmaps", "", object_write::action::update};

/// The components that have to be undisturbed.
struct demand {
  bool cloud = true;
  bool api = true;
  bool people = true;
  bool wishes = true;   ///< There is a configuration.
  bool webhook = false; ///< The API server can call it.
  int instance = -1;
  std::string ns;        ///< Empty: operator actions in single namespaces do not matter.
  object_write object{}; ///< Faults of other objects do not matter.
};

/// Whether a fault of the API server with that scope affects `of.object`: it hits its writes, or
/// the lists and watches that the helper depends on.
bool hinders(const object_filter& fault, const demand& of);

/// Pure: everything is known from the timeline.
class fault_windows {
public:
  using ms = std::chrono::milliseconds;

  explicit fault_windows(const scenario& about);

  /// Since when everything demanded is undisturbed; nothing is, if the answer is later than `now`.
  ms calm_since(ms now, const demand& of) const;
  bool calm(ms now, const demand& of, ms span = settled) const {
    return calm_since(now, of) + span <= now;
  }
  /// Whether there is a calm span of that length within [from, until].
  bool calm_within(ms from, ms until, const demand& of, ms span) const;

  const std::vector<disturbance>& all() const { return list_; }

  /// The limit of I7: the time from the end of the faults until the expected state is reached.
  static constexpr ms settled = std::chrono::seconds{60};

private:
  static bool counts(const disturbance& item, const demand& of);

  std::vector<disturbance> list_; ///< By their beginning.
  ms longest_{};
};

} // namespace acr::faultlab
