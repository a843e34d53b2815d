#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/faultlab/report.hpp"
#include "tools/faultlab/run.hpp"
#include "tools/faultlab/scenario/scenario.hpp"

namespace {

using namespace acr::faultlab;

struct run_options {
  std::vector<std::string> files;
  bool trace = false;
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
    const auto out = run(*about, wishes);
    if (options.trace)
      std::cout << out.trace;
    std::cout << summary(*about, out, taken.seconds());
    bad += out.good() ? 0 : 1;
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
  CLI11_PARSE(app, argc, argv);
  try {
    return run_files(running);
  } catch (const std::exception& problem) {
    std::cerr << "faultlab: " << problem.what() << '\n';
    return 2;
  }
}
