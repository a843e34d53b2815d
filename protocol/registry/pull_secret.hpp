/// How a kubelet reads a Secret in `imagePullSecrets`, regardless of who wrote it.
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
    missing, ///< Ignored.
    hidden,  ///< It could not be read.
    ignored, ///< Another type, or without the required key: ignored.
    broken,  ///< It is unreadable: no pull succeeds with a list that names it.
  };
  /// A host, and the beginning of the repository; both as `image_matches` expects them.
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

/// Whether a kubelet uses that entry for the image.
bool image_matches(const pull_secret::entry& entry, std::string_view image);

} // namespace acr::registry
