/// Messages of the cloud session: calls of Alibaba Cloud's APIs, which it addresses and signs.
#pragma once

#include <optional>
#include <string>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/aliyun/credentials.hpp"
#include "protocol/aliyun/operation.hpp"
#include "protocol/failure.hpp"

namespace acr {

/// Identity or TokenActor -> cloud session.
struct cloud_call {
  aliyun::operation what;
  std::string region;                        ///< "cn-hangzhou": chooses the endpoint.
  std::optional<aliyun::credentials> signer; ///< Nothing: sent unsigned.
};

/// Cloud session -> caller: the JSON text of a successful answer (2xx and, where the product has
/// it, `IsSuccess`), or the failure of the service or the network.
struct cloud_reply {
  result<secret_string> body;
};

/// Any actor -> cloud session: asks for the cluster's region, from the metadata service.
struct ask_region {};
struct region_reply {
  result<std::string> region;
};

/// Worker role -> cloud session: asks for one text of the metadata service. The session handles the
/// tokens of the hardened mode.
struct ask_metadata {
  std::string path; ///< Below `/latest/meta-data/`: "region-id", "ram/security-credentials/".
};
/// Cloud session -> caller: the body of the answer. Errors: those of `aliyun::metadata_exchange`.
struct metadata_reply {
  result<secret_string> text;
};

/// The cloud session, and in tests a simulated cloud.
using cloud_session = caf::typed_actor<
    // One call, tried at each endpoint of the product in turn until one can be reached.
    caf::replies_to<cloud_call>::with<cloud_reply>,
    // The region of this machine.
    caf::replies_to<ask_region>::with<region_reply>,
    // A text of this machine's metadata service.
    caf::replies_to<ask_metadata>::with<metadata_reply>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::cloud_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::cloud_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::ask_region)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::region_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::ask_metadata)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::metadata_reply)
