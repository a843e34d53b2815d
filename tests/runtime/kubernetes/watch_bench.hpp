/// A watch machine on a bench: what goes in are calls, what comes out is a short text.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/kubernetes/watch_machine.hpp"

namespace acr::testing {

using namespace acr::kubernetes;
using namespace std::chrono_literals;

inline constexpr auto unavailable = R"({"kind":"Status","reason":"ServiceUnavailable","code":503})";
inline constexpr auto expired_event =
    R"({"type":"ERROR","object":{"kind":"Status","reason":"Expired","code":410}})";

inline std::string object_text(const std::string& name, const std::string& version) {
  return R"({"metadata":{"name":")" + name + R"(","resourceVersion":")" + version + R"("}})";
}

inline std::string line(const std::string& type, const std::string& name,
                        const std::string& version) {
  return R"({"type":")" + type + R"(","object":)" + object_text(name, version) + "}\n";
}

inline std::string bookmark(const std::string& version, bool end = false) {
  return R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":")" + version + "\"" +
         (end ? R"(,"annotations":{"k8s.io/initial-events-end":"true"})" : "") + "}}}\n";
}

inline std::string page(const std::vector<std::string>& names, const std::string& version,
                        const std::string& more = "") {
  std::string items;
  for (const auto& name : names) {
    items += items.empty() ? "" : ",";
    items += object_text(name, "1");
  }
  return R"({"metadata":{"resourceVersion":")" + version + R"(","continue":")" + more +
         R"("},"items":[)" + items + "]}";
}

inline http_response answer(int status, std::string body = "",
                            std::vector<http_header> headers = {}) {
  return {status, std::move(headers), secret_string{std::move(body)}};
}

/// A machine, and what it has asked for so far, as short texts: "stream 1", "timer", "+a" (apply),
/// "-a", "init", "(a" (init_apply), "done", "trouble", "recovered" ...
struct bench {
  explicit bench(watch_tuning how = {}, std::uint64_t seed = 1, std::string selector = "")
      : tuning{how}, machine{{object_kind::name_space, "", std::move(selector)}, how, seed} {}

  void take(const watch_actions& actions) {
    for (const auto& action : actions)
      std::visit([this](const auto& what) { note(what); }, action);
  }
  void note(const send_page& what) {
    log.emplace_back("page");
    url = what.request.url;
  }
  void note(const start_stream& what) {
    log.push_back(std::string{"stream "}.append(std::to_string(what.stream)));
    stream = what.stream;
    url = what.request.url;
  }
  void note(const stop_stream& what) {
    log.push_back(std::string{"stop "}.append(std::to_string(what.stream)));
  }
  void note(const arm_timer& what) { delay = what.delay; }
  void note(const emit_events& what) {
    batches.push_back(what.events.size());
    for (const auto& event : what.events) {
      const auto& name = meta_of(event.object).ref.name;
      switch (event.kind) {
      case watch_event_kind::init:
        log.emplace_back("init");
        break;
      case watch_event_kind::init_apply:
        log.push_back("(" + name);
        break;
      case watch_event_kind::init_done:
        log.emplace_back("done");
        break;
      case watch_event_kind::apply:
        log.push_back("+" + name);
        break;
      case watch_event_kind::remove:
        log.push_back("-" + name);
        break;
      }
    }
  }
  void note(const emit_trouble& what) {
    log.emplace_back("trouble");
    reason = what.reason;
  }
  void note(const emit_recovered&) { log.emplace_back("recovered"); }

  void start() { take(machine.start()); }
  void opened() { take(machine.stream_opened(stream)); }
  void data(const std::string& text) { take(machine.stream_data(stream, text)); }
  void refused(const http_response& response) { take(machine.stream_refused(stream, response)); }
  void closed(std::optional<errc> why = std::nullopt) {
    take(machine.stream_closed(stream, why ? std::optional{make_failure(*why, "", "broken")}
                                           : std::nullopt));
  }
  void timer() { take(machine.timer_fired()); }
  void pages(const result<http_response>& response) { take(machine.page_answered(response)); }

  /// What was logged since the last call.
  std::string said() {
    std::string text;
    for (const auto& entry : std::exchange(log, {}))
      text += (text.empty() ? "" : " ") + entry;
    return text;
  }

  /// Until a watch from version 10 is open and stable.
  void reach_watching() {
    start();
    opened();
    data(line("ADDED", "a", "3") + bookmark("10", true));
    timer();
    said();
  }
  /// The same, for a server without streaming lists.
  void reach_watching_by_pages() {
    start();
    refused(answer(422));
    pages(answer(200, page({"a"}, "10")));
    opened();
    timer();
    said();
  }
  bool resumes_from(const std::string& version) const {
    return url.ends_with("&resourceVersion=" + version);
  }
  bool lists_streaming() const { return url.find("sendInitialEvents=true") != std::string::npos; }

  watch_tuning tuning;
  watch_machine machine;
  std::vector<std::string> log;
  std::vector<std::size_t> batches;
  std::uint64_t stream = 0;
  std::string url;
  failure reason;
  std::chrono::milliseconds delay{};
};

} // namespace acr::testing
