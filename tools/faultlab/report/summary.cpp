#include "tools/faultlab/report/summary.hpp"

#include <ctime>
#include <iomanip>
#include <sstream>

namespace acr::faultlab {

namespace {

constexpr double ms_per_year = 365.0 * 86'400'000.0;

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

double stopwatch::seconds() const {
  return static_cast<double>(std::clock() - begun_) / CLOCKS_PER_SEC;
}

std::string summary(const scenario& about, const outcome& out, double cpu_seconds) {
  std::ostringstream text;
  text << (out.good() ? "PASSED " : "FAILED ") << about.name << " (seed " << about.seed << ", "
       << write_span(std::chrono::floor<std::chrono::seconds>(out.lasted)) << ", "
       << about.timeline.size() << " events)\n";
  const auto years = static_cast<double>(out.lasted.count()) / ms_per_year;
  text << std::fixed << std::setprecision(2) << "  " << out.cloud_calls << " cloud calls, "
       << out.api_requests << " API requests (at most " << out.most_writes
       << " writes of one object in a minute), " << out.steps << " steps";
  if (cpu_seconds > 0)
    text << ", " << cpu_seconds << " CPU s (" << years / (cpu_seconds / 60)
         << " years per CPU minute)";
  const auto& pulls = out.pulls;
  text << "\n  " << pulls.pods << " Pods: " << percent(pulls.at_once, pulls.pods)
       << " % pulled at once, " << pulls.hung << " gave up, longest wait "
       << write_span(pulls.longest) << ", " << pulls.refused
       << " attempts refused; new namespaces within " << write_span(pulls.longest_new) << '\n';
  for (const auto& one : out.violations)
    text << "  " << one.invariant << " at " << write_span(one.at) << ": " << one.what << '\n';
  return text.str();
}

} // namespace acr::faultlab
