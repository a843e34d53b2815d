/// The SecretWriter's progress, in numbers.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "actors/writer/desired_state.hpp"
#include "actors/writer/observed_state.hpp"
#include "actors/writer/write_failures.hpp"
#include "protocol/messages/status.hpp"

namespace acr {

/// All of it except what only the queue knows. Scans every namespace.
writing_progress progress_of(const observed_state& observed, const desired_secrets& desired,
                             const write_failures& failures, times now);

/// For each instance without a credential of this process: what the Secrets of the namespaces in
/// scope hold of it, written by an earlier helper or another leader. Scans every namespace.
std::map<std::string, credential_found>
found_credentials(const observed_state& observed, const desired_secrets& desired, wall_time now);

/// An account of the namespace that is, or would be, linked; `default` if it is one.
std::optional<kubernetes::object_meta> account_in(const std::string& ns,
                                                  const observed_namespace& record);

} // namespace acr
