/// Whether a Secret that was found may stay although there is a newer password: after a restart, or
/// when another replica takes over, nothing need be written while all is well.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "actors/writer/credential_book.hpp"

namespace acr {

/// Until when `observed` serves as well as `wanted`: it is as we wrote it, holds a password for the
/// same user at the same domains, and each of these lives on for as long as a password of its
/// instance has left when it is renewed. Shortly before the instance's own renewal it is worth
/// waiting for that one: a third of that span at most. Nothing: it is to be written now.
/// Instances that are not in `first` have had a newer password, or none.
std::optional<wall_time> stays_until(const kubernetes::secret& observed,
                                     const desired_secret& wanted,
                                     const std::map<std::string, first_password>& first,
                                     wall_time now);

} // namespace acr
