/// What a kubelet makes of a Secret in `imagePullSecrets`, no matter who wrote it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/secret_string.hpp"

namespace acr::registry {

/// The credentials of a Secret, as a kubelet (1.36) reads them.
struct pull_secret {
  enum class state {
    usable,
    missing, ///< Passed over.
    hidden,  ///< It could not be read.
    ignored, ///< Of a type or without the key that is looked at: passed over.
    broken,  ///< It cannot be read: nothing is pulled with a list that names it.
  };
  /// A host, and the beginning of the repository; both as `image_matches` takes them.
  struct entry {
    std::string host;
    std::string path; ///< Empty: any repository.
    std::string user;
    secret_string password;

    bool blank() const noexcept { return user.empty() && password.empty(); }
  };

  std::string name{};
  state is = state::usable;
  std::string detail{}; ///< What is wrong; never a value.
  std::vector<entry> entries{};
};

/// `type` and `data` of the Secret, decoded from base64.
pull_secret read_pull_secret(std::string name, std::string_view type,
                             const std::map<std::string, secret_string>& data);

/// Whether a kubelet takes that entry for the image.
bool image_matches(const pull_secret::entry& entry, std::string_view image);

} // namespace acr::registry
