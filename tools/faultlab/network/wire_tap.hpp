/// Reports the traffic of one program to observers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "tools/faultlab/network/network.hpp"

namespace acr::faultlab {

/// A request in flight to the server: executed even if the caller has gone.
struct packet {
  http_request request;
  std::string host;
  std::string target;
  std::string flow;
  fortune luck;
  bool stream = false;
};

class wire_tap {
public:
  wire_tap() = default;
  wire_tap(std::shared_ptr<network> net, std::string source)
      : net_{std::move(net)}, source_{std::move(source)} {}

  /// The request was sent, or it arrived.
  void request(traffic::kind what, std::uint64_t id, const packet& sent) const {
    auto seen = about(what, id, sent.stream);
    seen.host = sent.host;
    seen.method = sent.request.method;
    seen.target = sent.target;
    seen.flow = sent.flow;
    tell(seen);
  }
  /// The caller has gone.
  void withdrawn(std::uint64_t id, bool stream) const {
    tell(about(traffic::kind::withdrawn, id, stream));
  }
  void answered(std::uint64_t id, bool stream, const result<http_response>& value) const {
    auto seen = about(traffic::kind::answered, id, stream);
    seen.status = value ? value->status : 0;
    seen.failed = value ? errc::none : value.error().code;
    tell(seen);
  }

private:
  traffic about(traffic::kind what, std::uint64_t id, bool stream) const {
    traffic seen;
    seen.what = what;
    seen.id = id;
    seen.source = source_;
    seen.stream = stream;
    return seen;
  }
  void tell(const traffic& seen) const {
    if (net_ && net_->on_traffic)
      net_->on_traffic(seen);
  }

  std::shared_ptr<network> net_;
  std::string source_;
};

} // namespace acr::faultlab
