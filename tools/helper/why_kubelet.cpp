#include "tools/helper/why_kubelet.hpp"

#include <algorithm>
#include <array>

#include <boost/algorithm/string/predicate.hpp>

namespace acr::helper {

namespace {

struct remedy_row {
  std::string_view part;  ///< Substring of the kubelet's message.
  std::string_view other; ///< Another one, which must occur, too.
  std::string_view remedy;
};

constexpr std::string_view unreached =
    "the node does not reach the registry: check its routes, and the access control list of the "
    "instance";
constexpr std::string_view not_for_this =
    "the registry does not let this Pod have the repository: give the identity of the instance "
    "cr:PullRepository on it, and check its spelling; --ask-registry tries the credentials";
constexpr std::string_view refused =
    "the registry accepted no credential of this Pod: --ask-registry tries them";
constexpr std::string_view spelling = "check the spelling of repository and tag";
constexpr std::string_view unreadable =
    "a Secret in the Pod's imagePullSecrets cannot be read: mend or delete it";

// The first match counts. The messages are those of containerd, CRI-O and docker.
constexpr std::array rows{
    remedy_row{"x509", "",
               "the node does not trust the registry's certificate: install its authority "
               "on the nodes, or use another domain of the instance"},
    remedy_row{"no such host", "",
               "the node does not resolve the name: VPC endpoints resolve within "
               "linked VPCs only; link the VPC, or use the public domain"},
    remedy_row{"i/o timeout", "", unreached},
    remedy_row{"connection refused", "", unreached},
    remedy_row{"connection reset", "", unreached},
    remedy_row{"no route to host", "", unreached},
    remedy_row{"deadline exceeded", "", unreached},
    remedy_row{"handshake timeout", "", unreached},
    remedy_row{"403", "token",
               "the registry lets nobody in from this node: add the address with which the node "
               "reaches it to the access control list of the instance. If other Pods of the node "
               "pull from it, give the identity cr:PullRepository on this repository"},
    remedy_row{"insufficient_scope", "", not_for_this},
    remedy_row{"pull access denied", "", not_for_this},
    remedy_row{"403 forbidden", "", not_for_this},
    remedy_row{"denied", "", not_for_this},
    remedy_row{"unauthorized", "", refused},
    remedy_row{"authentication required", "", refused},
    remedy_row{"no basic auth", "", refused},
    remedy_row{"not found", "", spelling},
    remedy_row{"manifest unknown", "", spelling},
    remedy_row{"toomanyrequests", "", "the registry counts too many requests: wait"},
    remedy_row{"no match for platform", "", "the image is for another kind of processor"},
    remedy_row{"invalid reference format", "",
               "no image can have that name: mend it in the template"},
    remedy_row{"couldn't parse image", "", "no image can have that name: mend it in the template"},
    remedy_row{"with pull policy of never", "",
               "the image is not on the node, and imagePullPolicy Never forbids to pull it"},
    remedy_row{"invalid character", "", unreadable},
    remedy_row{"unmarshal", "", unreadable},
    remedy_row{"illegal base64", "", unreadable},
    remedy_row{"auth field", "", unreadable},
    remedy_row{"no space left", "", "make room on the node's disk"},
};

constexpr std::array<std::string_view, 7> image_reasons{
    "ImagePullBackOff",  "ErrImagePull",        "ErrImageNeverPull",        "InvalidImageName",
    "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"};

} // namespace

bool waits_for_image(const kubernetes::pod_container& container) {
  return std::find(image_reasons.begin(), image_reasons.end(), container.waiting) !=
         image_reasons.end();
}

std::string kubelet_words(const kubernetes::pod_container& container,
                          const std::vector<std::string>& events) {
  auto words = container.waiting;
  if (!container.waiting_detail.empty())
    words += ": " + container.waiting_detail;
  if (container.waiting != "ImagePullBackOff" ||
      container.waiting_detail.find("ErrImagePull:") != std::string::npos)
    return words;
  for (const auto& event : events)
    if (event.starts_with("Failed to pull image") &&
        event.find("\"" + container.image + "\"") != std::string::npos)
      return words + "; before: " + event;
  return words;
}

std::string kubelet_remedy(std::string_view words) {
  for (const auto& row : rows)
    if (boost::algorithm::icontains(words, row.part) &&
        boost::algorithm::icontains(words, row.other))
      return std::string{row.remedy} + "; the kubelet tries again by itself, within five minutes";
  return "wait for its next try, within five minutes: if these words come again, they are the "
         "cause";
}

} // namespace acr::helper
