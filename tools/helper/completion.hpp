/// The data that a shell needs to complete the helper's command line.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace acr::helper {

enum class shell {
  bash,
  zsh,
  fish,
  kubectl, ///< Not a shell: the program kubectl_complete-acr, which kubectl asks for `kubectl acr`.
};

/// A script for that shell, made from the subcommands and options of `app`; it covers the program
/// as acr-credential-helper and as kubectl-acr.
std::string completion_script(const CLI::App& app, shell which);

} // namespace acr::helper
