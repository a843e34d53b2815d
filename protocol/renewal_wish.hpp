/// How an operator asks the helper for new passwords: an annotation of the ConfigMap.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace acr {

/// The annotation. Who may set it is a matter of Kubernetes' permissions: patch on the ConfigMap.
inline constexpr const char* renewal_annotation = "acr-credential-helper/renew";

struct renewal_wish {
  std::string request;  ///< Names it in the answer: letters, digits and `- . : _`, at most 64.
  std::string instance; ///< Its name, or its id alone; empty: all.

  friend bool operator==(const renewal_wish&, const renewal_wish&) = default;
};

/// `REQUEST` or `REQUEST INSTANCE`, as `read_renewal_wish` reads it.
std::string to_string(const renewal_wish& wish);

/// Nothing if the text is none.
std::optional<renewal_wish> read_renewal_wish(std::string_view text);

/// Whether the wish concerns the instance of this name ("cri-1@cn-hangzhou").
bool concerns(const renewal_wish& wish, std::string_view instance_name);

} // namespace acr
