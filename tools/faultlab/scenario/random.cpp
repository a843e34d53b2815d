#include "tools/faultlab/scenario/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tools/faultlab/network/dice.hpp"
#include "tools/faultlab/scenario/plots.hpp"

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

/// A kind of event: its name, its maximum duration (zero: a moment), its parameters.
struct kind {
  const char* where;
  const char* how;
  ms longest;
  std::function<parameters(dice&, const world_spec&)> with = {};
};

std::string one_of(dice& chance, std::initializer_list<const char*> list) {
  return *(list.begin() +
           chance.between(std::int64_t{0}, static_cast<std::int64_t>(list.size()) - 1));
}

std::string number(dice& chance, int least, int most) {
  return std::to_string(chance.between(std::int64_t{least}, std::int64_t{most}));
}

parameters level(dice& chance, const world_spec&) {
  return {{"level", one_of(chance, {"0.05", "0.1", "0.2", "0.3"})}};
}

parameters some_space(dice& chance, const world_spec& w) {
  return {{"namespace", "team-" + number(chance, 0, w.namespaces - 1)}};
}

parameters some_account(dice& chance, const world_spec& w) {
  auto out = some_space(chance, w);
  out["account"] = one_of(chance, {"default", "builder"});
  return out;
}

parameters some_instance(dice& chance, const world_spec& w) {
  parameters out{{"operation", "GetAuthorizationToken"}};
  if (chance.happens(0.7))
    out["instance"] = number(chance, 0, w.instances - 1);
  return out;
}

parameters refusal(dice& chance, const world_spec& w) {
  auto out = some_instance(chance, w);
  out["code"] = one_of(chance, {"NoPermission", "INSTANCE_NOT_EXIST", "InternalError",
                                "ServiceUnavailable", "InvalidSecurityToken.Expired"});
  out["status"] = one_of(chance, {"403", "404", "500", "503"});
  return out;
}

parameters throttling(dice& chance, const world_spec& w) {
  auto out = some_instance(chance, w);
  out["retry_after"] = number(chance, 1, 120);
  return out;
}

parameters some_operation(dice& chance, const world_spec&) {
  return {{"operation", one_of(chance, {"GetAuthorizationToken", "AssumeRole", "AssumeRoleWithOIDC",
                                        "ListInstanceEndpoint"})}};
}

parameters some_verb(dice& chance, const world_spec&) {
  parameters out{
      {"resource", one_of(chance, {"secrets", "serviceaccounts", "namespaces", "configmaps"})}};
  if (chance.happens(0.5))
    out["verb"] = one_of(chance, {"watch", "patch", "list"});
  return out;
}

parameters some_status(dice& chance, const world_spec& w) {
  auto out = some_verb(chance, w);
  out["status"] = one_of(chance, {"500", "502", "503", "403", "409"});
  return out;
}

/// A single object that the API server refuses.
parameters refused_object(dice& chance, const world_spec& w) {
  auto out = some_account(chance, w);
  out["status"] = one_of(chance, {"422", "403", "500"});
  out["resource"] = "serviceaccounts";
  out["name"] = std::exchange(out["account"], "");
  out.erase("account");
  const auto which = chance.between(std::int64_t{0}, std::int64_t{9});
  out["verb"] = which == 0 ? "list" : which == 1 ? "delete" : "patch";
  if (which == 0)
    out.erase("name");
  if (which == 1 || which > 5) {
    out["resource"] = "secrets";
    out["name"] = "acr-credential-secret-aggregation";
  }
  return out;
}

parameters absurd_year(dice& chance, const world_spec& w) {
  return {{"instance", number(chance, 0, w.instances - 1)},
          {"year", one_of(chance, {"1970", "2100", "9999"})}};
}

parameters some_actor(dice& chance, const world_spec& w) {
  auto which = one_of(chance, {"writer", "namespaces", "config", "gateway", "kubernetes", "cloud",
                               "identity", "token"});
  if (which == "token")
    which += " cri-lab000000000" + number(chance, 0, std::min(w.instances, 10) - 1);
  return {{"actor", which}};
}

parameters other_config(dice& chance, const world_spec& w) {
  parameters out;
  switch (chance.between(std::int64_t{0}, std::int64_t{3})) {
  case 0:
    out["instances"] = number(chance, 0, w.instances + 2);
    if (out["instances"] == "0")
      out["instances"] = "1";
    break;
  case 1:
    out["scope"] = one_of(chance, {"all", "team-0", "team-0,team-1", "team-1,team-9"});
    break;
  case 2:
    out["accounts"] = one_of(chance, {"default", "*", "default,builder"});
    break;
  default:
    out["threshold"] = one_of(chance, {"5m", "15m", "25m"});
  }
  return out;
}

parameters clock_step(dice& chance, const world_spec&) {
  return {{"by", one_of(chance, {"-2h", "-20m", "-90s", "30s", "10m", "3h"})}};
}

/// All kinds of events.
const std::vector<kind>& kinds() {
  static const std::vector<kind> list{
      {"cloud", "blackhole", 80min},
      {"cloud", "blackhole", 60min,
       [](dice&, const world_spec&) {
         return parameters{{"host", "vpc"}};
       }},
      {"cloud", "refusing", 60min},
      {"cloud", "unresolvable", 40min},
      {"cloud", "untrusted", 40min},
      {"cloud", "noise", 90min, level},
      {"cloud", "slow", 60min, level},
      {"cloud", "lateness", 60min, level},
      {"cloud", "dripping", 60min, level},
      {"cloud", "duplication", 60min, level},
      {"cloud", "error_code", 70min, refusal},
      {"cloud", "throttle", 40min, throttling},
      {"cloud", "silence", 30min, some_operation},
      {"cloud", "html", 30min, some_operation},
      {"cloud", "garbage", 30min, some_operation},
      {"cloud", "truncate", 30min, some_operation},
      {"cloud", "date", 3h, absurd_year},
      {"cloud", "expiry", 3h, absurd_year},
      {"cloud", "no-endpoints", 40min,
       [](dice& c, const world_spec& w) {
         return parameters{{"instance", number(c, 0, w.instances - 1)}};
       }},
      {"api", "blackhole", 40min},
      {"api", "refusing", 30min},
      {"api", "noise", 60min, level},
      {"api", "slow", 30min, level},
      {"api", "lateness", 60min, level},
      {"api", "duplication", 60min, level},
      {"api", "silent-streams", 60min, level},
      {"api", "cut-streams", 60min, level},
      {"api", "torn-streams", 90min, level},
      {"api", "throttle", 20min,
       [](dice& c, const world_spec&) {
         return parameters{{"retry_after", number(c, 1, 20)}};
       }},
      {"api", "http_status", 20min, some_status},
      {"api", "http_status", 20h, refused_object},
      {"api", "gone", 10min, some_verb},
      {"api", "silence", 10min, some_verb},
      {"api", "truncate", 10min, some_verb},
      {"api", "restart", 0ms},
      {"api", "compact", 0ms},
      {"helper", "crash", 10min},
      {"helper", "stop", 10min},
      {"helper", "freeze", 20min},
      {"helper", "sleep", 90min},
      {"helper", "clock", 120min, clock_step},
      {"helper", "actor-dies", 0ms, some_actor},
      {"helper", "overlap", 10min},
      {"rival", "relist", 90min, some_account},
      {"rival", "rewrite", 90min, some_space},
      {"rival", "delete", 90min, some_space},
      {"do", "configure", 0ms, other_config},
      {"do", "break-config", 0ms},
      {"do", "remove-config", 0ms},
      {"do", "restore-config", 0ms},
      {"do", "create-namespace", 0ms,
       [](dice& c, const world_spec&) {
         return parameters{{"namespace", "team-" + number(c, 0, 12)}};
       }},
      {"do", "delete-namespace", 0ms, some_space},
      {"do", "create-account", 0ms, some_account},
      {"do", "delete-account", 0ms,
       [](dice& c, const world_spec& w) {
         auto out = some_space(c, w);
         out["account"] = "builder";
         return out;
       }},
      {"do", "delete-secret", 0ms, some_space},
      {"do", "edit-secret", 0ms, some_space},
      {"do", "unlink", 0ms, some_account},
      {"do", "add-pull-secret", 0ms, some_account},
      {"do", "replace-pull-secrets", 0ms, some_account},
  };
  return list;
}

/// Many short ones, few long ones.
ms some_span(dice& chance, ms longest) {
  if (longest == 0ms)
    return 0ms;
  const auto exponent = chance.part() * std::log(static_cast<double>(longest.count()) / 1000.0);
  return std::chrono::seconds{static_cast<std::int64_t>(std::exp(exponent))};
}

world_spec some_world(dice& chance) {
  world_spec out;
  out.instances = static_cast<int>(chance.between(std::int64_t{1}, std::int64_t{4}));
  out.namespaces = static_cast<int>(chance.between(std::int64_t{1}, std::int64_t{5}));
  out.identity = one_of(chance, {"key", "key", "rrsa", "chain"});
  out.scope = one_of(chance, {"all", "all", "team-0,team-1,team-2"});
  out.accounts = one_of(chance, {"default", "*"});
  out.threshold = std::chrono::seconds{one_of(chance, {"a", "b"}) == "a" ? 900 : 300};
  out.names_domains = chance.happens(0.7);
  out.password = std::chrono::minutes{std::stoi(one_of(chance, {"60", "60", "40", "150"}))};
  out.replicas = chance.happens(0.08) ? 2 : 1;
  out.elect = out.replicas == 1 && chance.happens(0.1);
  out.delay_most = ms{chance.between(std::int64_t{1}, std::int64_t{150})};
  return out;
}

} // namespace

lab_event one_of_that_kind(dice& chance, const kind& what, const world_spec& in, ms at, ms end) {
  lab_event item;
  item.at = std::chrono::floor<std::chrono::seconds>(at);
  item.lasts = std::min(some_span(chance, what.longest), end - item.at);
  item.where = what.where;
  item.how = what.how;
  if (what.with)
    item.with = what.with(chance, in);
  return item;
}

/// Who gets what: entries that are limited to namespaces, and limits that change.
void add_limits(scenario& to, ms end) {
  dice chance{to.seed, "limits", 0};
  if (!chance.happens(0.25) || to.world.instances < 2 || to.world.shared_domain)
    return;
  const auto some_limits = [&] {
    std::string out;
    for (int i = 0; i < to.world.instances; ++i) {
      out += i == 0 ? "" : ";";
      if (chance.happens(0.5))
        continue;
      std::string limit;
      for (int n = 0; n < to.world.namespaces; ++n)
        if (chance.happens(0.5))
          limit += (limit.empty() ? "team-" : ",team-") + std::to_string(n);
      out += limit.empty() ? "team-0" : limit;
    }
    return out;
  };
  to.world.limits = some_limits();
  for (ms at = 20min; at < end; at += ms{chance.between(ms{30min}, ms{6h})}) {
    lab_event item;
    item.at = std::chrono::floor<std::chrono::seconds>(at);
    item.where = "do";
    item.how = "configure";
    item.with = {{"limits", some_limits()}};
    to.timeline.push_back(std::move(item));
  }
}

/// What owners of namespaces decide: who has the label that the configuration selects, and who is
/// left alone.
void add_owners(scenario& to, ms end) {
  dice chance{to.seed, "owners", 0};
  if (!chance.happens(0.25))
    return;
  to.world.labels = chance.happens(0.5);
  for (ms at = 20min; at < end; at += ms{chance.between(ms{20min}, ms{4h})}) {
    lab_event item;
    item.at = std::chrono::floor<std::chrono::seconds>(at);
    item.where = "do";
    item.with = some_space(chance, to.world);
    item.how = one_of(chance, {"ignore-namespace", "ignore-account"});
    if (to.world.labels && chance.happens(0.5)) {
      item.how = "label-namespace";
      item.with["pull"] = one_of(chance, {"acr", "acr", "other"});
    } else {
      item.with["ignore"] = one_of(chance, {"true", "false"});
    }
    to.timeline.push_back(std::move(item));
  }
}

/// What concerns the webhook has chances of its own: the other events of a seed stay what they are.
void add_webhook(scenario& to, ms end) {
  dice chance{to.seed, "webhook", 0};
  to.world.webhook = chance.happens(0.25);
  if (!to.world.webhook)
    return;
  to.world.names_domains = true; // what a reference is needed for is known without the cloud
  for (ms at = 5min; at < end; at += ms{chance.between(ms{10min}, ms{3h})}) {
    lab_event item;
    item.at = std::chrono::floor<std::chrono::seconds>(at);
    const auto what = one_of(chance, {"create", "create", "create", "dead", "bundle"});
    if (what == "create") {
      item.where = "do";
      item.how = "create-namespace";
      item.with = {{"namespace", "team-w" + std::to_string(at.count() / 1000)}};
    } else if (what == "dead") {
      item.where = "webhook";
      item.how = one_of(chance, {"unreachable", "slow"});
      item.lasts = std::min(some_span(chance, 2h), end - item.at);
    } else {
      item.where = "do";
      item.how = "overwrite-bundle";
    }
    to.timeline.push_back(std::move(item));
  }
}

scenario random_scenario(std::uint64_t seed, ms lasts) {
  dice chance{seed, "scenario", 0};
  scenario out;
  out.name = "swarm " + std::to_string(seed);
  out.seed = seed;
  out.world = some_world(chance);
  if (out.world.elects())
    lasts /= 3; // each of them calls the API server every two seconds
  out.lasts = lasts;
  std::vector<const kind*> enabled;
  const auto share = 0.05 + 0.4 * chance.part();
  for (const auto& one : kinds())
    if (chance.happens(share))
      enabled.push_back(&one);
  std::vector<plot> courses;
  for (const auto& one : plots())
    if (chance.happens(share))
      courses.push_back(one);
  const auto calm_end = 60min;
  const auto mean = ms{chance.between(ms{10min}, ms{4h})};
  const auto last = lasts - calm_end;
  for (ms at = 1min; !enabled.empty() || !courses.empty();) {
    at += ms{static_cast<std::int64_t>(static_cast<double>(mean.count()) *
                                       -std::log(1.0 - chance.part()))};
    if (at >= last)
      break;
    const auto which = chance() % (enabled.size() + courses.size());
    if (which < enabled.size()) {
      out.timeline.push_back(one_of_that_kind(chance, *enabled[which], out.world, at, last));
      continue;
    }
    if (at + longest_plot > last)
      continue;
    for (auto& item : courses[which - enabled.size()](chance, out.world, at))
      out.timeline.push_back(std::move(item));
  }
  if (out.world.replicas > 1)
    for (auto& item : out.timeline)
      if (item.where == "helper" && item.how != "overlap")
        item.with["replica"] = one_of(chance, {"leader", "0", "1"});
  add_limits(out, last);
  add_owners(out, last);
  add_webhook(out, last);
  std::stable_sort(out.timeline.begin(), out.timeline.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return out;
}

} // namespace acr::faultlab
