#include "tools/helper/doctor.hpp"

#include <cstdio>
#include <memory>
#include <optional>

#include "config/explain.hpp"
#include "config/parse.hpp"
#include "tools/helper/doctor_cloud.hpp"
#include "tools/helper/doctor_cluster.hpp"
#include "tools/helper/doctor_report.hpp"
#include "tools/helper/runtime_context.hpp"
#include "tools/helper/source.hpp"

namespace acr::helper {

namespace {

/// The configuration that the helper would use; nothing if it cannot be used.
std::optional<config::configuration> configuration_of(const run_options& options,
                                                      doctor_report& report) {
  config_source source{options.config_file, std::nullopt, options.cluster};
  if (options.config_file.empty())
    source.config_map = options.config_map;
  const auto read = read_configuration(source);
  if (!read) {
    report.add(fault_of("configuration: ", read.error()));
    return std::nullopt;
  }
  for (const auto& problem : read->problems)
    report.add(
        {problem.level == config::severity::warning ? finding_level::note : finding_level::fault,
         "configuration " + config::explain(problem, source.name()),
         problem.level == config::severity::warning
             ? ""
             : "correct it; acr-credential-helper check tells all that is wrong"});
  if (!read->value)
    return std::nullopt;
  const auto count = read->value->instances.size();
  report.good("configuration " + source.name() + ": " + std::to_string(count) +
              (count == 1 ? " instance" : " instances"));
  return *read->value;
}

} // namespace

exit_code doctor(const doctor_options& options) {
  const auto& like = options.like;
  // With a configuration in a file much can be checked before there is a cluster; but a cluster
  // that was specified must answer.
  const bool must_be =
      like.config_file.empty() || !like.cluster.kubeconfig.empty() || !like.cluster.context.empty();
  auto found = look_around(like, must_be ? cluster_need::must_be : cluster_need::may_be);
  if (!found) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(found.error()).c_str());
    return exit_code::cannot_start;
  }
  const auto report = std::make_shared<doctor_report>(options.output);
  api_client api{found->around.cluster};
  api.shown().doing(""); // the report shows what is being waited for
  cluster_examination cluster{found->around, api, *report};
  const bool server = !found->no_cluster && cluster.server(must_be);
  if (!server && must_be) {
    report->end();
    return exit_code::cannot_start;
  }
  if (found->no_cluster)
    report->add(
        {finding_level::note, "no cluster was found: " + to_string(*found->no_cluster), ""});
  if (!server)
    report->add({finding_level::note,
                 "without a cluster permissions and policies are not checked, and what takes its "
                 "tokens (RRSA) or Secrets cannot work from here",
                 "name one with --kubeconfig"});
  const auto configuration = configuration_of(found->around.options, *report);
  if (server) {
    cluster.permissions(configuration ? &*configuration : nullptr);
    cluster.guard();
  }
  if (configuration)
    examine_instances(*found, api, server, *configuration, options.images, report);
  return report->end();
}

} // namespace acr::helper
