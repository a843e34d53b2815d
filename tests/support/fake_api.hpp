/// A Kubernetes session at the level of messages: streams that a test feeds, and calls that it
/// answers. No storage, no rules: those are the real server's business, in the end-to-end tests.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "protocol/messages/http.hpp"

namespace acr::testing {

struct api_script {
  /// The answer to a call; nothing: silence.
  std::function<std::optional<http_response>(const http_request&)> on_call;
  /// What a new watch lists first, as watch lines, by its URL.
  std::function<std::vector<std::string>(const std::string& url)> on_list;
  /// The status that a watch is refused with, by its URL; 0: it opens.
  std::function<int(const std::string& url)> on_open;

  std::vector<http_request> calls;
  std::vector<open_stream> streams;

  /// Sends a watch line to every open stream whose URL holds `part`.
  void emit(const std::string& part, const std::string& line) {
    for (const auto& stream : streams)
      if (stream.request.url.find(part) != std::string::npos)
        caf::anon_send(stream.receiver,
                       stream_data{stream.id, secret_string{std::string_view{line + "\n"}}});
  }
  /// Ends every open stream whose URL holds `part`.
  void close(const std::string& part, std::optional<failure> reason = {}) {
    auto ended = streams;
    std::erase_if(streams, [&](const auto& stream) {
      return stream.request.url.find(part) != std::string::npos;
    });
    for (const auto& stream : ended)
      if (stream.request.url.find(part) != std::string::npos)
        caf::anon_send(stream.receiver, stream_closed{stream.id, reason});
  }
  std::size_t count(const std::string& method, const std::string& part = "") const {
    return static_cast<std::size_t>(
        std::count_if(calls.begin(), calls.end(), [&](const auto& call) {
          return call.method == method && call.url.find(part) != std::string::npos;
        }));
  }
};

inline std::string end_of_list(int version = 1) {
  return R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":")" +
         std::to_string(version) + R"(","annotations":{"k8s.io/initial-events-end":"true"}}}})";
}

inline http_gateway::behavior_type fake_api(http_gateway::pointer self, api_script* script) {
  return {
      [self, script](const http_call& m) -> caf::result<http_reply> {
        script->calls.push_back(m.request);
        if (auto value = script->on_call ? script->on_call(m.request) : std::nullopt)
          return http_reply{std::move(*value)};
        return self->make_response_promise<http_reply>(); // dropped: nobody answers
      },
      [self, script](const open_stream& m) {
        if (const int status = script->on_open ? script->on_open(m.request.url) : 0) {
          self->send(m.receiver, stream_refused{m.id, {status, {}, {}}});
          return;
        }
        script->streams.push_back(m);
        self->send(m.receiver, stream_opened{m.id});
        std::string text;
        if (script->on_list)
          for (const auto& line : script->on_list(m.request.url))
            text += line + "\n";
        text += end_of_list() + "\n";
        self->send(m.receiver, stream_data{m.id, secret_string{std::move(text)}});
      },
      [](const stream_ack&) {},
      [script](const close_stream& m) {
        std::erase_if(script->streams, [&](const open_stream& stream) {
          return stream.id == m.id && stream.receiver == m.receiver;
        });
      },
  };
}

} // namespace acr::testing
