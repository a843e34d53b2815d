/// One call of the cloud, parsed from a request: its service, its operation, its parameters.
#pragma once

#include <string>
#include <string_view>

#include "tools/cloudsim/kit.hpp"
#include "tools/cloudsim/message.hpp"
#include "tools/simkit/form.hpp"

namespace acr::cloudsim {

enum class service { sts, cr, metadata, registry, unknown };

/// The claimed signature scheme.
enum class scheme { none, rpc_v1, roa_v1, v3 };

struct call {
  service to = service::unknown;
  bool roa = false;      ///< Errors with lower-case keys, operations by path.
  std::string operation; ///< "AssumeRole", "GET /tokens", "metadata/credentials" ...
  std::string version;
  std::string region; ///< Of the endpoint, or given by the request; empty if neither.
  scheme signature = scheme::none;
  std::string key_id; ///< As claimed, not verified.
  parameters query;
  parameters form;
  parameters all; ///< Query and form together.
  std::string path;
};

/// Parses a request by its host name, or, where that is none of Alibaba Cloud's names, by its
/// content.
call read_call(const request& from);

/// The region of `sts.<region>.aliyuncs.com` and the like, or an empty text.
std::string region_of_host(std::string_view host);

} // namespace acr::cloudsim
