/// Messages of the HTTP gateway. The Kubernetes session has the same protocol: it is a gateway that
/// adds server and authentication.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"

namespace acr {

/// Bounds of one exchange. Three deadlines guard each call: curl's own (`deadline`) is shorter than
/// the gateway's (`deadline` + 1 s), which is shorter than the one a caller gives to `request`
/// (use `deadline` + 5 s): the later ones fire only if an answer is lost.
struct http_limits {
  std::chrono::milliseconds deadline = std::chrono::seconds{15};
  std::size_t max_body = std::size_t{4} << 20; ///< Bytes; more is `response_too_big`.
  bool use_proxy = true;                       ///< False: never through a proxy (metadata service).
};

/// Any actor -> gateway: one request, one answer.
struct http_call {
  http_request request;
  http_limits limits;
};

/// Gateway -> caller. Any status is an answer; a failure means that there was none.
struct http_reply {
  result<http_response> value;
};

/// Names a stream of one receiver; counted up by the opener.
enum class stream_id : std::uint64_t {};

/// Bounds of a stream.
struct stream_limits {
  std::chrono::milliseconds open_deadline = std::chrono::seconds{15}; ///< Until the headers.
  /// Silence that ends it as `stream_idle`: a half-open connection never reports its end.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds{90};
  std::size_t window = std::size_t{1} << 20; ///< Bytes in flight to the receiver; then it waits.
};

/// Gateway -> receiver: the answer has begun with a 2xx status.
struct stream_opened {
  stream_id id;
};
/// Gateway -> receiver: the next bytes, cut anywhere. Must be answered with `stream_ack`.
struct stream_data {
  stream_id id;
  secret_string chunk;
};
/// Gateway -> receiver, last message: it never opened; the status was not 2xx.
struct stream_refused {
  stream_id id;
  http_response response;
};
/// Gateway -> receiver, last message: the end. Without a reason the server ended it properly.
struct stream_closed {
  stream_id id;
  std::optional<failure> reason;
};

/// The receiver of a stream.
using stream_sink = caf::typed_actor<
    // It has opened.
    caf::reacts_to<stream_opened>,
    // The next bytes.
    caf::reacts_to<stream_data>,
    // It was refused.
    caf::reacts_to<stream_refused>,
    // It has ended.
    caf::reacts_to<stream_closed>>;

/// Receiver -> gateway: open a stream whose data goes to `receiver`. It ends when the receiver
/// dies.
struct open_stream {
  stream_id id;
  http_request request;
  stream_limits limits;
  stream_sink receiver;
};
/// Receiver -> gateway: this many bytes have been processed; more may be sent.
struct stream_ack {
  stream_id id;
  std::size_t bytes;
  stream_sink receiver;
};
/// Receiver -> gateway: close; there is no answer.
struct close_stream {
  stream_id id;
  stream_sink receiver;
};

/// The HTTP gateway, the Kubernetes session, and in tests a simulated network.
using http_gateway = caf::typed_actor<
    // One exchange.
    caf::replies_to<http_call>::with<http_reply>,
    // A long answer, piece by piece.
    caf::reacts_to<open_stream>,
    // Back-pressure.
    caf::reacts_to<stream_ack>,
    // Close.
    caf::reacts_to<close_stream>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::http_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::http_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::stream_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::stream_data)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::stream_refused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::stream_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::open_stream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::stream_ack)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::close_stream)
