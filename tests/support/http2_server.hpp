/// An HTTP/2 server for tests, frame by frame (RFC 9113): enough to end a connection in ways that
/// a library would not.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "tests/support/raw_server.hpp"

namespace acr::testing {

class http2_connection {
public:
  using stream_id = std::uint32_t;

  explicit http2_connection(raw_connection& peer) : peer_{peer} {}

  /// The next request; 0: the peer went away.
  stream_id next_request() {
    if (!std::exchange(greeted_, true)) {
      peer_.read(preface);
      write(settings, 0, 0, {});
    }
    for (;;) {
      const auto head = peer_.read(9);
      if (head.size() < 9)
        return 0;
      const auto at = [&](std::size_t i) { return static_cast<unsigned char>(head[i]); };
      const auto length = static_cast<std::size_t>(at(0) << 16 | at(1) << 8 | at(2));
      const auto stream =
          static_cast<stream_id>((at(5) & 0x7f) << 24 | at(6) << 16 | at(7) << 8 | at(8));
      peer_.read(length);
      if (at(3) == settings && (at(4) & ack) == 0)
        write(settings, ack, 0, {});
      if (at(3) == headers)
        return stream;
    }
  }

  /// 200, without a body.
  void answer(stream_id stream) { write(headers, end_stream | end_headers, stream, "\x88"); }

  /// It takes no further requests, those up to `last` are as good as any other.
  void go_away(stream_id last) { write(goaway, 0, 0, bytes(last) + std::string(4, '\0')); }

private:
  static constexpr std::size_t preface = 24;
  static constexpr unsigned char headers = 1, settings = 4, goaway = 7;
  static constexpr unsigned char ack = 1, end_stream = 1, end_headers = 4;

  static std::string bytes(std::uint32_t number) {
    std::string out;
    for (const int shift : {24, 16, 8, 0})
      out.push_back(static_cast<char>(number >> shift & 0xff));
    return out;
  }

  void write(unsigned char type, int flags, stream_id stream, std::string_view content) {
    auto frame = bytes(static_cast<std::uint32_t>(content.size())).substr(1);
    frame.push_back(static_cast<char>(type));
    frame.push_back(static_cast<char>(flags));
    peer_.write(frame.append(bytes(stream)).append(content));
  }

  raw_connection& peer_;
  bool greeted_ = false;
};

/// As `server_tls`, and it speaks HTTP/2.
inline std::shared_ptr<boost::asio::ssl::context> http2_tls(const identity& server) {
  auto context = server_tls(server);
  SSL_CTX_set_alpn_select_cb(
      context->native_handle(),
      [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char*, unsigned int,
         void*) {
        static constexpr std::string_view name = "h2";
        *out = reinterpret_cast<const unsigned char*>(name.data());
        *size = static_cast<unsigned char>(name.size());
        return SSL_TLSEXT_ERR_OK;
      },
      nullptr);
  return context;
}

} // namespace acr::testing
