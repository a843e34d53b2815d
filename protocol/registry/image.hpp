/// Which registry an image's name means, and whether an entry of a docker configuration fits it.
#pragma once

#include <string>
#include <string_view>

namespace acr::registry {

/// "a.example:5000/x/y:1" -> "a.example:5000"; a name without a host means "docker.io".
std::string host_of(std::string_view image);

/// Whether the kubelet takes the entry of `pattern` for images of `host`: the same name, in which a
/// `*` stands for one label, and the same port or none in both (a kubelet of 1.36 was asked).
bool covers(std::string_view pattern, std::string_view host);

} // namespace acr::registry
