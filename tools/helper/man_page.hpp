/// The manual page, made from the command line that it describes.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace acr::helper {

/// Source for man(7), section 8: each command with its options, environment and exit codes, as
/// `--help` tells them.
std::string man_page(const CLI::App& app);

} // namespace acr::helper
