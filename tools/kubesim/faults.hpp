/// Faults that a test injects: which requests they hit, how often, and their effect. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "tools/kubesim/message.hpp"
#include "tools/simkit/fault_list.hpp"

namespace acr::kubesim {

/// The scope of a fault; an empty text matches everything.
struct fault_subject {
  std::string verb;
  std::string resource;
  std::string ns;
  std::string name;
  std::string user;
  std::string source;
};

struct fault {
  std::uint64_t id = 0;
  fault_subject match;
  std::string kind; ///< throttle, http_status, gone, delay, silence, truncate, reset
  int status = 503;
  int retry_after = 1;
  std::string body;
  std::chrono::milliseconds delay{0};
  std::optional<std::uint64_t> times_left; ///< Nothing: without end.
  std::uint64_t hits = 0;
};

/// Reads the body of `POST /faults`; throws refusal (400).
fault read_fault(const boost::json::object& from);

class fault_table : public simkit::fault_list<fault> {
public:
  boost::json::array list() const;

  /// The first matching fault, counted; it is removed after its last hit.
  std::optional<fault> hit(const fault_subject& subject);
};

} // namespace acr::kubesim
