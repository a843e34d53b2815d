/// The form of a registry host in an image's name and in a docker configuration.
#pragma once

#include <string_view>

namespace acr::registry {

/// Whether a kubelet could match images of this host: lower-case DNS name or IPv4 address (`*` for
/// a whole label is allowed), an optional port 1-65535, no scheme, no path.
bool valid_host(std::string_view host);

} // namespace acr::registry
