/// The manual page, generated from the command line that it describes.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace acr::helper {

/// Source for man(7), section 8: each command with its options, environment and exit codes, as in
/// `--help`.
std::string man_page(const CLI::App& app);

} // namespace acr::helper
