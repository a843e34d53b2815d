/// How an operator requests new credentials: an annotation of the ConfigMap.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace acr {

/// The annotation. Kubernetes permissions decide who may set it: patch on the ConfigMap.
inline constexpr const char* renewal_annotation = "acr-credential-helper/renew";

struct renewal_request {
  std::string request;  ///< Identifies it in the answer: letters, digits, `-.:_@`; at most 64.
  std::string instance; ///< Its name (also `#`), or a part as `concerns` takes it; empty: all.

  friend bool operator==(const renewal_request&, const renewal_request&) = default;
};

/// `REQUEST` or `REQUEST INSTANCE`, as `read_renewal_request` reads it.
std::string to_string(const renewal_request& request);

/// Nothing if the text is not valid.
std::optional<renewal_request> read_renewal_request(std::string_view text);

/// Whether the request concerns the instance of this name ("cri-1@cn-hangzhou#5e0c1a7f"): it names
/// that, or it without the suffix, or only its id.
bool concerns(const renewal_request& request, std::string_view instance_name);

} // namespace acr
