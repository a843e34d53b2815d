// The program that operators run: reads the command line, and runs the command.

#include <cstdio>
#include <exception>

#include "runtime/heap.hpp"
#include "runtime/shutdown.hpp"
#include "runtime/wiping_memory.hpp"
#include "tools/helper/doctor.hpp"
#include "tools/helper/options.hpp"
#include "tools/helper/policy.hpp"
#include "tools/helper/run.hpp"

namespace {

/// Runs a command that prints its result; its exit code.
int perform(const acr::helper::command& command) {
  if (command.policy)
    return static_cast<int>(acr::helper::print_policies(*command.policy));
  if (command.check)
    return static_cast<int>(acr::helper::check(*command.check));
  if (command.convert)
    return static_cast<int>(acr::helper::convert(*command.convert));
  if (command.status)
    return static_cast<int>(acr::helper::show_status(*command.status));
  if (command.cleanup)
    return static_cast<int>(acr::helper::cleanup(*command.cleanup));
  if (command.why)
    return static_cast<int>(acr::helper::why(*command.why));
  if (command.renew)
    return static_cast<int>(acr::helper::renew(*command.renew));
  if (command.doctor)
    return static_cast<int>(acr::helper::doctor(*command.doctor));
  return static_cast<int>(command.code);
}

/// The exit code, if all that was printed has been written: a full disk leaves half of a result.
int once_written(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) // std::cout writes to it, too
    return code;
  std::fputs("acr-credential-helper: standard output cannot be written\n", stderr);
  return static_cast<int>(acr::exit_code::cannot_start);
}

} // namespace

int main(int argc, char** argv) {
  try {
    acr::harden_process();
    acr::wipe_what_openssl_frees(); // it has not been used yet
    const auto command = acr::helper::read_command_line(argc, argv);
    if (!command.run)
      return once_written(perform(command));
    acr::keep_heap_small();
    acr::termination end; // before any thread; the other commands end by a signal as usual
    return static_cast<int>(acr::helper::run(*command.run, end));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "acr-credential-helper: cannot start: %s\n", e.what());
    return static_cast<int>(acr::exit_code::cannot_start);
  }
}
