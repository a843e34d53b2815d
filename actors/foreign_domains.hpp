/// Domains that only the configuration assigns to an instance.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "protocol/registry/image.hpp"
#include "protocol/registry/login.hpp"
#include "protocol/registry/ownership.hpp"

namespace acr {

/// Anyone who may write the configuration can name any server as an instance's domain. Nodes offer
/// the credential there if a Pod asks for an image of that server; the helper itself, which acts
/// without a Pod, must not. Pure.
class foreign_domains {
public:
  foreign_domains() = default;
  /// `configured`: empty if the instance names its domains itself. `allowed`: patterns of hosts
  /// that the operator trusts.
  foreign_domains(std::vector<std::string> configured, std::vector<std::string> allowed)
      : allowed_{std::move(allowed)} {
    for (auto& domain : configured)
      if (!registry::of_the_vendor(domain) && !is_allowed(domain))
        left_.push_back(std::move(domain));
  }

  /// Domains that the service lists for the instance are its own.
  void confirm(const std::vector<std::string>& named) {
    std::erase_if(left_, [&](const std::string& domain) {
      return std::find(named.begin(), named.end(), domain) != named.end();
    });
  }

  const std::vector<std::string>& left() const { return left_; }
  bool contains(const std::string& domain) const {
    return std::find(left_.begin(), left_.end(), domain) != left_.end();
  }

private:
  bool is_allowed(const std::string& domain) const {
    return std::any_of(allowed_.begin(), allowed_.end(), [&](const std::string& pattern) {
      return registry::covers(pattern, domain);
    });
  }

  std::vector<std::string> allowed_;
  std::vector<std::string> left_;
};

} // namespace acr
