/// Writes a configuration in any spelling; reading it back gives the same configuration.
#pragma once

#include <string>
#include <vector>

#include "config/model.hpp"
#include "protocol/secret_string.hpp"

namespace acr::config {

struct written {
  /// The manifest of the ConfigMap `kube-system/acr-configuration` (YAML), the add-on's JSON, or a
  /// file in our own form (YAML). It contains the AccessKeys of the configuration, if any.
  secret_string text;
  /// What the spelling cannot express, in words, one for each part of the configuration. The text
  /// is empty then: nothing is dropped silently.
  std::vector<std::string> losses;
};

/// `value` as it was read: names of instances are not written, they follow from the entries.
written write(const configuration& value, spelling form);

} // namespace acr::config
