#include "tools/helper/source.hpp"

#include <utility>
#include <variant>

#include "config/parse.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/requests.hpp"

namespace acr::helper {

namespace {

using kubernetes::object_kind;

result<config::reading> read_config_map(const kubernetes::object_ref& ref,
                                        const cluster_options& options) {
  const auto cluster = find_cluster(options);
  if (!cluster)
    return cluster.error();
  const auto step = "read the ConfigMap " + ref.ns + "/" + ref.name + " at " + cluster->server;
  const auto answer =
      api_client{*cluster}.ask(kubernetes::get_object(object_kind::config_map, ref));
  if (!answer) {
    auto reason = answer.error();
    reason.step = step;
    return reason;
  }
  const auto found = kubernetes::read_object(object_kind::config_map, step, *answer);
  if (found)
    return config::parse_config_map(std::get<kubernetes::config_map>(*found).data);
  auto reason = found.error();
  if (reason.code == errc::not_found)
    reason.message = "there is none";
  else if (reason.code == errc::denied)
    reason.message = "not allowed, it takes the verb get on it: " + reason.message;
  return reason;
}

} // namespace

std::string config_source::name() const {
  if (config_map)
    return "ConfigMap " + config_map->ns + "/" + config_map->name;
  return file == "-" ? "standard input" : file;
}

result<config::reading> read_configuration(const config_source& source) {
  if (source.config_map)
    return read_config_map(*source.config_map, source.cluster);
  const auto text = kubernetes::read_small_file(source.file == "-" ? "/dev/stdin" : source.file);
  if (!text)
    return text.error();
  return config::parse_file(text->reveal());
}

} // namespace acr::helper
