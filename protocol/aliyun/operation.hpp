/// One call of an Alibaba Cloud API, before it is addressed, signed and sent.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace acr::aliyun {

enum class product { sts, cr };

/// RPC: everything in parameters, path `/`. ROA: its own path, lower-case answers.
enum class api_style { rpc, roa };

using parameters = std::vector<std::pair<std::string, std::string>>;

/// A call as the API's documentation names it. Parameters may hold secrets (an OIDC token).
struct operation {
  product service = product::sts;
  api_style style = api_style::rpc;
  std::string version; ///< "2015-04-01"
  std::string action;  ///< "AssumeRole"
  std::string method = "POST";
  std::string path = "/";
  parameters query; ///< Decoded names and values.
  parameters form;  ///< Sent as the body, form-encoded, if not empty.

  friend bool operator==(const operation&, const operation&) = default;
};

} // namespace acr::aliyun
