/// The metadata service of a machine: tokens, region, and the credentials of its role.
#pragma once

#include "tools/cloudsim/operation.hpp"

namespace acr::cloudsim {

/// Answers what lies below http://100.100.100.200/latest.
class metadata_server {
public:
  response answer(const setting& at);

private:
  std::shared_ptr<const session> current_session(const setting& at);

  std::shared_ptr<const session> current_; ///< What the service hands out until it renews it.
  wall_time renew_at_{};
  wall_time updated_{};
};

} // namespace acr::cloudsim
