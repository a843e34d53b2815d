#include "runtime/kubernetes/watch_machine.hpp"

#include <algorithm>
#include <utility>

#include "protocol/secret_string.hpp"

namespace acr::kubernetes {

namespace {

bool succeeded(const http_response& answer) { return answer.status >= 200 && answer.status < 300; }

/// Whether this refusal of a streaming list means that the server does not support such lists.
bool means_unknown(const failure& reason) {
  switch (reason.status) {
  case 401:
  case 403:
  case 408:
  case 410:
  case 429:
    return false; // these would affect any list
  default:
    return reason.status >= 400 && reason.status < 500;
  }
}

} // namespace

watch_machine::watch_machine(watch_spec what, watch_tuning tuning, std::uint64_t seed)
    : what_{std::move(what)}, tuning_{tuning}, random_{static_cast<std::minstd_rand::result_type>(
                                                   seed)} {}

watch_actions watch_machine::start() {
  watch_actions out;
  if (phase_ == phase::idle)
    proceed(out);
  return out;
}

watch_actions watch_machine::page_answered(const result<http_response>& answer) {
  watch_actions out;
  if (phase_ != phase::listing_pages && phase_ != phase::probing)
    return out;
  if (!answer) {
    failed(answer.error(), out);
    return out;
  }
  if (!succeeded(*answer)) {
    failed(failure_of(step(), *answer), out);
    return out;
  }
  if (phase_ == phase::probing) {
    refused_ = false;
    resume(out);
    return out;
  }
  auto page = decode_page(what_.kind, answer->body.reveal());
  if (!page) {
    failed(page.error(), out);
    return out;
  }
  if (walk_.token().empty())
    note(watch_event_kind::init, {}, out);
  const auto endless = walk_.took(page->items.size(), std::move(page->continue_token));
  for (auto& item : page->items)
    note(watch_event_kind::init_apply, std::move(item), out);
  if (endless) {
    failed(*endless, out);
  } else if (walk_.done()) {
    list_done(std::move(page->resource_version), out);
    resume(out);
  } else {
    flush(out);
    next_page(out);
  }
  return out;
}

watch_actions watch_machine::stream_opened(std::uint64_t stream) {
  watch_actions out;
  if (!is_current(stream) || opened_)
    return out;
  opened_ = true;
  if (phase_ == phase::listing_stream)
    note(watch_event_kind::init, {}, out);
  flush(out);
  out.emplace_back(arm_timer{tuning_.stable_after});
  return out;
}

watch_actions watch_machine::stream_data(std::uint64_t stream, std::string_view chunk) {
  watch_actions out;
  if (!is_current(stream))
    return out;
  heard_ = true;
  while (is_current(stream)) {
    const auto end = chunk.find('\n');
    if (std::min(end, chunk.size()) > tuning_.max_line - partial_.size()) {
      listed_ = false; // the content of that line would be lost
      failed(make_failure(errc::response_too_big, {}, "a watch event is too long"), out);
    } else if (end == std::string_view::npos) {
      partial_.append(chunk);
      break;
    } else if (partial_.size() == 0) {
      take_line(chunk.substr(0, end), out);
    } else {
      partial_.append(chunk.substr(0, end));
      const auto line = partial_.take();
      take_line(line.reveal(), out);
    }
    chunk.remove_prefix(std::min(end, chunk.size() - 1) + 1);
  }
  flush(out);
  return out;
}

watch_actions watch_machine::stream_refused(std::uint64_t stream, const http_response& answer) {
  watch_actions out;
  if (!is_current(stream))
    return out;
  streaming_ = false;
  auto reason = failure_of(step(), answer);
  if (phase_ == phase::listing_stream && means_unknown(reason)) {
    streaming_lists_ = false;
    begin_list(out);
    return out;
  }
  // The session renews its credential when a call is refused; it cannot repeat a stream.
  refused_ = reason.code == errc::credentials_bad;
  failed(std::move(reason), out);
  return out;
}

watch_actions watch_machine::stream_closed(std::uint64_t stream,
                                           const std::optional<failure>& reason) {
  watch_actions out;
  if (!is_current(stream))
    return out;
  streaming_ = false;
  if (phase_ == phase::listing_stream) {
    // A server that ignores unknown parameters watches without ever ending the list.
    if (!reason && stable_)
      streaming_lists_ = false;
    failed(reason
               ? *reason
               : make_failure(errc::connection_lost, {}, "the server ended a list in the middle"),
           out);
  } else if (!reason && stable_) {
    last_end_ = errc::none;
    resume(out);
  } else {
    broken(reason ? *reason
                  : make_failure(errc::connection_lost, {}, "the server ended a watch at once"),
           out);
  }
  return out;
}

watch_actions watch_machine::timer_fired() {
  watch_actions out;
  if (phase_ == phase::waiting) {
    proceed(out);
  } else if (streaming_ && !opened_) {
    failed(make_failure(errc::http_timeout, {}, "no sign of the stream"), out);
  } else if (streaming_ && stable_ && !heard_) {
    broken(make_failure(errc::stream_idle, {}, "no sign of the stream"), out);
  } else if (streaming_) {
    if (phase_ == phase::watching) {
      failures_ = 0;
      expiries_ = 0;
      works(out);
    }
    stable_ = true;
    heard_ = false;
    out.emplace_back(arm_timer{tuning_.silence_guard});
  }
  return out;
}

std::string watch_machine::step() const {
  std::string text = phase_ == phase::watching ? "watch " : "list ";
  text += plural(what_.kind);
  if (!what_.ns.empty())
    text += " in " + what_.ns;
  if (!what_.field_selector.empty())
    text += " with " + what_.field_selector;
  return text;
}

void watch_machine::proceed(watch_actions& out) {
  if (!listed_)
    begin_list(out);
  else if (refused_)
    probe(out);
  else
    resume(out);
}

void watch_machine::begin_list(watch_actions& out) {
  listed_ = refused_ = false;
  version_.clear();
  if (streaming_lists_ && !std::exchange(pages_next_, false)) {
    open(list_stream(what_, life()), phase::listing_stream, out);
    return;
  }
  phase_ = phase::listing_pages;
  walk_ = page_walk{step()};
  next_page(out);
}

void watch_machine::next_page(watch_actions& out) {
  out.emplace_back(send_page{list_page(what_, tuning_.page, walk_.token())});
}

void watch_machine::resume(watch_actions& out) {
  open(watch_from(what_, version_, life()), phase::watching, out);
}

void watch_machine::probe(watch_actions& out) {
  phase_ = phase::probing;
  out.emplace_back(send_page{list_page(what_, 1, "")});
}

void watch_machine::open(http_request request, phase next, watch_actions& out) {
  phase_ = next;
  streaming_ = true;
  opened_ = stable_ = heard_ = false;
  partial_.take();
  out.emplace_back(start_stream{++stream_, std::move(request)});
  out.emplace_back(arm_timer{tuning_.open_guard});
}

void watch_machine::take_line(std::string_view line, watch_actions& out) {
  if (line.empty())
    return;
  auto event = decode_event(what_.kind, line);
  if (event) {
    take_event(std::move(*event), out);
    return;
  }
  listed_ = false; // the content of that line would be lost
  failed(event.error(), out);
}

void watch_machine::take_event(stream_event event, watch_actions& out) {
  if (event.kind == stream_event_kind::error) {
    failed(std::move(event.reason), out);
    return;
  }
  const bool listing = phase_ == phase::listing_stream;
  if (!listing) {
    works(out);
    version_ = event.resource_version;
  }
  switch (event.kind) {
  case stream_event_kind::added:
  case stream_event_kind::modified:
    note(listing ? watch_event_kind::init_apply : watch_event_kind::apply, std::move(*event.value),
         out);
    break;
  case stream_event_kind::removed:
    // Also in a streaming list: between its first object and its end, objects may be deleted.
    note(watch_event_kind::remove, std::move(*event.value), out);
    break;
  default:
    if (listing && event.initial_events_end) {
      phase_ = phase::watching;
      list_done(std::move(event.resource_version), out);
    }
    break;
  }
}

void watch_machine::list_done(std::string version, watch_actions& out) {
  version_ = std::move(version);
  listed_ = true;
  failures_ = 0;
  note(watch_event_kind::init_done, {}, out);
  flush(out);
  works(out);
}

void watch_machine::note(watch_event_kind kind, object value, watch_actions& out) {
  events_.push_back({kind, std::move(value)});
  if (events_.size() >= tuning_.batch)
    flush(out);
}

void watch_machine::flush(watch_actions& out) {
  if (!events_.empty())
    out.emplace_back(emit_events{std::exchange(events_, {})});
}

void watch_machine::works(watch_actions& out) {
  denials_ = 0;
  if (std::exchange(told_, errc::none) != errc::none)
    out.emplace_back(emit_recovered{});
}

void watch_machine::failed(failure reason, watch_actions& out) {
  last_end_ = reason.code;
  reason.step = step(); // as requested; the message says what went wrong
  if (phase_ == phase::listing_stream)
    pages_next_ = true;
  if (reason.code == errc::response_too_big && phase_ == phase::listing_pages)
    tuning_.page = std::max(1, tuning_.page / 2);
  flush(out);
  drop_stream(out);
  if (reason.code == errc::gone) {
    listed_ = false;
    if (++expiries_ == 1) {
      begin_list(out);
      return;
    }
  }
  denials_ = reason.code == errc::denied ? denials_ + 1 : 0;
  if (told_ == errc::none || (denials_ > 1 && told_ != errc::denied)) {
    told_ = reason.code;
    out.emplace_back(emit_trouble{reason});
  }
  retry(reason, out);
}

void watch_machine::broken(failure reason, watch_actions& out) {
  if (failures_ > 0) {
    failed(std::move(reason), out);
    return;
  }
  last_end_ = reason.code;
  flush(out);
  drop_stream(out);
  retry(reason, out);
}

void watch_machine::retry(const failure& reason, watch_actions& out) {
  ++failures_;
  phase_ = phase::waiting;
  out.emplace_back(arm_timer{backoff(reason)});
}

void watch_machine::drop_stream(watch_actions& out) {
  if (std::exchange(streaming_, false))
    out.emplace_back(stop_stream{stream_});
  partial_.take();
}

/// Watches that were opened together must not end together.
std::chrono::seconds watch_machine::life() {
  const auto least = tuning_.server_timeout.count();
  return std::chrono::seconds{std::uniform_int_distribution{least, 2 * least}(random_)};
}

std::chrono::milliseconds watch_machine::backoff(const failure& reason) {
  using std::chrono::milliseconds;
  const auto scaled = [](milliseconds span, double factor) {
    return std::chrono::duration_cast<milliseconds>(span * factor);
  };
  const auto jitter = std::uniform_real_distribution<>{}(random_);
  const bool denied = reason.code == errc::denied;
  const auto in_a_row = denied ? denials_ : std::max({failures_, expiries_, 1U});
  const auto doublings = std::min(in_a_row - 1, 20U); // beyond any cap
  const auto ceiling =
      std::min<milliseconds>(tuning_.retry_first * (1LL << doublings), tuning_.retry_most);
  const auto floor = (denied ? ceiling : tuning_.retry_first) / 2;
  auto delay = std::max(scaled(ceiling, jitter), floor);
  // Watches that were throttled together must not return together.
  if (reason.retry_after)
    delay = std::max(delay, *reason.retry_after + scaled(*reason.retry_after, jitter / 4));
  return delay;
}

} // namespace acr::kubernetes
