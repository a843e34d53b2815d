/// Faults that a test injects: which calls they hit, how often, and their effect. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "protocol/failure.hpp"
#include "tools/cloudsim/message.hpp"
#include "tools/simkit/fault_list.hpp"

namespace acr::cloudsim {

/// The scope of a fault. In a fault an empty text matches everything and `*` any characters; for a
/// call they are its properties.
struct fault_subject {
  std::string operation;
  std::string instance;
  std::string account;
  std::string key;
  std::string role;
  std::string host;
  std::string region;
};

struct fault {
  enum class kind {
    error_code,  ///< An error body of the gateway; with status 200 the failure form of ACR.
    http_status, ///< A bare status.
    throttle,    ///< Throttling.User, with x-ratelimit headers if `retry_after` is given.
    delay,       ///< The correct answer, late.
    silence,     ///< The call is executed, no answer is sent.
    truncate,    ///< The call is executed, half of the answer is sent.
    garbage,     ///< 200 and bytes that are not JSON.
    html,        ///< An error page of a proxy.
    reset,       ///< The call is executed, the connection is reset.
    answer,      ///< A given body.
  };
  std::uint64_t id = 0;
  fault_subject match;
  kind what = kind::error_code;
  std::string name; ///< Of the kind, as given.
  std::string code;
  std::string message;
  int status = 0;
  std::chrono::milliseconds delay{0};
  std::optional<std::chrono::milliseconds> retry_after;
  std::string body;
  std::string content_type;
  std::optional<std::uint64_t> times_left; ///< Nothing: without end.
  std::uint64_t hits = 0;

  /// Whether it replaces the execution of the call.
  bool in_place_of_the_call() const noexcept;
};

/// Reads the body of `POST /faults`. Errors: parameter_bad.
result<fault> read_fault(const boost::json::object& from);

class fault_table : public simkit::fault_list<fault> {
public:
  boost::json::array list() const;

  /// The first fault that matches the call, counted as a hit; it is removed after its last hit.
  std::optional<fault> hit(const fault_subject& subject);
};

} // namespace acr::cloudsim
