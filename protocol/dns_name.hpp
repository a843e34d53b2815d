/// Names as DNS and Kubernetes spell them (RFC 1123).
#pragma once

#include <string_view>

namespace acr {

/// 1 to 63 lower-case letters, digits and `-`, which is neither first nor last.
bool valid_dns_label(std::string_view label);

/// Labels separated by dots, at most 253 characters. With `wildcards`, a label may be `*`.
bool valid_dns_name(std::string_view name, bool wildcards = false);

} // namespace acr
