/// Who owns a registry's host: our credentials must not be offered to foreign ones.
#pragma once

#include <string_view>

namespace acr::registry {

/// Whether a host with `*` in it covers anyone's registries: `*`, `*.*`, `*.com`, `registry.*`,
/// `*.com.cn`. The last two labels must be names, three below a suffix under which anyone can
/// register a name. Lower case, with or without a port.
bool wide_wildcard(std::string_view host);

/// Whether it is a well-known registry of another vendor: docker.io, ghcr.io, quay.io.
bool of_another_vendor(std::string_view host);

/// Whether it is a registry of the vendor: below cr.aliyuncs.com, or registry*.REGION.aliyuncs.com
/// of Personal edition. Not everything below aliyuncs.com: load balancers and buckets there belong
/// to customers, who choose a part of the name and what answers. Other hosts may be valid: an
/// instance can have domains of its owner.
bool of_the_vendor(std::string_view host);

} // namespace acr::registry
