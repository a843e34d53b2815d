#include "runtime/aliyun/service_clock.hpp"

#include <algorithm>

namespace acr::aliyun {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// Synchronized clocks differ by less, and a credential with less left is being renewed.
constexpr milliseconds plausible_difference = 1min;
// This many answers in a row outweigh one bad Date of a proxy or a load balancer.
constexpr unsigned agreeing_answers = 3;
// No session is longer (MaxSessionDuration), and no registry password is valid longer than its
// session.
constexpr milliseconds longest_life = 12h;

bool near(milliseconds a, milliseconds b) {
  return std::chrono::abs(a - b) <= plausible_difference;
}

} // namespace

std::optional<wall_time> time_said(std::string_view date, milliseconds took) {
  const auto said = parse_http_date(date);
  if (!said)
    return std::nullopt;
  // Date cuts off half a second on average, and was written at some time since the request.
  return *said + 500ms + took / 2;
}

milliseconds vagueness(milliseconds took) { return 1s + took / 2; }

wall_time service_clock::now() const {
  const std::lock_guard lock{mutex_};
  return at(judged());
}

wall_time service_clock::service_now() const {
  const std::lock_guard lock{mutex_};
  return at(service_.known ? *service_.known : judged());
}

milliseconds service_clock::service_ahead() const {
  const std::lock_guard lock{mutex_};
  return service_.known ? *service_.known - judged() : 0ms;
}

milliseconds service_clock::offset() const {
  const std::lock_guard lock{mutex_};
  const auto difference = judged() - machine();
  return std::chrono::abs(difference) > 1s ? difference : 0ms;
}

void service_clock::observe(std::string_view date, milliseconds took) {
  const std::lock_guard lock{mutex_};
  if (const auto said = heard(date, took, service_))
    learn(service_, *said, near(*said, machine()) || (api_.known && near(*said, *api_.known)),
          took);
  judged();
}

void service_clock::suggest(std::string_view date, milliseconds took) {
  const std::lock_guard lock{mutex_};
  // The first answer counts at once: in a tie the earlier time counts, so it makes none later.
  if (const auto said = heard(date, took, api_))
    learn(api_, *said,
          !api_.known || near(*said, machine()) || (service_.known && near(*said, *service_.known)),
          took);
  judged();
}

service_clock::boot_time service_clock::machine() const {
  return ours_().time_since_epoch() - boot_();
}

/// A difference within the error is not corrected: the previous value stays.
std::optional<service_clock::boot_time>
service_clock::heard(std::string_view date, milliseconds took, const voice& from) const {
  const auto said = time_said(date, took);
  if (!said)
    return std::nullopt;
  const auto booted = said->time_since_epoch() - boot_();
  const auto before = from.known ? *from.known : machine();
  return std::chrono::abs(booted - before) > vagueness(took) ? booted : before;
}

void service_clock::learn(voice& from, boot_time said, bool plausible, milliseconds took) {
  const bool again =
      from.candidate && std::chrono::abs(said - *from.candidate) <= 2 * vagueness(took);
  from.agreeing = again ? from.agreeing + 1 : 1;
  from.candidate = said;
  if (said != from.known && !plausible && from.agreeing < agreeing_answers)
    return;
  from.known = said;
  from.candidate.reset();
  from.agreeing = 0;
}

/// Called after each answer of a server, too: what two clocks agree on now is remembered.
service_clock::boot_time service_clock::judged() const {
  const auto ours = machine();
  const auto settle = [this](boot_time on) {
    held_ = on;
    tied_since_.reset();
    return on;
  };
  if (service_.known &&
      (near(*service_.known, ours) || (api_.known && near(*service_.known, *api_.known))))
    return settle(*service_.known);
  if (api_.known && near(*api_.known, ours))
    return settle(*api_.known);
  if (held_ && !tied_since_)
    return *held_;
  if (service_.known)
    return settle(*service_.known);
  return api_.known ? tie() : ours;
}

service_clock::boot_time service_clock::tie() const {
  const auto up = boot_();
  if (!tied_since_) {
    tied_since_ = up;
    held_ = std::min(*api_.known, machine());
  }
  return up - *tied_since_ < longest_life ? *held_ : std::max(*api_.known, machine());
}

} // namespace acr::aliyun
