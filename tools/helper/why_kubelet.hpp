/// What the kubelet says of an image, and what it takes to help; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/kubernetes/pod.hpp"

namespace acr::helper {

/// It waits for its image, without success so far.
bool waits_for_image(const kubernetes::pod_container& container);

/// Why, in the kubelet's words: those of the Pod's status, and where these say no more than that it
/// waits, those of the newest Event about this image. `events`: the newest first.
std::string kubelet_words(const kubernetes::pod_container& container,
                          const std::vector<std::string>& events);

/// What to do about it.
std::string kubelet_remedy(std::string_view words);

} // namespace acr::helper
