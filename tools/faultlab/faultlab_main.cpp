#include <chrono>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/faultlab/report/page.hpp"
#include "tools/faultlab/report/summary.hpp"
#include "tools/faultlab/run.hpp"
#include "tools/faultlab/scenario/random.hpp"
#include "tools/faultlab/scenario/scenario.hpp"
#include "tools/faultlab/swarm.hpp"

namespace {

using namespace acr::faultlab;

struct run_options {
  std::vector<std::string> files;
  bool trace = false;
  bool stop_at_first = false;
  std::string pages; ///< Folder for them; empty: none are written.
};

int run_files(const run_options& options) {
  int bad = 0;
  for (const auto& file : options.files) {
    const auto about = load_scenario(file);
    if (!about) {
      std::cerr << "faultlab: " << to_string(about.error()) << '\n';
      return 2;
    }
    const stopwatch taken;
    run_wishes wishes;
    wishes.trace = options.trace;
    wishes.stop_at_first = options.stop_at_first;
    const auto out = run(*about, wishes);
    if (options.trace)
      std::cout << out.trace;
    std::cout << summary(*about, out, taken.seconds());
    bad += out.good() ? 0 : 1;
    if (!options.pages.empty())
      write_page_of(*about,
                    options.pages + "/" + std::filesystem::path{file}.stem().string() + ".html");
  }
  std::cout << options.files.size() - static_cast<std::size_t>(bad) << " passed, " << bad
            << " failed\n";
  return bad == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"The helper in simulated worlds, in virtual time"};
  app.require_subcommand(1);
  run_options running;
  auto* run_command = app.add_subcommand("run", "Play scenario files");
  run_command->add_option("FILE", running.files)->required();
  run_command->add_flag("--trace", running.trace, "Print everything that happens");
  run_command->add_flag("--stop-at-first", running.stop_at_first,
                        "End a scenario at its first violation");
  run_command->add_option("--html", running.pages, "Write a page for each into this folder");

  swarm_wishes wishes;
  wishes.seed = std::random_device{}() % 1'000'000'000;
  auto* swarm_command = app.add_subcommand("swarm", "Random worlds; what fails is made small");
  swarm_command->add_option("--hours", wishes.hours, "Simulated, in all")->capture_default_str();
  swarm_command->add_option("--seed", wishes.seed, "Of the first world; default: a fresh one");
  swarm_command->add_option("--world-hours", wishes.world_hours)->capture_default_str();
  swarm_command->add_option("--jobs", wishes.jobs, "Processes")->capture_default_str();
  swarm_command->add_option("--keep", wishes.folder,
                            "Write shrunk scenarios and their pages into this folder");
  swarm_command->add_option("--failures", wishes.most_failures, "End after so many")
      ->capture_default_str();
  swarm_command->add_option("--shrink", wishes.shrink_budget, "Runs for making one small")
      ->capture_default_str();

  std::uint64_t shown = 1;
  double shown_hours = wishes.world_hours;
  auto* show_command = app.add_subcommand("show", "Print the scenario of a seed");
  show_command->add_option("SEED", shown)->required();
  show_command->add_option("--world-hours", shown_hours)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    if (swarm_command->parsed())
      return swarm(wishes);
    if (show_command->parsed()) {
      std::cout << write_scenario(random_scenario(
          shown, std::chrono::milliseconds{static_cast<std::int64_t>(shown_hours * 3'600'000)}));
      return 0;
    }
    return run_files(running);
  } catch (const std::exception& problem) {
    std::cerr << "faultlab: " << problem.what() << '\n';
    return 2;
  }
}
