/// List and watch as a state machine: the next actions for each event. No socket, no timer and no
/// clock of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "protocol/messages/watch.hpp"
#include "runtime/http/answer_reader.hpp"
#include "runtime/kubernetes/page_walk.hpp"

namespace acr::kubernetes {

struct watch_tuning {
  int page = 500; ///< Objects per page, as in client-go.
  /// The server ends a watch after a time between this and twice as much, as in client-go: it is
  /// then resumed. Servers bookmark about once a minute, and once more just before that end.
  std::chrono::seconds server_timeout{300};
  /// Silence after which a connection counts as dead: longer than a bookmark's interval with
  /// margin.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds{90};
  /// The gateway reports all ends; should it be gone, these notice: no message about a stream
  /// within the first, no bytes during the second.
  std::chrono::milliseconds open_guard = std::chrono::seconds{30};
  std::chrono::milliseconds silence_guard = std::chrono::minutes{2};
  /// A watch that lasted this long was a success: its end needs no backoff.
  std::chrono::milliseconds stable_after = std::chrono::seconds{10};
  std::chrono::milliseconds retry_first{500}; ///< First ceiling of the backoff; it doubles.
  std::chrono::milliseconds retry_most = std::chrono::seconds{30};
  std::size_t max_line = std::size_t{4} << 20; ///< Bytes; etcd holds 1.5 MiB, JSON may escape.
  std::size_t batch = 500;                     ///< Most events in one message to the owner.
};

// The machine's actions.

/// Send this and pass the answer to `page_answered`; forget any earlier one.
struct send_page {
  http_request request;
};
/// Open this stream, named by `stream`; its events are reported with that name.
struct start_stream {
  std::uint64_t stream = 0;
  http_request request;
};
/// Close it; its remaining events may be reported or not.
struct stop_stream {
  std::uint64_t stream = 0;
};
/// Call `timer_fired` after this long; replaces any earlier one.
struct arm_timer {
  std::chrono::milliseconds delay{};
};
/// Send these to the owner.
struct emit_events {
  std::vector<watch_event> events;
};
struct emit_trouble {
  failure reason;
};
struct emit_recovered {};

using watch_action = std::variant<send_page, start_stream, stop_stream, arm_timer, emit_events,
                                  emit_trouble, emit_recovered>;
using watch_actions = std::vector<watch_action>; ///< In order of execution.

/// Flow: a streaming list, or pages after a streaming list has failed (permanently where the server
/// does not support them); then a watch from there, resumed from the last version seen after each
/// end. A version that is too old (410) leads to a new list, without delay the first time. Failures
/// are retried with backoff and full jitter, or after Retry-After if that is longer. After a watch
/// was refused with 401, a small call goes first: for calls the session renews its credential; then
/// the watch resumes from where it was. 403 has a backoff of its own: an API server that has just
/// started refuses everyone for a second or two, until it knows its roles; a lasting refusal waits
/// for an administrator. A failure is reported when an attempt fails, not when an established watch
/// ends: that is routine, and reported only if the next attempt fails, too. It is reported again if
/// it turns into a 403: owners can react to that.
class watch_machine {
public:
  watch_machine(watch_spec what, watch_tuning tuning, std::uint64_t seed);

  /// To be called once, first.
  watch_actions start();
  /// The answer to the last `send_page`, or why there was none.
  watch_actions page_answered(const result<http_response>& answer);
  /// Events of a stream; ignored if it is not the current one.
  watch_actions stream_opened(std::uint64_t stream);
  watch_actions stream_data(std::uint64_t stream, std::string_view chunk);
  watch_actions stream_refused(std::uint64_t stream, const http_response& answer);
  watch_actions stream_closed(std::uint64_t stream, const std::optional<failure>& reason);
  /// The delay of the last `arm_timer` is over.
  watch_actions timer_fired();

  /// Why the stream before the current one, or the list before it, ended; `none`: as planned.
  errc last_end() const { return last_end_; }

private:
  /// The current activity; the comment says what ends it.
  enum class phase : std::uint8_t {
    idle,           ///< start()
    waiting,        ///< The timer.
    listing_pages,  ///< The answer to a page.
    listing_stream, ///< The bookmark that ends the list.
    probing,        ///< The answer to a call that has the session renew its credential.
    watching,       ///< The stream's end.
  };

  bool is_current(std::uint64_t stream) const { return streaming_ && stream == stream_; }
  std::string step() const;
  void proceed(watch_actions& out);
  void begin_list(watch_actions& out);
  void next_page(watch_actions& out);
  void open(http_request request, phase next, watch_actions& out);
  void resume(watch_actions& out);
  void probe(watch_actions& out);
  void take_line(std::string_view line, watch_actions& out);
  void take_event(stream_event event, watch_actions& out);
  void list_done(std::string version, watch_actions& out);
  void note(watch_event_kind kind, object value, watch_actions& out);
  void flush(watch_actions& out);
  void works(watch_actions& out);
  void failed(failure reason, watch_actions& out);
  void retry(const failure& reason, watch_actions& out);
  void broken(failure reason, watch_actions& out);
  void drop_stream(watch_actions& out);
  std::chrono::seconds life();
  std::chrono::milliseconds backoff(const failure& reason);

  watch_spec what_;
  watch_tuning tuning_;
  std::minstd_rand random_;
  phase phase_ = phase::idle;
  bool streaming_lists_ = true; ///< Until a server shows that it does not support them.
  errc last_end_ = errc::none;
  bool pages_next_ = false;         ///< The next list is by pages.
  bool refused_ = false;            ///< The last stream was, due to its credential (401).
  bool listed_ = false;             ///< A list is complete: `version_` can be resumed from.
  errc told_ = errc::none;          ///< The failure that was reported to the owner.
  unsigned failures_ = 0;           ///< In a row.
  unsigned denials_ = 0;            ///< 403 in a row.
  unsigned expiries_ = 0;           ///< 410 in a row.
  std::string version_;             ///< The last resourceVersion seen.
  page_walk walk_{""};              ///< Through the pages of the list in flight.
  std::uint64_t stream_ = 0;        ///< The last one opened; older ones are ignored.
  bool streaming_ = false;          ///< It has not ended.
  bool opened_ = false;             ///< It has begun.
  bool stable_ = false;             ///< It has lasted.
  bool heard_ = false;              ///< It brought bytes since the timer was armed.
  wiping_buffer partial_;           ///< A line without its end yet.
  std::vector<watch_event> events_; ///< To be emitted.
};

} // namespace acr::kubernetes
