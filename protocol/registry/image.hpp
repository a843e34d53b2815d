/// The registry in an image's name, and whether an entry of a docker configuration matches it.
#pragma once

#include <string>
#include <string_view>

namespace acr::registry {

/// "a.example:5000/x/y:1" -> "a.example:5000"; a name without a host means "docker.io".
std::string host_of(std::string_view image);

/// Whether the kubelet uses the entry of `pattern` for images of `host`: the same name, in which a
/// `*` stands for one label, and the same port or none in both (tested with a kubelet of 1.36).
bool covers(std::string_view pattern, std::string_view host);

} // namespace acr::registry
