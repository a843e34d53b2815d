/// The context of every operation of the cloud: parameters and permissions.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "tools/cloudsim/call.hpp"
#include "tools/cloudsim/ledger.hpp"
#include "tools/cloudsim/refusal.hpp"
#include "tools/cloudsim/world.hpp"

namespace acr::cloudsim {

struct setting {
  const world& about;
  ledger& given;
  const request& from;
  const call& what;
  wall_time now; ///< By the cloud's clock, which may differ from the machine's.
};

/// The value of a required parameter. Throws refusal 400 `<code_prefix><name>`.
std::string needed(const setting& at, std::string_view name, std::string_view code_prefix);

/// Whether the caller may perform the action, by the current policies.
verdict permission(const world& about, const caller& who, std::string_view action,
                   std::string_view resource);

/// Throws refusal 403 with `code` unless the caller may perform the action.
void permit(const setting& at, const caller& who, std::string_view action,
            std::string_view resource, const std::string& code);

/// The refusal that `permit` throws, for other reasons to deny.
refusal denied(const std::string& code, const std::string& message, std::string_view action,
               verdict why, const std::string& policy_type);

/// The expiry of a session that was requested for `wanted`, scaled as the world says.
wall_time session_end(const lifetimes& life, wall_time now, std::chrono::seconds wanted);

} // namespace acr::cloudsim
