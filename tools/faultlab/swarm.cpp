#include "tools/faultlab/swarm.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "tools/faultlab/report/page.hpp"
#include "tools/faultlab/report/summary.hpp"
#include "tools/faultlab/run.hpp"
#include "tools/faultlab/scenario/random.hpp"
#include "tools/faultlab/scenario/shrink.hpp"

namespace acr::faultlab {

namespace {

using ms = std::chrono::milliseconds;

/// The result of one process.
struct tally {
  double hours = 0;
  double cpu_seconds = 0;
  std::uint64_t worlds = 0;
  std::uint64_t events = 0;
  std::uint64_t failed = 0;
  pull_statistics pulls;

  void add(const tally& other) {
    hours += other.hours;
    cpu_seconds += other.cpu_seconds;
    worlds += other.worlds;
    events += other.events;
    failed += other.failed;
    pulls.add(other.pulls);
  }
};

std::string verdict(const outcome& out) {
  return out.violations.empty() ? std::string{} : out.violations.front().invariant;
}

/// Shrinks a failing scenario, and writes or prints the result.
void look_into(const scenario& about, const swarm_wishes& wishes) {
  run_wishes quick;
  quick.stop_at_first = true;
  const auto kind = verdict(run(about, quick));
  auto small = shrink(
      about, [&](const scenario& candidate) { return verdict(run(candidate, quick)) == kind; },
      wishes.shrink_budget);
  const auto out = run(small, quick); // the rest of a broken world may have no end
  small.name = kind + " of seed " + std::to_string(about.seed);
  small.about = out.violations.empty() ? "" : out.violations.front().what;
  const auto text = write_scenario(small);
  std::ostringstream said;
  said << "shrunk to:\n" << summary(small, out, 0) << text;
  if (!wishes.folder.empty()) {
    std::filesystem::create_directories(wishes.folder);
    const auto path = wishes.folder + "/seed_" + std::to_string(about.seed);
    std::ofstream{path + ".yaml"} << text;
    write_page_of(small, path + ".html");
    said << "written to " << path << ".yaml and .html\n";
  }
  std::cout << said.str() << std::flush;
}

tally run_worlds(const swarm_wishes& wishes, int job, std::uint64_t worlds) {
  tally all;
  const stopwatch taken;
  const ms lasts{static_cast<std::int64_t>(wishes.world_hours * 3'600'000)};
  run_wishes quick; // an error that occurs once may occur a million times
  quick.stop_at_first = true;
  for (auto i = static_cast<std::uint64_t>(job); i < worlds;
       i += static_cast<std::uint64_t>(wishes.jobs)) {
    const auto about = random_scenario(wishes.seed + i, lasts);
    const auto out = run(about, quick);
    ++all.worlds;
    all.events += about.timeline.size();
    all.hours += static_cast<double>(out.lasted.count()) / 3'600'000.0;
    all.pulls.add(out.pulls);
    if (out.good())
      continue;
    std::cout << summary(about, out, 0) << std::flush;
    ++all.failed;
    if (wishes.shrink_budget > 0)
      look_into(about, wishes);
    if (all.failed >= static_cast<std::uint64_t>(wishes.most_failures))
      break;
  }
  all.cpu_seconds = taken.seconds();
  return all;
}

/// A process for each job: nothing is shared, and a crash is noticed.
tally run_in_processes(const swarm_wishes& wishes, std::uint64_t worlds) {
  tally all;
  std::vector<std::pair<pid_t, int>> children;
  for (int job = 0; job < wishes.jobs; ++job) {
    int ends[2];
    if (pipe(ends) != 0)
      throw std::runtime_error{"no pipe"};
    const auto child = fork();
    if (child == 0) {
      close(ends[0]);
      const auto mine = run_worlds(wishes, job, worlds);
      const auto written = write(ends[1], &mine, sizeof mine); // less than a pipe holds
      _exit(written == sizeof mine ? 0 : 3);
    }
    close(ends[1]);
    children.emplace_back(child, ends[0]);
  }
  for (const auto& [child, end] : children) {
    tally its;
    if (read(end, &its, sizeof its) == sizeof its) {
      all.add(its);
    } else {
      std::cout << "a process of the swarm crashed\n";
      ++all.failed;
    }
    close(end);
    waitpid(child, nullptr, 0);
  }
  return all;
}

} // namespace

int swarm(const swarm_wishes& wishes) {
  const auto worlds =
      static_cast<std::uint64_t>(std::max(1.0, std::ceil(wishes.hours / wishes.world_hours)));
  std::cout << "swarm: seeds " << wishes.seed << " to " << wishes.seed + worlds - 1 << ", "
            << wishes.world_hours << " h each\n"
            << std::flush;
  const auto all =
      wishes.jobs > 1 ? run_in_processes(wishes, worlds) : run_worlds(wishes, 0, worlds);
  const auto& pulls = all.pulls;
  std::cout << std::fixed << std::setprecision(0) << all.hours << " hours in " << all.worlds
            << " worlds, " << all.events << " events, " << pulls.pods << " Pods ("
            << std::setprecision(3)
            << 100.0 * static_cast<double>(pulls.at_once) /
                   static_cast<double>(std::max<std::uint64_t>(1, pulls.pods))
            << " % pulled at once), " << std::setprecision(1) << all.cpu_seconds << " CPU s\n"
            << all.worlds - all.failed << " passed, " << all.failed << " failed\n";
  return all.failed == 0 ? 0 : 1;
}

} // namespace acr::faultlab
