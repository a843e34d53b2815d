/// Whose a registry's host is: what a password of ours must not be offered to.
#pragma once

#include <string_view>

namespace acr::registry {

/// Whether a host with `*` in it covers registries of anybody: `*`, `*.*`, `*.com`, `registry.*`,
/// `*.com.cn`. The last two labels must be names, three below a suffix under which anybody can have
/// a name. Lower case, with or without a port.
bool wide_wildcard(std::string_view host);

/// Whether it is a well-known registry that is not the vendor's: docker.io, ghcr.io, quay.io.
bool of_another_vendor(std::string_view host);

/// Whether it is below the vendor's own domain. Others may be right: an instance can have domains
/// of its owner.
bool of_the_vendor(std::string_view host);

} // namespace acr::registry
