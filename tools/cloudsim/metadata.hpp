/// The metadata service of a machine: tokens, region, and the credentials of its role.
#pragma once

#include "tools/cloudsim/operation.hpp"

namespace acr::cloudsim {

/// Answers requests below http://100.100.100.200/latest.
class metadata_server {
public:
  response answer(const setting& at);

private:
  std::shared_ptr<const session> current_session(const setting& at);

  std::shared_ptr<const session> current_; ///< The credentials of the service, until it renews.
  wall_time renew_at_{};
  wall_time updated_{};
};

} // namespace acr::cloudsim
