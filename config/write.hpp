/// Writes a configuration in any spelling; what reads it again understands the same.
#pragma once

#include <string>
#include <vector>

#include "config/model.hpp"
#include "protocol/secret_string.hpp"

namespace acr::config {

struct written {
  /// The manifest of the ConfigMap `kube-system/acr-configuration` (YAML), the add-on's JSON, or a
  /// file of ours (YAML). It holds the AccessKeys of the configuration, if it has any.
  secret_string text;
  /// What the spelling cannot say, in words, one for each part of the configuration. The text is
  /// empty then: nothing is left out silently.
  std::vector<std::string> losses;
};

/// `value` as it is read: names of instances are not written, they follow from the entries.
written write(const configuration& value, spelling form);

} // namespace acr::config
