#include "tools/faultlab/invariants/cloud_calls.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

// Full jitter from 1 s, doubling to 45 s, tries 6 times in the first minute and every 23 s from
// then on; near the end of a credential it waits a quarter of what is left, at least half a second.
constexpr std::size_t most_in_ten_minutes = 65;
// The first two endpoints of a product are tried in one attempt, which costs nothing more.
constexpr std::size_t endpoints = 2;
// A client that respects a requested wait may be early by the clock's resolution, not more.
constexpr ms reading = 1s;
// This many instances do not call by chance within so short a time, in calm.
constexpr std::size_t chorus = 4;
constexpr ms chorus_span = 250ms;
// In an hour of calm: two renewals, each of them twice if the current session was about to end, so
// that its credential was, too.
constexpr std::size_t most_in_a_calm_hour = 4;

class call_checker : public checker {
public:
  using checker::checker;

  void passed(const traffic& seen) override {
    if (seen.what == traffic::kind::sent)
      sent(seen);
    else if (seen.what != traffic::kind::arrived)
      ended(seen);
  }

private:
  struct flow_record {
    std::string name;
    std::deque<ms> sent;
    std::set<std::uint64_t> in_flight;
    ms not_before{}; ///< As the cloud requested.
  };

  void sent(const traffic& seen) {
    if (seen.flow.find("GetAuthorizationToken") == std::string_view::npos)
      return;
    auto& record = flows_[std::string{seen.flow}];
    record.name = seen.flow;
    const auto now = on_.elapsed();
    if (now + reading < record.not_before)
      on_.complain("I5", "asked " + write_span(record.not_before - now) +
                             " sooner than the cloud wished: " + record.name);
    together(record.name, now);
    record.in_flight.insert(seen.id);
    flow_of_[seen.id] = &record;
    record.sent.push_back(now);
    while (record.sent.front() + 1h < now)
      record.sent.pop_front();
    demand of;
    of.object = no_single_object;
    const auto& name = record.name;
    if (record.in_flight.size() > 1 && on_.calm.calm(now, of))
      on_.complain("I5", "two calls in flight: " + name);
    const auto in = [&](ms span) {
      return static_cast<std::size_t>(std::count_if(record.sent.begin(), record.sent.end(),
                                                    [&](ms at) { return at + span > now; }));
    };
    if (in(10min) > most_in_ten_minutes * endpoints)
      on_.complain("I5", "too many calls in ten minutes: " + name);
    // Depends on the lifetime of credentials: shorter ones are renewed more often.
    const auto renewals = static_cast<std::size_t>(1h / on_.about.world.password);
    if (on_.calm.calm(now, of, 1h) &&
        in(1h) > most_in_a_calm_hour * std::max<std::size_t>(1, 2 * renewals))
      on_.complain("I5", "more calls than renewals: " + name);
  }

  void ended(const traffic& seen) {
    const auto found = flow_of_.find(seen.id);
    if (found == flow_of_.end())
      return;
    auto& record = *found->second;
    record.in_flight.erase(seen.id);
    flow_of_.erase(found);
    if (seen.status >= 400)
      if (const auto wished = wish_of_the_cloud(record.name))
        record.not_before = on_.elapsed() + *wished;
  }

  /// How long the cloud asks this flow to wait, if throttling is its only fault.
  std::optional<ms> wish_of_the_cloud(const std::string& flow) const {
    const auto now = on_.elapsed();
    std::optional<ms> wished;
    for (const auto& item : on_.about.timeline) {
      if (item.where == "do" || item.where == "rival")
        continue;
      // An earlier fault decides, and a restarted program does not know the requested wait.
      if (item.how != "throttle" || item.where != "cloud") {
        if (item.at <= now + 5min && now <= item.at + item.lasts + 5min)
          return std::nullopt;
        continue;
      }
      if (now < item.at + 1s || now > item.at + item.lasts || wished)
        continue;
      const auto which = item.param("instance");
      if (which.empty() || flow.find(instance_id(std::stoi(which))) != std::string::npos)
        wished = std::chrono::seconds{static_cast<int>(item.number("retry_after", 0))};
    }
    return wished;
  }

  /// Without jitter, calls that began together stay together.
  void together(const std::string& flow, ms now) {
    recent_.emplace_back(now, flow);
    while (recent_.front().first + chorus_span < now)
      recent_.pop_front();
    std::set<std::string> who;
    for (const auto& item : recent_)
      who.insert(item.second);
    demand of;
    of.object = no_single_object;
    if (who.size() < chorus || !on_.calm.calm(now, of, 10min))
      return;
    // It may happen by chance once in a million hours, and not again in the next round.
    if (sang_ && *sang_ + 1min < now && now < *sang_ + 13h)
      on_.complain("I5", std::to_string(who.size()) + " instances ask at the same moment");
    sang_ = now;
  }

  std::deque<std::pair<ms, std::string>> recent_;
  std::optional<ms> sang_; ///< When this many called at the same moment.
  std::map<std::string, flow_record> flows_;
  std::map<std::uint64_t, flow_record*> flow_of_;
};

} // namespace

std::unique_ptr<checker> check_cloud_calls(bench& on) { return std::make_unique<call_checker>(on); }

} // namespace acr::faultlab
