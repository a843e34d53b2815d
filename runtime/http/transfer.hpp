/// One exchange or stream in flight: its handle, its partial answer, its deadlines.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include <curl/curl.h>

#include "runtime/http/answer_reader.hpp"
#include "runtime/http/curl_failure.hpp"
#include "runtime/http/curl_request.hpp"
#include "runtime/http/driver.hpp"

namespace acr {

struct easy_deleter {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
using easy_handle = std::unique_ptr<CURL, easy_deleter>;

/// Used on the driver's thread only.
class transfer {
public:
  using clock = std::chrono::steady_clock;
  using tell = http_driver::listener;

  /// `asked`: the time of the request. From then on the deadline of an exchange runs, also while it
  /// waits for its turn; a stream has nearly twice the time of its headers, including its turn.
  transfer(transfer_id id, http_request request, http_target target, const http_limits& limits,
           clock::time_point asked);
  transfer(transfer_id id, http_request request, http_target target, const stream_limits& limits,
           clock::time_point asked);

  /// Prepares the handle, which refers to this object from then on.
  void start(easy_handle easy, const http_driver_options& options, clock::time_point now);
  /// Ends the handle, which refers to this object, and with it the buffers of its last request.
  void release() noexcept;

  transfer_id id() const noexcept { return id_; }
  CURL* handle() const noexcept { return easy_.get(); } ///< Null while it waits for its turn.
  const http_target& target() const noexcept { return request_.target(); }
  bool is_stream() const noexcept { return stream_.has_value(); }
  /// Its answer comes over a connection that carries several.
  bool shares_connection() const;

  /// Reports the bytes of a stream since the last call. True: it has just opened.
  bool flush(const tell& listener, clock::time_point now);
  /// The reader has room again.
  void acknowledge(std::size_t bytes, clock::time_point now);
  /// When it times out if nothing happens before; nothing while it waits for its reader.
  std::optional<clock::time_point> due() const noexcept;
  /// Reports the end: curl's result, or an expired deadline; `held`: what it waited for if it never
  /// began.
  void finish(CURLcode code, const tell& listener);
  void expire(const tell& listener, const std::string& held);
  void refuse(const tell& listener, std::string why);
  /// The server is verified by the driver's roots.
  bool uses_roots() const noexcept { return request_.uses_roots(); }

  /// Whether it is to be sent once more: the connection that it shared with earlier ones ended
  /// before any of its answer came, as when a server sends GOAWAY. curl does so where it knows that
  /// nothing was sent. A POST may have been carried out; whatever else this project sends may
  /// arrive twice.
  bool repeats(CURLcode code);

  /// It may be waiting for a connection that another transfer is making, in the hope of HTTP/2.
  bool may_wait_for_others() const noexcept { return easy_ && !connected_ && shares_; }
  /// It makes a connection of its own; to be called while its handle is not in use.
  void make_own_connection();

private:
  transfer(transfer_id id, http_request request, http_target target, std::size_t max_body,
           clock::time_point asked);

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_connected(void* self, char*, char*, int, int);
  bool may_send();
  std::size_t take_header(std::string_view line);
  std::size_t take_body(std::string_view bytes);
  bool streaming() const noexcept {
    return stream_ && answer_.headers_complete() && answer_.successful();
  }
  void end(std::optional<failure> reason, const tell& listener);
  failure reason_of(CURLcode code) const;
  std::chrono::milliseconds patience() const noexcept; ///< For its turn.

  transfer_id id_;
  curl_request request_;
  answer_reader answer_;
  std::optional<stream_limits> stream_; ///< Nothing: an exchange.
  std::chrono::milliseconds deadline_{};
  std::chrono::milliseconds connect_timeout_{};
  bool use_proxy_ = true;
  easy_handle easy_;
  std::array<char, CURL_ERROR_SIZE> words_{};
  clock::time_point asked_;
  clock::time_point started_;
  clock::time_point heard_; ///< Last activity of a stream.
  bool connected_ = false;
  bool repeated_ = false;
  bool shares_ = false; ///< The connection, if the server speaks HTTP/2.
  bool told_open_ = false;
  bool heard_something_ = false;
  bool paused_ = false;
  std::size_t unread_ = 0;        ///< Reported, and not acknowledged.
  std::optional<failure> broken_; ///< Why a callback stopped it.
};

} // namespace acr
