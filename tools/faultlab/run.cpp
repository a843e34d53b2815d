#include "tools/faultlab/run.hpp"

#include <memory>
#include <utility>
#include <variant>

#include "tools/faultlab/invariants/admission.hpp"
#include "tools/faultlab/invariants/cloud_calls.hpp"
#include "tools/faultlab/invariants/convergence.hpp"
#include "tools/faultlab/invariants/leaders.hpp"
#include "tools/faultlab/invariants/passwords.hpp"
#include "tools/faultlab/invariants/rounds.hpp"
#include "tools/faultlab/invariants/statements.hpp"
#include "tools/faultlab/invariants/words.hpp"
#include "tools/faultlab/invariants/write_rate.hpp"
#include "tools/faultlab/invariants/writes.hpp"
#include "tools/faultlab/report/chronicle.hpp"

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

constexpr ms time_to_end = 5s; // I11
constexpr ms stride = 1min;    // interval of checks whether to stop

/// Counts, and writes the trace.
class recorder : public witness {
public:
  recorder(outcome& into, const clockwork*& time, bool trace)
      : into_{into}, time_{time}, trace_{trace} {}

  void passed(const traffic& seen) override {
    if (seen.what == traffic::kind::sent)
      ++(seen.host == "api.lab" ? into_.api_requests : into_.cloud_calls);
    if (!trace_)
      return;
    static constexpr const char* words[]{"sent", "arrived", "answered", "withdrawn"};
    auto text = std::string{words[static_cast<int>(seen.what)]} + " #" + std::to_string(seen.id);
    if (!seen.host.empty())
      text.append(" ").append(seen.method).append(" ").append(seen.host).append(seen.flow);
    if (seen.what == traffic::kind::answered)
      text.append(" ").append(seen.status != 0 ? std::to_string(seen.status)
                                               : to_string(seen.failed));
    line(text);
  }

  void logged(const log_record& record) override {
    ++into_.events[std::string{record.event}];
    if (record.event == "token_issued")
      if (const auto* name = std::get_if<std::string>(&record.fields.front().value))
        into_.issued[*name].push_back(elapsed().count());
    if (trace_) {
      auto text = format_line(record, wall_time{}, log_format::text);
      line("log " + text.substr(std::min(text.find(' ') + 1, text.size())));
    }
  }

  void changed(const change_seen& seen) override {
    if (!trace_ || !time_)
      return;
    line(std::string{seen.before ? (seen.after ? "changed " : "deleted ") : "created "}
             .append(seen.resource)
             .append(" ")
             .append(text_at(seen.object(), "metadata", "namespace"))
             .append("/")
             .append(text_at(seen.object(), "metadata", "name"))
             .append(seen.by.empty() ? "" : " by ")
             .append(seen.by));
  }

private:
  ms elapsed() const { return time_ ? time_->elapsed() : ms{0}; }
  void line(const std::string& text) {
    into_.trace.append(std::to_string(elapsed().count())).append(" ").append(text).append("\n");
  }

  outcome& into_;
  const clockwork*& time_;
  bool trace_;
};

/// Describes an unmet expectation; empty: it is met.
std::string complaint_of(const std::string& what, const std::string& value, const outcome& of) {
  if (what == "log")
    return of.events.contains(value) ? "" : "no line " + value + " in the log";
  if (what == "never")
    return of.events.contains(value) ? "a line " + value + " in the log" : "";
  if (what == "pulls") {
    const auto least = std::stod(value) * static_cast<double>(of.pulls.pods);
    if (100.0 * static_cast<double>(of.pulls.at_once) >= least)
      return "";
    return "only " + std::to_string(of.pulls.at_once) + " of " + std::to_string(of.pulls.pods) +
           " Pods pulled at once; " + value + " % were to";
  }
  if (what == "writes-a-minute") {
    if (of.most_writes <= std::stoul(value))
      return "";
    return "one object was written " + std::to_string(of.most_writes) + " times in a minute; " +
           value + " were to be the most";
  }
  if (what == "new-namespace") {
    const auto most = read_span(value);
    if (!most)
      return value + " is no span of time";
    if (of.pulls.longest_new <= *most)
      return "";
    return "Pods in a new namespace could pull after " + write_span(of.pulls.longest_new) +
           " only; it was to be within " + value;
  }
  return "nobody knows what " + what + " is";
}

void check_expectations(const scenario& about, outcome& into) {
  for (const auto& one : about.expect)
    for (const auto& [what, value] : one.with)
      if (auto complaint = complaint_of(what, value, into); !complaint.empty())
        into.violations.push_back({about.lasts, "expect", std::move(complaint)});
}

} // namespace

outcome run(const scenario& about, const run_wishes& wishes) {
  outcome out;
  actual_state held;
  const fault_windows calm{about};
  bench on{about, held, calm};
  const clockwork* time = nullptr;
  recorder notes{out, time, wishes.trace};
  std::vector<std::unique_ptr<checker>> checkers;
  checkers.push_back(check_passwords(on));
  checkers.push_back(check_convergence(on));
  checkers.push_back(check_writes(on));
  checkers.push_back(check_write_rate(on, out.most_writes));
  checkers.push_back(check_rounds(on));
  checkers.push_back(check_cloud_calls(on));
  checkers.push_back(check_words(on));
  checkers.push_back(check_statements(on));
  checkers.push_back(check_pulls(on, out.pulls));
  checkers.push_back(check_leaders(on));
  if (about.world.webhook)
    checkers.push_back(check_admission(on));
  if (wishes.record)
    checkers.push_back(make_chronicler(on, *wishes.record));
  std::vector<witness*> all{&held, &notes};
  for (const auto& one : checkers)
    all.push_back(one.get());
  all.insert(all.end(), wishes.also.begin(), wishes.also.end());
  {
    stage world{about, all};
    time = &world.time(); // NOLINT(clang-analyzer-deadcode.DeadStores): checkers read it
    on.world = &world;
    held.ends_of = [&world](std::string_view password) -> std::optional<wall_time> {
      const auto* known = world.cloud().find_password(password);
      return known ? std::optional{known->ends} : std::nullopt;
    };
    for (const auto& one : checkers)
      one->begin();
    if (wishes.at_the_beginning)
      wishes.at_the_beginning(world);
    try {
      world.begin();
      for (auto at = stride; at < about.lasts && !(wishes.stop_at_first && !on.found.empty());
           at += stride)
        world.time().run_until(at);
      if (on.found.empty() || !wishes.stop_at_first)
        world.time().run_until(about.lasts);
    } catch (const standstill& seen) {
      on.complain("I11", seen.what());
      for (std::size_t i = 0; i < world.replicas(); ++i)
        world.helper(i).crash();
    }
    for (const auto& one : checkers)
      one->end();
    if (wishes.at_the_end)
      wishes.at_the_end(world);
    for (std::size_t i = 0; i < world.replicas(); ++i) {
      world.helper(i).thaw();
      world.helper(i).ask_to_end();
    }
    const auto actors_at_the_end = [&] {
      world.time().run_until(world.time().elapsed() + time_to_end);
      std::size_t alive = 0;
      for (std::size_t i = 0; i < world.replicas(); ++i)
        alive += world.helper(i).actors_alive();
      return alive;
    }();
    if (actors_at_the_end > 0) {
      on.complain("I11", std::to_string(actors_at_the_end) + " actors did not end when told to");
      for (std::size_t i = 0; i < world.replicas(); ++i)
        world.helper(i).kill_all();
    }
    out.lasted = world.time().elapsed();
    out.steps = world.time().steps();
    out.violations = on.found;
    on.world = nullptr;
  }
  check_expectations(about, out);
  return out;
}

} // namespace acr::faultlab
