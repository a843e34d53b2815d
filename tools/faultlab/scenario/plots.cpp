#include "tools/faultlab/scenario/plots.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;
using events = std::vector<lab_event>;

std::string some_space(dice& chance, const world_spec& w) {
  return "team-" + std::to_string(chance.between(std::int64_t{0}, std::int64_t{w.namespaces} - 1));
}

/// Two tools write the list of an account while our own write is in flight.
events two_writers(dice& chance, const world_spec& w, ms at) {
  const auto ns = some_space(chance, w);
  const auto later = at + ms{chance.between(ms{1}, 3 * w.delay_most)};
  return {{at, {}, "do", "unlink", {{"namespace", ns}}},
          {later, {}, "do", "add-pull-secret", {{"namespace", ns}, {"name", "another"}}}};
}

/// Versions are compacted, and all watches end at the same moment.
events compacted(dice& chance, const world_spec& w, ms at) {
  return {{at, {}, "api", "compact", {}},
          {at, {}, "api", "restart", {}},
          {at + 10min, {}, "do", "delete-secret", {{"namespace", some_space(chance, w)}}}};
}

/// Our Secret is replaced for a while by a foreign one of the same name.
events foreign_secret(dice& chance, const world_spec& w, ms at) {
  const auto ns = some_space(chance, w);
  return {{at, {}, "do", "delete-secret", {{"namespace", ns}}},
          {at, {}, "do", "foreign-secret", {{"namespace", ns}, {"type", "docker"}}},
          {at + chance.between(ms{10min}, ms{2h}), {}, "do", "delete-secret", {{"namespace", ns}}}};
}

/// All watches fall silent, and only then changes happen.
events news_in_silence(dice& chance, const world_spec& w, ms at) {
  const auto then = at + 3min + 8min + chance.between(ms{1s}, ms{20min});
  return {{at, 3min, "api", "silent-streams", {{"level", "1"}}},
          {at + 1s, {}, "api", "restart", {}},
          {then, {}, "do", "delete-secret", {{"namespace", some_space(chance, w)}}},
          {then, {}, "do", "create-namespace", {{"namespace", "team-11"}}}};
}

/// All accounts come into scope, and leave it.
events accounts_come_and_go(dice& chance, const world_spec& w, ms at) {
  const parameters of{{"namespace", some_space(chance, w)}, {"account", "builder"}};
  return {
      {at, {}, "do", "create-account", of},
      {at + 1min, {}, "do", "configure", {{"accounts", "*"}}},
      {at + chance.between(ms{5min}, ms{90min}), {}, "do", "configure", {{"accounts", "default"}}}};
}

/// A restart while the cloud is unreachable for longer than credentials are valid.
events restart_without_cloud(dice& chance, const world_spec&, ms at) {
  return {{at, chance.between(ms{70min}, ms{160min}), "cloud", "blackhole", {}},
          {at + chance.between(ms{1s}, ms{20min}),
           chance.between(ms{1s}, ms{1min}),
           "helper",
           "crash",
           {}}};
}

/// The cloud works, and the helper restarts in the last part of a credential's lifetime.
events restarts(dice& chance, const world_spec&, ms at) {
  return {{at, 1s, "helper", "crash", {}},
          {at + chance.between(ms{20min}, ms{50min}), 1s, "helper", "crash", {}}};
}

/// For a moment every connection breaks before a request is read: the next attempt works.
events blip(dice& chance, const world_spec& w, ms at) {
  return {{at, {}, "do", "delete-secret", {{"namespace", some_space(chance, w)}}},
          {at, 300ms, "api", "hang-ups", {{"level", "1"}}}};
}

/// A component crashes while another one waits for its restart.
events two_deaths(dice& chance, const world_spec&, ms at) {
  constexpr std::array parts{"writer",     "namespaces", "config", "gateway",
                             "kubernetes", "cloud",      "elector"};
  const auto part = [&] {
    return parts.at(static_cast<std::size_t>(
        chance.between(std::int64_t{0}, static_cast<std::int64_t>(parts.size()) - 1)));
  };
  const auto later = at + chance.between(ms{1}, ms{200});
  return {{at, {}, "helper", "actor-dies", {{"actor", part()}}},
          {later, {}, "helper", "actor-dies", {{"actor", part()}}}};
}

/// A release with another configuration: old and new overlap.
events release(dice& chance, const world_spec& w, ms at) {
  const auto instances = std::to_string(chance.between(std::int64_t{1}, w.instances + 1));
  return {{at, {}, "do", "configure", {{"instances", instances}}},
          {at + ms{chance.between(ms{1}, ms{2s})}, 10s, "helper", "overlap", {}}};
}

/// The program is descheduled while it processes a new configuration.
events held_up(dice& chance, const world_spec& w, ms at) {
  const auto reading = std::to_string(chance.between(std::int64_t{1}, std::int64_t{12}));
  const auto instances = std::to_string(chance.between(std::int64_t{1}, w.instances + 1));
  return {{at,
           chance.between(ms{1s}, ms{25s}),
           "helper",
           "stall",
           {{"actor", "writer"}, {"reading", reading}}},
          {at, {}, "do", "configure", {{"instances", instances}}}};
}

/// One object is refused while all credentials expire.
events refused_over_an_end(dice& chance, const world_spec& w, ms at) {
  const auto ns = some_space(chance, w);
  const bool account = chance.happens(0.5);
  const auto name = account ? "default" : "acr-credential-secret-aggregation";
  return {{at,
           2h + 30min,
           "api",
           "http_status",
           {{"verb", "patch"},
            {"resource", account ? "serviceaccounts" : "secrets"},
            {"namespace", ns},
            {"name", name},
            {"status", chance.happens(0.5) ? "422" : "403"}}},
          {at + 1min, {}, "do", "unlink", {{"namespace", ns}}},
          {at + 10min, 80min, "cloud", "blackhole", {}}};
}

} // namespace

const std::vector<plot>& plots() {
  static const std::vector<plot> all{two_writers,
                                     compacted,
                                     foreign_secret,
                                     news_in_silence,
                                     blip,
                                     accounts_come_and_go,
                                     restart_without_cloud,
                                     restarts,
                                     two_deaths,
                                     release,
                                     held_up,
                                     refused_over_an_end};
  return all;
}

} // namespace acr::faultlab
