/// The options of each command but `run`.
#pragma once

#include <optional>

#include <CLI/CLI.hpp>

#include "tools/helper/check.hpp"
#include "tools/helper/cleanup.hpp"
#include "tools/helper/completion.hpp"
#include "tools/helper/convert.hpp"
#include "tools/helper/renew.hpp"
#include "tools/helper/status_command.hpp"
#include "tools/helper/why.hpp"

namespace acr::helper {

// Each adds the options and the footer of a command to `app`; `options` must outlive its parsing.

void add_check(CLI::App& app, check_options& options);
void add_convert(CLI::App& app, convert_options& options);
void add_why(CLI::App& app, why_options& options);
void add_status(CLI::App& app, status_options& options, cluster_options& cluster);
void add_cleanup(CLI::App& app, cleanup_options& options);
void add_renew(CLI::App& app, renew_options& options);
void add_completion(CLI::App& app, shell& which);

} // namespace acr::helper
