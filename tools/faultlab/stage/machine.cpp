#include "tools/faultlab/stage/machine.hpp"

#include <algorithm>
#include <utility>

#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>

namespace acr::faultlab {

namespace {

// CAF's clock begins at zero, which some of its parts take for "never".
constexpr auto epoch = std::chrono::hours{1};

// A configuration for all namespaces leads to thousands; an actor that sends to itself makes more
// of them, and so does a timer that starts two. A watch that is split into single bytes makes
// hundreds of thousands, too.
constexpr std::size_t most_in_a_minute = 700'000;

} // namespace

machine::machine() : scheduler_{dynamic_cast<virtual_scheduler&>(system_.scheduler())} {
  scheduler_.clock().current_time = caf::actor_clock::time_point{epoch};
  scheduler_.clock().on_runaway = [this] {
    if (on_runaway)
      on_runaway(running_);
  };
}

machine::~machine() {
  stalls_ = nullptr;
  thaw();
  do
    scheduler_.run();
  while (scheduler_.clock().trigger_timeout());
}

machine::ms machine::elapsed() const {
  return std::chrono::floor<ms>(scheduler_.clock().current_time.time_since_epoch()) - epoch +
         slept_;
}

std::optional<machine::ms> machine::next_timer() const {
  const auto& timers = scheduler_.clock().schedule();
  if (timers.empty())
    return std::nullopt;
  return std::chrono::floor<ms>(timers.begin()->first.time_since_epoch()) - epoch + slept_;
}

void machine::fire() {
  count(1);
  scheduler_.clock().trigger_timeout();
}

void machine::count(std::size_t more) {
  if (const auto now = elapsed(); now > counted_at_ + std::chrono::minutes{1}) {
    counted_at_ = now;
    handled_ = 0;
  }
  handled_ += more;
  if (handled_ > most_in_a_minute) {
    handled_ = 0; // the catcher goes on
    throw standstill{"actors keep each other busy, and time hardly passes"};
  }
}

void machine::advance(ms to) {
  auto& now = scheduler_.clock().current_time;
  now = std::max(now, caf::actor_clock::time_point{epoch + to - slept_});
}

bool machine::deliver() {
  bool any = false;
  while (set_aside(), scheduler_.has_job()) {
    any = true;
    count(1);
    run_once();
  }
  return any;
}

void machine::run_once() {
  auto& clock = scheduler_.clock();
  auto& actor = scheduler_.next_job<caf::scheduled_actor>();
  running_ = actor.name();
  clock.begin_handler(clock.stall_pending() && actor.ctrl() == stalls_.get());
  if (!before_message && !after_message)
    return scheduler_.run_once();
  const caf::strong_actor_ptr who{actor.ctrl()};
  if (before_message)
    before_message(who);
  scheduler_.run_once();
  if (after_message)
    after_message(who);
}

void machine::stall(caf::strong_actor_ptr who, std::size_t reading, ms span) {
  stalls_ = std::move(who);
  scheduler_.clock().stall(reading, span);
}

void machine::set_aside() {
  if (!frozen())
    return;
  auto& jobs = scheduler_.jobs;
  const auto rest = std::stable_partition(jobs.begin(), jobs.end(), [this](caf::resumable* job) {
    const auto* actor = dynamic_cast<caf::scheduled_actor*>(job);
    return actor && actor->ctrl() == network_.get();
  });
  waiting_.insert(waiting_.end(), rest, jobs.end());
  jobs.erase(rest, jobs.end());
}

void machine::freeze(caf::strong_actor_ptr network) {
  deliver();
  network_ = std::move(network);
}

void machine::thaw() {
  network_ = nullptr;
  scheduler_.jobs.insert(scheduler_.jobs.begin(), waiting_.begin(), waiting_.end());
  waiting_.clear();
}

void machine::kill(const caf::strong_actor_ptr& who) {
  caf::anon_send_exit(who, caf::exit_reason::kill); // precedes all messages in the mailbox
  scheduler_.prioritize(who);
}

} // namespace acr::faultlab
