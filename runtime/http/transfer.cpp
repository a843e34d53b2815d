#include "runtime/http/transfer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <openssl/crypto.h>

namespace acr {

namespace {

// Limit for the body of a refusal: enough for a reason, not for a page.
constexpr std::size_t max_refusal = std::size_t{64} << 10;

// curl's own connect timeout fires first, since it distinguishes name and host; ours is for
// transfers that wait for another's connection.
constexpr auto connect_grace = std::chrono::milliseconds{250};

// Many streams open one after another, which takes time on a long path. In total it is less than
// twice the deadline of the headers: after that a watch considers its stream lost (`open_guard`).
std::chrono::milliseconds with_its_turn(std::chrono::milliseconds headers) {
  return headers * 19 / 10;
}

long number(CURL* easy, CURLINFO what) {
  long value = 0;
  curl_easy_getinfo(easy, what, &value);
  return value;
}

} // namespace

transfer::transfer(transfer_id id, http_request request, http_target target, std::size_t max_body,
                   clock::time_point asked)
    : id_{id}, request_{std::move(request), std::move(target)}, answer_{max_body}, asked_{asked} {}

transfer::transfer(transfer_id id, http_request request, http_target target,
                   const http_limits& limits, clock::time_point asked)
    : transfer{id, std::move(request), std::move(target), limits.max_body, asked} {
  deadline_ = limits.deadline;
  use_proxy_ = limits.use_proxy;
}

transfer::transfer(transfer_id id, http_request request, http_target target,
                   const stream_limits& limits, clock::time_point asked)
    // A stream has no limit as a whole; unread data is bounded by its window.
    : transfer{id, std::move(request), std::move(target), std::numeric_limits<std::size_t>::max(),
               asked} {
  stream_ = limits;
  deadline_ = limits.open_deadline;
}

void transfer::start(easy_handle easy, const http_driver_options& options, clock::time_point now) {
  easy_ = std::move(easy);
  started_ = now;
  connect_timeout_ = options.connect_timeout;
  auto* handle = easy_.get();
  request_.apply(handle, options, use_proxy_);
  shares_ = request_.target().scheme == "https";
  curl_easy_setopt(handle, CURLOPT_PRIVATE, this);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, words_.data());
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, on_connected);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, this);
  // A body announced as too big is not read at all; an answer to HEAD announces a body that is
  // never sent.
  if (!stream_ && request_.method() != "HEAD")
    curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE,
                     static_cast<curl_off_t>(answer_.max_body()));
}

void transfer::make_own_connection() {
  shares_ = false;
  curl_easy_setopt(easy_.get(), CURLOPT_PIPEWAIT, 0L);
}

void transfer::release() noexcept { easy_.reset(); }

std::size_t transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<transfer*>(self)->take_header({data, size * count});
}

std::size_t transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  const auto taken = static_cast<transfer*>(self)->take_body({data, size * count});
  // curl's buffer is not freed as long as a watch lasts, and what comes next may be shorter.
  if (taken == size * count)
    OPENSSL_cleanse(data, taken);
  return taken;
}

int transfer::on_connected(void* self, char* /*remote*/, char* /*local*/, int /*port*/,
                           int /*local_port*/) {
  return static_cast<transfer*>(self)->may_send() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/// curl repeats a request on its own, whatever its method, if a reused connection ends before the
/// first byte of an answer. A non-idempotent request may have been carried out by then.
bool transfer::may_send() {
  const bool again = std::exchange(connected_, true);
  if (!again || request_.method() != "POST")
    return true;
  const auto& target = request_.target();
  broken_ = transfer_failure(errc::connection_lost, request_.method(), target,
                             "lost the connection to " + target.host + ":" + target.port +
                                 " before an answer; a POST is not repeated unseen");
  return false;
}

bool transfer::repeats(CURLcode code) {
  if (code == CURLE_OK || broken_ || heard_something_ || request_.method() == "POST" ||
      number(easy_.get(), CURLINFO_NUM_CONNECTS) != 0 ||
      reason_of(code).code != errc::connection_lost || std::exchange(repeated_, true))
    return false;
  words_[0] = '\0';
  curl_easy_setopt(easy_.get(), CURLOPT_FRESH_CONNECT, 1L); // others may be about to end as well
  return true;
}

std::size_t transfer::take_header(std::string_view line) {
  heard_something_ = true;
  if (answer_.take_header_line(line))
    return line.size();
  broken_ = transfer_failure(errc::response_too_big, request_.method(), request_.target(),
                             "more headers than are allowed");
  return 0;
}

std::size_t transfer::take_body(std::string_view bytes) {
  heard_something_ = true;
  if (streaming()) {
    if (unread_ + answer_.body_size() >= stream_->window) {
      paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
  } else if (stream_ && answer_.body_size() + bytes.size() > max_refusal) {
    return bytes.size(); // the status says enough
  }
  if (answer_.take_body(bytes))
    return bytes.size();
  broken_ = transfer_failure(errc::response_too_big, request_.method(), request_.target(),
                             "a larger body than is allowed");
  return 0;
}

bool transfer::shares_connection() const {
  return easy_ && number(easy_.get(), CURLINFO_HTTP_VERSION) == CURL_HTTP_VERSION_2_0;
}

bool transfer::flush(const tell& listener, clock::time_point now) {
  if (std::exchange(heard_something_, false))
    heard_ = now;
  if (!streaming())
    return false;
  const bool opens = !std::exchange(told_open_, true);
  if (opens)
    listener(transfer_began{id_, std::string{find_header(answer_.headers(), "date")}});
  if (const auto size = answer_.body_size(); size > 0) {
    unread_ += size;
    listener(transfer_piece{id_, answer_.take_chunk()});
  }
  return opens;
}

void transfer::acknowledge(std::size_t bytes, clock::time_point now) {
  unread_ -= std::min(unread_, bytes);
  if (!paused_ || unread_ > stream_->window / 2)
    return;
  paused_ = false;
  heard_ = now; // the delay was the reader's
  curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
}

std::chrono::milliseconds transfer::patience() const noexcept {
  return stream_ ? with_its_turn(deadline_) : deadline_;
}

std::optional<transfer::clock::time_point> transfer::due() const noexcept {
  if (streaming()) {
    if (paused_)
      return std::nullopt;
    return heard_ + stream_->idle_timeout;
  }
  if (!easy_)
    return asked_ + patience();
  const auto last = std::min(started_ + deadline_, asked_ + patience());
  return connected_ ? last : std::min(last, started_ + connect_timeout_ + connect_grace);
}

void transfer::finish(CURLcode code, const tell& listener) {
  flush(listener, clock::now());
  // Anything after "200 OK" without headers is not HTTP; curl accepts some of it.
  if (code == CURLE_OK && !answer_.headers_complete())
    code = CURLE_WEIRD_SERVER_REPLY;
  if (broken_)
    end(std::move(broken_), listener);
  else if (code != CURLE_OK)
    end(reason_of(code), listener);
  else
    end(std::nullopt, listener);
}

void transfer::refuse(const tell& listener, std::string why) {
  end(transfer_failure(errc::http_timeout, request_.method(), request_.target(), std::move(why)),
      listener);
}

void transfer::expire(const tell& listener, const std::string& held) {
  if (!easy_)
    return refuse(listener,
                  "waited " + std::to_string(patience().count()) + " ms for its turn: " + held);
  if (!streaming())
    return end(timed_out(connected_, connected_ ? deadline_ : connect_timeout_, request_.method(),
                         request_.target(), request_.proxy()),
               listener);
  const auto& target = request_.target();
  end(transfer_failure(errc::stream_idle, request_.method(), target,
                       target.host + ":" + target.port + " was silent for " +
                           std::to_string(stream_->idle_timeout.count()) + " ms"),
      listener);
}

void transfer::end(std::optional<failure> reason, const tell& listener) {
  if (!stream_) {
    if (reason)
      listener(exchange_ended{id_, *std::move(reason)});
    else
      listener(exchange_ended{id_, answer_.finish()});
  } else if (answer_.headers_complete() && !answer_.successful()) {
    listener(transfer_refused{id_, answer_.finish()}); // the status counts, even if the body broke
  } else {
    listener(transfer_ended{id_, std::move(reason)});
  }
}

failure transfer::reason_of(CURLcode code) const {
  auto* handle = easy_.get();
  return to_failure({code, connected_, answer_.status(),
                     static_cast<int>(number(handle, CURLINFO_OS_ERRNO)),
                     static_cast<int>(number(handle, CURLINFO_HTTP_CONNECTCODE)), request_.proxy(),
                     words_.data()},
                    request_.method(), request_.target());
}

} // namespace acr
