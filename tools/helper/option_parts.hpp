/// Options that several commands have.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "protocol/kubernetes/objects.hpp"
#include "runtime/observability/page_server.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/output.hpp"
#include "tools/helper/source.hpp"

namespace acr::helper {

/// Empty if the text is NAMESPACE/NAME, else what is wrong, as CLI11 wants it.
std::string check_ref(const std::string& text);
/// What `check_ref` let through; without a `/` all of it is the namespace.
kubernetes::object_ref to_ref(const std::string& text);

/// An option NAMESPACE/NAME, shown with what `ref` holds as its default.
CLI::Option* add_ref(CLI::App& app, const char* name, kubernetes::object_ref& ref,
                     const char* help);

void add_address(CLI::App& app, std::optional<page_address>& where, const char* name,
                 const char* help);

/// The options that name a cluster, in all commands.
std::vector<CLI::Option*> add_cluster(CLI::App& app, cluster_options& options);

/// FILE, or --config-map with its cluster.
void add_source(CLI::App& app, config_source& source);

/// --config, or --config-map with its cluster; neither is required.
void add_scope(CLI::App& app, config_source& source);

/// `-o text|json|yaml`.
void add_output(CLI::App& app, output_format& format);

} // namespace acr::helper
