#include "tools/helper/option_parts.hpp"

#include <map>

#include "tools/helper/usage.hpp"

namespace acr::helper {

std::string check_ref(const std::string& text) {
  const auto slash = text.find('/');
  const bool good = slash != std::string::npos && slash > 0 && slash + 1 < text.size() &&
                    text.find('/', slash + 1) == std::string::npos;
  return good ? "" : "must be NAMESPACE/NAME, not '" + text + "'";
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

void add_source(CLI::App& app, config_source& source) {
  auto* file = app.add_option("FILE", source.file,
                              "A ConfigMap manifest, or a configuration in any spelling; - for "
                              "standard input");
  auto* map = app.add_option_function<std::string>(
      "--config-map", [&source](const std::string& text) { source.config_map = to_ref(text); },
      "The ConfigMap NAMESPACE/NAME of a cluster, in place of a file");
  map->check(check_ref)->excludes(file);
  for (auto* option : add_cluster(app, source.cluster))
    option->needs(map);
  app.callback([file, map] {
    if (file->count() + map->count() == 0)
      throw CLI::RequiredError{"FILE or --config-map"};
  });
}

void add_output(CLI::App& app, output_format& format) {
  const std::map<std::string, output_format> formats{
      {"text", output_format::text}, {"json", output_format::json}, {"yaml", output_format::yaml}};
  add_choice(app, "-o,--output", format, "text, json or yaml", formats)->default_str("text");
}

} // namespace acr::helper
