/// Faults that a test injects: which calls they hit, how often, and what happens then. Pure.
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

/// What a fault may be told apart by. In a fault an empty text matches everything and `*` any
/// characters; about a call they are what the call is.
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
    delay,       ///< The right answer, late.
    silence,     ///< The call is executed, no answer comes.
    truncate,    ///< The call is executed, half of the answer comes.
    garbage,     ///< 200 and bytes that are not JSON.
    html,        ///< An error page of some proxy.
    reset,       ///< The call is executed, the connection is reset.
    answer,      ///< A body as told.
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
  std::optional<std::uint64_t> times_left; ///< Nothing: for ever.
  std::uint64_t hits = 0;

  /// Whether the call is not executed because of it.
  bool in_place_of_the_call() const noexcept;
};

/// Reads the body of `POST /faults`. Errors: parameter_bad.
result<fault> read_fault(const boost::json::object& from);

class fault_table : public simkit::fault_list<fault> {
public:
  boost::json::array list() const;

  /// The first fault that hits such a call, counted as a hit; what was its last time is removed.
  std::optional<fault> hit(const fault_subject& subject);
};

} // namespace acr::cloudsim
