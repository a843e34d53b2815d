/// Whether an existing Secret may stay although there is a newer credential: after a restart, or
/// when another replica takes over, nothing need be written while all is well.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "actors/writer/desired_secrets.hpp"

namespace acr {

/// Until when `observed`, which we wrote, is as good as `wanted`: it holds a credential for the
/// same user at the same domains, and each of these is valid for as long as a credential of its
/// instance has left when it is renewed. Shortly before the instance's own renewal the write waits
/// for that one: a third of that span at most. Nothing: it is to be written now. Instances that are
/// not in `first` have had a newer credential, or none.
std::optional<wall_time> stays_until(const secret_content& observed, const desired_secret& wanted,
                                     const std::map<std::string, first_credential>& first,
                                     wall_time now);

} // namespace acr
