#include "tools/helper/renew.hpp"

#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include <boost/algorithm/string/replace.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <unistd.h>

#include "protocol/kubernetes/decode.hpp"
#include "protocol/renewal_request.hpp"
#include "protocol/text.hpp"
#include "protocol/time.hpp"

namespace acr::helper {

namespace {

using namespace std::chrono_literals;

constexpr auto not_renewed = static_cast<exit_code>(3);
constexpr auto between_looks = 300ms;

void complain(const std::string& text) {
  std::fprintf(stderr, "acr-credential-helper: %s\n", text.c_str());
}

/// Splits the single line of an Event for people.
std::string in_lines(std::string text) {
  for (const auto* word : {"Cause: ", "Remedy: "})
    boost::algorithm::replace_all(text, std::string{" "} + word, std::string{"\n  "} + word);
  boost::algorithm::replace_all(text, ". Renewed: ", ".\nRenewed: ");
  boost::algorithm::replace_all(text, ". And ", ".\nAnd ");
  return text;
}

result<std::optional<renewal_answer>> look(api_client& api, const renew_options& options,
                                           const std::string& request) {
  const auto answer = api.ask(kubernetes::list_events(options.config_map));
  if (!answer)
    return answer.error();
  const auto events = kubernetes::read_events(*answer);
  if (!events)
    return events.error();
  return find_answer(*events, request);
}

} // namespace

std::optional<renewal_answer> find_answer(const std::vector<kubernetes::told_event>& events,
                                          const std::string& request) {
  const auto begin = "request " + request + ": ";
  for (const auto& event : events)
    if (event.component == kubernetes::field_manager && event.message.starts_with(begin))
      return renewal_answer{!event.warning, one_line(event.message.substr(begin.size()))};
  return std::nullopt;
}

exit_code renew(const renew_options& options) {
  const auto cluster = find_cluster(options.cluster);
  if (!cluster) {
    complain(to_string(cluster.error()));
    return exit_code::cannot_start;
  }
  api_client api{*cluster};
  const auto begun = std::chrono::steady_clock::now();
  const auto fraction = system_now().time_since_epoch() % 1s;
  const renewal_request wish{to_rfc3339(system_now()) + "." + std::to_string(fraction.count()) +
                                 "-" + std::to_string(getpid()),
                             options.instance};
  if (!read_renewal_request(to_string(wish))) {
    complain("'" + one_line(options.instance) + "' is no name of an instance");
    return exit_code::usage;
  }
  const auto where = options.config_map.ns + "/" + options.config_map.name;
  const auto asked = api.ask(
      kubernetes::annotate_config_map(options.config_map, renewal_annotation, to_string(wish)));
  const auto done = asked ? kubernetes::read_patched("annotate ConfigMap " + where, *asked)
                          : result<kubernetes::object_meta>{asked.error()};
  if (!done) {
    complain(to_string(done.error()));
    return exit_code::cannot_start;
  }
  api.shown().doing("waiting for the helper");
  while (true) {
    const auto found = look(api, options, wish.request);
    const auto waited = std::chrono::steady_clock::now() - begun;
    if (!found || *found || waited > std::chrono::seconds{options.timeout_s})
      api.shown().doing("");
    api.shown().make_room();
    if (!found) {
      complain(to_string(found.error()));
      return exit_code::cannot_start;
    }
    if (*found) {
      if (options.output == output_format::text)
        std::puts(in_lines((*found)->text).c_str());
      else
        std::fputs(for_programs(boost::json::serialize(boost::json::object{
                                    {"renewed", (*found)->renewed}, {"message", (*found)->text}}),
                                options.output)
                       .c_str(),
                   stdout);
      return (*found)->renewed ? exit_code::orderly : not_renewed;
    }
    if (waited > std::chrono::seconds{options.timeout_s}) {
      complain("no answer within " + std::to_string(options.timeout_s) +
               " s: does the helper run, does it read " + where +
               ", and may it write Events? Its log would hold renewal_wanted");
      return not_renewed;
    }
    std::this_thread::sleep_for(between_looks);
  }
}

} // namespace acr::helper
