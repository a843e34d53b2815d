/// The time that credentials are judged by: what several clocks agree on, carried on by a clock
/// that nobody sets.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/time.hpp"

namespace acr::aliyun {

/// Three clocks have a say: this machine's, the API server's and the service's, the latter two by
/// the Date of their answers. One for the process, shared by all threads.
///
/// `now` judges whether a credential is still valid. It goes by the service's clock as long as
/// another one is within a minute of it; if it is alone against two that agree, by these. So no
/// clock can have credentials given up alone, however often it says the same. While only the
/// machine and the API server are known and disagree, the earlier of them counts, but for no longer
/// than a credential can live. What two have agreed on counts until two agree on something else.
///
/// `service_now` is the service's own time: what signatures are judged by, and what the expiries in
/// its answers are given in. One answer moves it only to where another clock is already; otherwise
/// three answers in a row have to agree.
///
/// Signatures are refused if they are more than 15 minutes off. The Date header has whole seconds,
/// and an answer takes time: what may be right, within a second, is not corrected.
class service_clock {
public:
  using boot_clock = std::function<std::chrono::milliseconds()>;

  service_clock(wall_clock ours, boot_clock boot)
      : ours_{std::move(ours)}, boot_{std::move(boot)} {}

  wall_time now() const;
  wall_time service_now() const;

  /// How far the service's own time is ahead of `now`; zero as long as `now` goes by it.
  std::chrono::milliseconds service_ahead() const;

  /// To be called when the service has answered, with the Date header; nothing happens without one.
  /// `took`: since the request was sent, by `uptime`.
  void observe(std::string_view date, std::chrono::milliseconds took = {});

  /// The same for an answer of the API server.
  void suggest(std::string_view date, std::chrono::milliseconds took = {});

  /// The clock that nobody sets.
  std::chrono::milliseconds uptime() const { return boot_(); }

  /// How far `now` is ahead of the machine's wall clock.
  std::chrono::milliseconds offset() const;

private:
  /// When the machine was booted, as some clock has it, since the epoch: it changes only if that
  /// clock is set.
  using boot_time = std::chrono::milliseconds;

  /// The clock of one server.
  struct voice {
    std::optional<boot_time> known;
    std::optional<boot_time> candidate; ///< Something else, as its last answers say.
    unsigned agreeing = 0;              ///< So many of them.
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
  mutable std::optional<boot_time> held_;                       ///< What `judged` has settled on.
  mutable std::optional<std::chrono::milliseconds> tied_since_; ///< It was a tie, by `boot_`.
};

/// What the Date of an answer says about the time at which the answer came, `took` after its
/// request was sent; nothing if it is not a date.
std::optional<wall_time> time_said(std::string_view date, std::chrono::milliseconds took);

/// How far such a time may be off.
std::chrono::milliseconds vagueness(std::chrono::milliseconds took);

} // namespace acr::aliyun
