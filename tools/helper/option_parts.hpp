/// Options shared by several commands.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "protocol/kubernetes/objects.hpp"
#include "runtime/observability/admin_server.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/output.hpp"
#include "tools/helper/source.hpp"

namespace acr::helper {

/// Empty if the text is NAMESPACE/NAME, else the error, as CLI11 expects it.
std::string check_ref(const std::string& text);
/// Parses a text that `check_ref` accepted; without a `/` all of it is the namespace.
kubernetes::object_ref to_ref(const std::string& text);

/// Adds an option NAMESPACE/NAME, with the value of `ref` as its default.
CLI::Option* add_ref(CLI::App& app, const char* name, kubernetes::object_ref& ref,
                     const char* help);

void add_address(CLI::App& app, std::optional<page_address>& where, const char* name,
                 const char* help);

/// Adds the options that select a cluster, in all commands.
std::vector<CLI::Option*> add_cluster(CLI::App& app, cluster_options& options);

/// Adds FILE, or --config-map with its cluster.
void add_source(CLI::App& app, config_source& source);

/// Adds --config, or --config-map with its cluster; neither is required.
void add_scope(CLI::App& app, config_source& source);

/// Adds `-o text|json|yaml`.
void add_output(CLI::App& app, output_format& format);

} // namespace acr::helper
