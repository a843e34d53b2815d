/// The time used to judge credentials: what several clocks agree on, extrapolated by a clock that
/// is never set.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/time.hpp"

namespace acr::aliyun {

/// Three clocks are compared: this machine's, the API server's and the service's, the latter two by
/// the Date of their answers. One for the process, shared by all threads.
///
/// `now` decides whether a credential is still valid. It follows the service's clock while another
/// one is within a minute of it; if two others agree against it, it follows these. So no single
/// clock can invalidate credentials, however often it repeats its time. While only the machine and
/// the API server are known and disagree, the earlier of them counts, but for no longer than a
/// credential can be valid. What two have agreed on counts until two agree on something else.
///
/// `service_now` is the service's own time: signatures and the expiries in its answers refer to it.
/// One answer moves it only to where another clock is already; otherwise three answers in a row
/// have to agree.
///
/// Signatures are refused if they are more than 15 minutes off. The Date header has whole seconds,
/// and an answer takes time: a difference within that error, about a second, is not corrected.
class service_clock {
public:
  using boot_clock = std::function<std::chrono::milliseconds()>;

  service_clock(wall_clock ours, boot_clock boot)
      : ours_{std::move(ours)}, boot_{std::move(boot)} {}

  wall_time now() const;
  wall_time service_now() const;

  /// How far the service's own time is ahead of `now`; zero while `now` follows it.
  std::chrono::milliseconds service_ahead() const;

  /// To be called when the service has answered, with the Date header; no effect without one.
  /// `took`: since the request was sent, by `uptime`.
  void observe(std::string_view date, std::chrono::milliseconds took = {});

  /// The same for an answer of the API server.
  void suggest(std::string_view date, std::chrono::milliseconds took = {});

  /// The clock that is never set.
  std::chrono::milliseconds uptime() const { return boot_(); }

  /// How far `now` is ahead of the machine's wall clock.
  std::chrono::milliseconds offset() const;

private:
  /// The machine's boot time according to some clock, since the epoch: it changes only if that
  /// clock is set.
  using boot_time = std::chrono::milliseconds;

  /// The clock of one server.
  struct voice {
    std::optional<boot_time> known;
    std::optional<boot_time> candidate; ///< A different time, according to its last answers.
    unsigned agreeing = 0;              ///< Number of them.
  };

  boot_time machine() const;
  std::optional<boot_time> heard(std::string_view date, std::chrono::milliseconds took,
                                 const voice& from) const;
  static void learn(voice& from, boot_time said, bool plausible, std::chrono::milliseconds took);
  boot_time judged() const;
  boot_time tie() const;
  wall_time at(boot_time booted) const { return wall_time{booted + boot_()}; }

  wall_clock ours_;
  boot_clock boot_;
  mutable std::mutex mutex_;
  voice service_;
  voice api_;
  mutable std::optional<boot_time> held_;                       ///< The last result of `judged`.
  mutable std::optional<std::chrono::milliseconds> tied_since_; ///< It was a tie, at this `boot_`.
};

/// The time at which an answer arrived according to its Date, `took` after its request was sent;
/// nothing if it is not a date.
std::optional<wall_time> time_said(std::string_view date, std::chrono::milliseconds took);

/// Maximum error of such a time.
std::chrono::milliseconds vagueness(std::chrono::milliseconds took);

} // namespace acr::aliyun
