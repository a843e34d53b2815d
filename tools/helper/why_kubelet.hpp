/// The kubelet's messages about an image, and their remedies; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/kubernetes/pod.hpp"

namespace acr::helper {

/// Whether it waits for its image, without success so far.
bool waits_for_image(const kubernetes::pod_container& container);

/// The reason in the kubelet's words: those of the Pod's status, or, if these say only that it
/// waits, those of the newest Event about this image. `events`: newest first.
std::string kubelet_words(const kubernetes::pod_container& container,
                          const std::vector<std::string>& events);

/// The remedy for that message.
std::string kubelet_remedy(std::string_view words);

} // namespace acr::helper
