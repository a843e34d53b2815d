/// Whether an existing Secret may stay although there is a newer credential: after a restart, or
/// when another replica takes over, nothing need be written while all is well.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "actors/writer/desired_secrets.hpp"

namespace acr {

/// Until when `observed`, which we wrote, is as good as `wanted`: it holds credentials for the same
/// users at the same domains, each with more time left than a credential of its instance has when
/// it is renewed. If that moment comes shortly before the instance's next renewal (by less than a
/// third of that time), the write waits for the renewal. Nothing: it is to be written now.
/// Instances that are not in `first` have had a newer credential, or none.
std::optional<wall_time> stays_until(const secret_content& observed, const desired_secret& wanted,
                                     const std::map<std::string, first_credential>& first,
                                     wall_time now);

} // namespace acr
