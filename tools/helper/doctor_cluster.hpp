/// What `doctor` asks the API server: whether it answers, what the helper's account may do, and
/// whether policies guard that account.
#pragma once

#include <string>
#include <vector>

#include "config/model.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/doctor_checks.hpp"
#include "tools/helper/doctor_report.hpp"
#include "tools/helper/runtime_context.hpp"

namespace acr::helper {

/// The questions, one after the other; the findings go to `report`.
class cluster_examination {
public:
  cluster_examination(const runtime_context& around, api_client& api, doctor_report& report)
      : around_{around}, api_{api}, report_{report} {}

  /// False: the API server is unreachable, which is a fault if it `must_be` reachable.
  bool server(bool must_be);
  /// Without a configuration all namespaces count as in scope.
  void permissions(const config::configuration* configuration);
  void guard();

private:
  result<http_response> get(std::string path);
  result<bool> may(const permission& needed, const std::string& verb, const std::string& ns);
  result<std::vector<std::string>> refused_in(const permission& needed, const std::string& verb);

  const runtime_context& around_;
  api_client& api_;
  doctor_report& report_;
};

} // namespace acr::helper
