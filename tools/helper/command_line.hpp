/// The commands and options of the command line, for manual page and completion.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace acr::helper {

std::vector<const CLI::App*> commands_of(const CLI::App& app);

/// Those with a name on the command line, `--help` among them.
std::vector<const CLI::Option*> options_of(const CLI::App& app);

/// Whether it takes a value.
bool takes_value(const CLI::Option& option);

/// "-o", "--output".
std::vector<std::string> words_of(const CLI::Option& option);

} // namespace acr::helper
