/// What is wrong when, as far as it is nobody's fault but the lab's: the measure of what may be
/// expected of the helper.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

/// What a fault of the API server or an action of an operator is limited to, as the server's
/// authorization names it: "patch", "serviceaccounts", "team-0", "default". Empty: all.
struct object_filter {
  std::string verb;
  std::string resource;
  std::string ns;
  std::string name;
};

/// What a fault of the API server is limited to: of a link, or one that asks the client to slow
/// down, to nothing.
object_filter filter_of(const happening& what);

/// A span in which something is not as it should be, its after-effects included.
struct disturbance {
  enum class part { cloud, api, helper, people, wishes, webhook };
  part of = part::cloud;
  int instance = -1;    ///< Only this one; -1: all.
  object_filter only{}; ///< Of `api` and `people`.
  std::chrono::milliseconds from{};
  std::chrono::milliseconds until{};
};

/// The object that something is expected of, and what has to be done to it.
struct object_write {
  enum class action { update, remove };
  std::string resource; ///< "secrets" or "serviceaccounts"; empty: no object, every fault counts.
  std::string name;     ///< Empty: any one of that kind in the namespace.
  action what = action::update;
};

/// Where no Secret and no account takes part: what hinders single ones of these does not matter.
inline const object_write no_single_object{"configmaps", "", object_write::action::update};

/// Which parts have to be well.
struct demand {
  bool cloud = true;
  bool api = true;
  bool people = true;
  bool wishes = true;   ///< There is a configuration to go by.
  bool webhook = false; ///< The API server can ask it.
  int instance = -1;
  std::string ns;        ///< Empty: operator actions in single namespaces do not matter.
  object_write object{}; ///< What hinders another object does not matter.
};

/// Whether a fault of the API server that is limited so stands in the way of `of.object`: it hits
/// the writes of it, or the lists and watches by which the helper knows what to do.
bool hinders(const object_filter& fault, const demand& of);

/// Pure: all is known from the timeline.
class circumstances {
public:
  using ms = std::chrono::milliseconds;

  explicit circumstances(const scenario& about);

  /// Since when all that is demanded is well; nothing is, if the answer is later than `now`.
  ms calm_since(ms now, const demand& of) const;
  bool calm(ms now, const demand& of, ms span = settled) const {
    return calm_since(now, of) + span <= now;
  }
  /// Whether there is a calm span of that length within [from, until].
  bool calm_within(ms from, ms until, const demand& of, ms span) const;

  const std::vector<disturbance>& all() const { return list_; }

  /// What I7 grants: the time from the end of the faults until all is as it should be.
  static constexpr ms settled = std::chrono::seconds{60};

private:
  static bool counts(const disturbance& item, const demand& of);

  std::vector<disturbance> list_; ///< By their beginning.
  ms longest_{};
};

} // namespace acr::faultlab
