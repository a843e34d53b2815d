#include "tools/faultlab/invariants/fault_windows.hpp"

#include <algorithm>
#include <optional>

#include "tools/faultlab/stage/rivals.hpp"

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;
using part = disturbance::part;

// After random faults, several in a row may still delay success.
constexpr ms after_noise = 5min;
// A half-open stream is noticed after 90 s; then it is reopened with backoff.
constexpr ms after_silence = 150s;
// Also the longest lifetime of a stream that falls silent later, and the longest late arrival.
constexpr ms after_doomed_streams = 5min + after_silence;
// A failure that only an administrator can fix is retried every 5 minutes.
constexpr ms after_refusal = 6min;
constexpr ms after_slowness = 60s;
// A call in flight has 10 s, and the next attempt may be 45 s away: the latter is `settled`.
constexpr ms after_outage = 15s;
constexpr ms starting = 10s;
// Where one attempt fails and the next one works, and after operator actions, the wait is shorter
// than after a real outage.
constexpr ms prompt = 15s - fault_windows::settled;
constexpr ms longest_blip = 2s;
// The longest backoff of a restarted component.
constexpr ms after_death = 45s;

// More changes in a row than this are applied with a delay: after half a minute at most.
constexpr int free_changes = 5;
constexpr ms braked = 30s;

bool leaves_streams(const std::string& how) {
  return how == "silent-streams" || how == "cut-streams" || how == "noise";
}

// Repairs back off while a rival reverts them.
constexpr ms after_rivalry = 6min;
// A file of roots that was overwritten is noticed when it is read next.
constexpr ms after_bundle = 5min;
// A wrong expiry is believed until the longest lifetime of its kind is over.
constexpr ms after_a_lie = 12h;

ms aftermath(const lab_event& what) {
  const auto& how = what.how;
  if (what.where == "rival")
    return after_rivalry;
  if (how == "expiry")
    return after_a_lie;
  if (how == "date" || how == "no-endpoints")
    return after_refusal;
  if (what.where == "helper")
    return how == "actor-dies" ? after_death : starting;
  if (how == "overwrite-bundle") // read again every five minutes, and when a handshake fails
    return after_bundle;
  if (what.where == "do")
    return prompt;
  if (what.where == "api" && what.lasts <= longest_blip && how == "hang-ups")
    return prompt;
  if (leaves_streams(how) || how == "restore") // a watch may be ahead of the versions handed out
    return after_doomed_streams;
  if (how == "error_code" || how == "admission" ||
      (how == "http_status" && what.number("status", 503) < 500))
    return after_refusal;
  if (how == "throttle")
    return after_slowness +
           2 * std::chrono::seconds{static_cast<int>(what.number("retry_after", 1))};
  if (how == "slow" || how == "delay" || how == "dripping" || how == "lateness")
    return after_slowness;
  if (what.where == "api" && (how == "blackhole" || how == "silence"))
    return after_silence;
  if (how == "resets" || how == "hang-ups" || how == "lost-answers" || how == "lost-requests" ||
      how == "busy" || how == "duplication" || how == "truncation")
    return after_noise;
  return after_outage;
}

/// Another replica takes over: the Lease has to expire for 15 s first, and then credentials are
/// needed.
constexpr ms takeover = 30s;

/// Whether the other replicas can go on: only this one is hit, and no other meanwhile.
bool spares_a_replica(const scenario& about, const lab_event& what) {
  if (about.world.replicas < 2 || what.where != "helper" || what.how == "sleep" ||
      what.how == "overlap" || what.how == "stall")
    return false;
  return std::none_of(about.timeline.begin(), about.timeline.end(), [&](const lab_event& other) {
    return &other != &what && other.where == "helper" &&
           other.at <= what.at + what.lasts + takeover &&
           what.at <= other.at + other.lasts + takeover;
  });
}

/// When a program started then has read its configuration: a machine may sleep, and an API server
/// be unreachable.
ms hears_by(const std::vector<lab_event>& sorted, ms started) {
  auto by = started;
  demand reading;
  reading.object = no_single_object;
  for (const auto& item : sorted) // by their beginning: a span extended once may be extended again
    if (item.at <= by + starting &&
        ((item.where == "api" && hinders(filter_of(item), reading)) || item.how == "sleep"))
      by = std::max(by, item.at + item.lasts + aftermath(item));
  return by + starting;
}

bool matches(const std::string& filter, const std::string& value) {
  return filter.empty() || filter == value;
}

/// Whether two filters can mean the same object.
bool touch(const object_filter& one, const object_filter& other) {
  const auto same = [](const std::string& a, const std::string& b) {
    return matches(a, b) || b.empty();
  };
  return same(one.resource, other.resource) && same(one.ns, other.ns) && same(one.name, other.name);
}

/// Whether a change of the configuration is one of so many that they are delayed.
bool flaps(const scenario& about, const lab_event& what) {
  return std::count_if(about.timeline.begin(), about.timeline.end(), [&](const auto& other) {
           return other.how == "configure" && other.at <= what.at && other.at > what.at - 3min;
         }) > free_changes;
}

/// The object that an operator action changes.
object_filter object_of(const lab_event& what) {
  const auto ns = what.param("namespace", "team-0");
  if (what.how.ends_with("-namespace"))
    return {"", "", ns, ""};
  if (what.how.ends_with("-secret") && what.how != "add-pull-secret")
    return {"", "secrets", ns, what.param("secret", "acr-credential-secret-aggregation")};
  return {"", "serviceaccounts", ns, what.param("account", "default")};
}

/// Whether the removed object may be a foreign Secret: its accounts can be linked from then on.
bool frees_accounts(const scenario& about, const lab_event& what, const object_filter& of) {
  return of.resource == "secrets" &&
         std::any_of(about.timeline.begin(), about.timeline.end(), [&](const auto& other) {
           if (other.at > what.at + what.lasts)
             return false;
           // A rival that rewrites a Secret that is missing creates one of its own.
           if (other.where == "rival" && other.how == "rewrite")
             return rivals::space_of(other) == of.ns;
           return other.how == "foreign-secret" && object_of(other).ns == of.ns;
         });
}

/// Spans without any configuration: the helper was started while there was no valid one.
void add_clueless(const scenario& about, std::vector<disturbance>& to) {
  std::vector<lab_event> sorted = about.timeline;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  const auto good_again = [&](ms from) {
    for (const auto& item : sorted)
      if (item.at >= from && (item.how == "configure" || item.how == "restore-config"))
        return item.at + starting;
    return ms::max();
  };
  std::optional<ms> bad; // start of the span
  for (const auto& item : sorted) {
    if (item.how == "break-config" || item.how == "remove-config")
      bad = item.at;
    else if (item.how == "configure" || item.how == "restore-config")
      bad.reset();
    const bool overlap = item.how == "overlap";
    if (item.where != "helper" || (item.how != "crash" && item.how != "stop" && !overlap))
      continue;
    // Also one that began in calm may end during a fault.
    auto last_bad = bad;
    const auto started = overlap ? item.at : item.at + item.lasts;
    const auto by = hears_by(sorted, started);
    for (const auto& other : sorted)
      if ((other.how == "break-config" || other.how == "remove-config") && other.at >= item.at &&
          other.at <= by)
        last_bad = other.at;
    if (last_bad)
      to.push_back({part::wishes, -1, {}, started, good_again(*last_bad)});
  }
}

/// Repairs are still rare when a rival has just stopped: the next change of the object waits as
/// long.
void extend_rivalries(std::vector<disturbance>& sorted) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto& rivalry = sorted[i];
    if (rivalry.of != part::people || rivalry.until - rivalry.from < after_rivalry)
      continue;
    for (auto j = i + 1; j < sorted.size() && sorted[j].from < rivalry.until; ++j)
      if (sorted[j].of == part::people && touch(rivalry.only, sorted[j].only))
        sorted[j].until = std::max(sorted[j].until, sorted[j].from + after_rivalry);
  }
}

} // namespace

fault_windows::fault_windows(const scenario& about) {
  list_.push_back({part::helper, -1, {}, ms{0}, starting});
  add_clueless(about, list_);
  for (const auto& item : about.timeline) {
    if (item.how == "vanishes")
      continue;
    disturbance out;
    out.from = item.at;
    out.until = item.at + item.lasts + aftermath(item);
    if (item.how == "overlap") {
      out.of = part::helper;
      // The new one starts, and then is alone.
      list_.push_back({part::helper, -1, {}, item.at, item.at + starting});
      out.from = item.at + item.lasts;
      out.until = out.from + (about.world.elects() ? takeover : starting);
    } else if (item.where == "rival") {
      out.of = part::people;
      out.only = {"", rivals::resource_of(item), rivals::space_of(item), rivals::object_of(item)};
      for (const auto& other : about.timeline) // the pauses go on when the machine does
        if ((other.how == "sleep" || other.how == "freeze") && other.at < out.until)
          out.until = std::max(out.until, other.at + other.lasts + after_rivalry);
    } else if (item.where == "webhook" || item.how == "overwrite-bundle") {
      out.of = part::webhook;
    } else if (item.where == "cloud") {
      out.of = part::cloud;
      out.instance = static_cast<int>(item.number("instance", -1));
    } else if (item.where == "api") {
      out.of = part::api;
      out.only = filter_of(item);
    } else if (item.where == "helper") {
      out.of = part::helper;
    } else {
      // A bad configuration changes nothing, and neither does a deleted one (I12).
      if (item.how.ends_with("-config"))
        continue;
      out.of = part::people;
      if (item.how != "configure")
        out.only = object_of(item);
      else if (flaps(about, item))
        out.until += braked;
    }
    if (out.of == part::people && frees_accounts(about, item, out.only))
      out.only = {"", "", out.only.ns, ""};
    if (spares_a_replica(about, item) && item.lasts > takeover) {
      auto end = out;
      out.until = item.at + takeover;
      end.from = item.at + item.lasts;
      end.until = end.from + takeover;
      list_.push_back(std::move(end));
    } else if (out.of == part::helper && about.world.elects()) {
      out.until = std::max(out.until, item.at + item.lasts + takeover);
    }
    list_.push_back(std::move(out));
  }
  std::stable_sort(list_.begin(), list_.end(),
                   [](const auto& a, const auto& b) { return a.from < b.from; });
  extend_rivalries(list_);
  for (auto& item : list_) {
    item.until = std::min(item.until, about.lasts + 24h);
    longest_ = std::max(longest_, item.until - item.from);
  }
}

// A link carries everything, and a server's request to slow down means all requests.
object_filter filter_of(const lab_event& what) {
  if (what.how == "throttle" || what.param("resource").empty())
    return {};
  if (what.how == "admission")
    return {"patch", what.param("resource"), what.param("namespace"), what.param("name")};
  return {what.param("verb"), what.param("resource"), what.param("namespace"), what.param("name")};
}

bool hinders(const object_filter& fault, const demand& of) {
  const auto& object = of.object;
  if (object.resource.empty() || fault.resource.empty())
    return true;
  const bool reads = fault.verb.empty() || fault.verb == "list" || fault.verb == "watch";
  const bool whole = fault.name.empty();
  if (fault.resource != "secrets" && fault.resource != "serviceaccounts")
    return true; // configuration, namespaces, the Lease: everything depends on them
  if (!fault.ns.empty() && fault.ns != of.ns)
    return false;
  if (whole && (reads || fault.verb == "create")) // a list, a watch, a token of the account
    return true;
  if (fault.resource != object.resource ||
      !(object.name.empty() || matches(fault.name, object.name)))
    return false;
  const bool removes = object.what == object_write::action::remove;
  return fault.verb.empty() || fault.verb == "get" || (fault.verb == "delete") == removes;
}

namespace {

bool concerns(const object_filter& touched, const demand& of) {
  const auto& object = of.object;
  return object.resource.empty() || touched.resource.empty() ||
         (touched.resource == object.resource &&
          (object.name.empty() || matches(touched.name, object.name)));
}

} // namespace

bool fault_windows::counts(const disturbance& item, const demand& of) {
  switch (item.of) {
  case part::helper:
    return true;
  case part::cloud:
    return of.cloud && (item.instance < 0 || of.instance < 0 || item.instance == of.instance);
  case part::api:
    return of.api && hinders(item.only, of);
  case part::wishes:
    return of.wishes;
  case part::webhook:
    return of.webhook;
  case part::people:
    return of.people &&
           (item.only.ns.empty() || (item.only.ns == of.ns && concerns(item.only, of)));
  }
  return true;
}

ms fault_windows::calm_since(ms now, const demand& of) const {
  ms since{0};
  // From the last one that has begun, back to where none can reach any more.
  auto next = std::upper_bound(list_.begin(), list_.end(), now,
                               [](ms at, const disturbance& item) { return at < item.from; });
  while (next != list_.begin()) {
    --next;
    if (next->from + longest_ < since)
      break;
    if (counts(*next, of))
      since = std::max(since, next->until);
  }
  return since;
}

bool fault_windows::calm_within(ms from, ms until, const demand& of, ms span) const {
  auto free = from;
  for (const auto& item : list_) {
    if (item.from >= until)
      break;
    if (!counts(item, of) || item.until <= free)
      continue;
    if (item.from - free >= span)
      return true;
    free = item.until;
  }
  return until - free >= span;
}

} // namespace acr::faultlab
