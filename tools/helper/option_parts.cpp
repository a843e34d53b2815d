#include "tools/helper/option_parts.hpp"

#include <map>

#include "protocol/dns_name.hpp"
#include "protocol/text.hpp"
#include "tools/helper/usage.hpp"

namespace acr::helper {

std::string check_ref(const std::string& text) {
  const auto slash = text.find('/');
  // Some go into expressions of policies, and all into paths.
  const bool good = slash != std::string::npos && valid_dns_label(text.substr(0, slash)) &&
                    valid_dns_name(text.substr(slash + 1));
  return good ? "" : "must be NAMESPACE/NAME, not '" + one_line(text) + "'";
}

kubernetes::object_ref to_ref(const std::string& text) {
  const auto slash = text.find('/');
  return {text.substr(0, slash), text.substr(slash + 1)};
}

CLI::Option* add_ref(CLI::App& app, const char* name, kubernetes::object_ref& ref,
                     const char* help) {
  return app
      .add_option_function<std::string>(
          name, [&ref](const std::string& text) { ref = to_ref(text); }, help)
      ->default_str(ref.ns + "/" + ref.name)
      ->check(check_ref);
}

void add_address(CLI::App& app, std::optional<page_address>& where, const char* name,
                 const char* help) {
  app.add_option_function<std::string>(
         name, [&where](const std::string& text) { where = *parse_page_address(text); }, help)
      ->check([](const std::string& text) {
        const auto read = parse_page_address(text);
        return read ? "" : read.error().message;
      });
}

std::vector<CLI::Option*> add_cluster(CLI::App& app, cluster_options& options) {
  return {
      app.add_option("--kubeconfig", options.kubeconfig,
                     "Kubeconfig file; without it: in cluster if this is a Pod, else KUBECONFIG "
                     "or ~/.kube/config"),
      app.add_option("--context", options.context,
                     "Context of the kubeconfig; default: its current one")};
}

namespace {

struct file_or_map {
  CLI::Option* file;
  CLI::Option* map;
};

/// A file under that name, or --config-map with its cluster, but not both.
file_or_map add_either(CLI::App& app, config_source& source, const char* name, const char* help) {
  auto* file = app.add_option(name, source.file, help);
  auto* map = app.add_option_function<std::string>(
      "--config-map", [&source](const std::string& text) { source.config_map = to_ref(text); },
      "The ConfigMap NAMESPACE/NAME of a cluster, in place of a file");
  map->check(check_ref)->excludes(file);
  for (auto* option : add_cluster(app, source.cluster))
    option->needs(map);
  return {file, map};
}

} // namespace

void add_source(CLI::App& app, config_source& source) {
  const auto either = add_either(app, source, "FILE",
                                 "A ConfigMap manifest, or a configuration in any spelling; - for "
                                 "standard input");
  app.callback([either] {
    if (either.file->count() + either.map->count() == 0)
      throw CLI::RequiredError{"FILE or --config-map"};
  });
}

void add_scope(CLI::App& app, config_source& source) {
  add_either(app, source, "--config",
             "Configuration file: a ConfigMap manifest, or a configuration in any spelling; - for "
             "standard input");
}

void add_output(CLI::App& app, output_format& format) {
  const std::map<std::string, output_format> formats{
      {"text", output_format::text}, {"json", output_format::json}, {"yaml", output_format::yaml}};
  add_choice(app, "-o,--output", format, "text, json or yaml", formats)->default_str("text");
}

} // namespace acr::helper
