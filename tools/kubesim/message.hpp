/// Requests and answers of the simulated API server, as plain values: no socket, no clock.
#pragma once

#include <memory>

#include "tools/simkit/message.hpp"

namespace acr::kubesim {

using simkit::fate;
using request = simkit::incoming;
using simkit::response;

/// The body of a watch: whole lines, newest last. `ended`: the server has closed it.
using watch_stream = simkit::body_stream;

/// An answer. With `stream` its body begins with `answer.body` (empty) and continues with the
/// stream; status, headers, delay and fate are those of `answer`.
struct outcome {
  response answer;
  std::shared_ptr<watch_stream> stream;
};

} // namespace acr::kubesim
