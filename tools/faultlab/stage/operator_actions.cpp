// The actions of a stage on its world: faults of links and servers, and operator actions.
#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/x509/certificates.hpp"
#include "tools/faultlab/stage/stage.hpp"
#include "tools/simkit/form.hpp"

namespace acr::faultlab {

namespace json = boost::json;

namespace {

using std::chrono::milliseconds;

constexpr std::array<std::pair<const char*, double link_quality::*>, 12> mishaps{{
    {"lost-requests", &link_quality::lost_request},
    {"lost-answers", &link_quality::lost_answer},
    {"resets", &link_quality::reset},
    {"hang-ups", &link_quality::hung_up},
    {"truncation", &link_quality::truncated},
    {"duplication", &link_quality::duplicated},
    {"lateness", &link_quality::late},
    {"dripping", &link_quality::dripped},
    {"busy", &link_quality::busy},
    {"silent-streams", &link_quality::silent_stream},
    {"cut-streams", &link_quality::cut_stream},
    {"torn-streams", &link_quality::torn_stream},
}};

constexpr std::array<std::pair<const char*, reach>, 4> states{{
    {"blackhole", reach::blackhole},
    {"refusing", reach::refusing},
    {"unresolvable", reach::unresolvable},
    {"untrusted", reach::untrusted},
}};

bool of_the_link(const std::string& how) {
  const auto named = [&](const auto& item) { return how == item.first; };
  return how == "noise" || how == "slow" || std::any_of(mishaps.begin(), mishaps.end(), named) ||
         std::any_of(states.begin(), states.end(), named);
}

/// People and controllers are not affected.
json::object fault_of(const lab_event& what) {
  json::object match{{"user", helper_user}};
  for (const char* name : {"verb", "resource", "namespace", "name"})
    if (const auto text = what.param(name); !text.empty())
      match[name] = text;
  json::object body{{"kind", what.how}, {"match", std::move(match)}};
  for (const char* name : {"status", "retry_after", "ms", "times"})
    if (const auto number = what.number(name, -1); number >= 0)
      body[name] = static_cast<std::int64_t>(number);
  return body;
}

/// A policy that refuses our writes of an object, or that owns an account's list of pull Secrets.
json::object admission_of(const lab_event& what) {
  json::object rule{{"user", helper_user}};
  for (const char* name : {"resource", "namespace", "name", "refuse"})
    if (const auto text = what.param(name); !text.empty())
      rule[name] = text;
  if (const auto list = what.param("pull-secrets"); !list.empty())
    rule["pull_secrets"] = json::array{json::string{list}};
  return rule;
}

std::optional<absurdity> absurdity_of(const lab_event& what) {
  using kind = absurdity::kind;
  constexpr std::array<std::pair<const char*, kind>, 3> kinds{{
      {"date", kind::date},
      {"expiry", kind::expiry},
      {"no-endpoints", kind::no_endpoints},
  }};
  for (const auto& [name, how] : kinds)
    if (what.how == name) {
      const auto which = what.param("instance");
      return absurdity{how, which.empty() ? "" : instance_id(std::stoi(which)),
                       static_cast<int>(what.number("year", 1970))};
    }
  return std::nullopt;
}

std::string space(const lab_event& what) { return what.param("namespace", "team-0"); }

} // namespace

void disturb(link& way, const std::string& how, double level) {
  for (const auto& [name, state] : states)
    if (how == name)
      way.state = state;
  for (const auto& [name, member] : mishaps)
    if (how == name || how == "noise")
      way.quality.*member = how == "noise" ? level / 4 : level;
  if (how == "slow") {
    way.quality.delay_least = milliseconds{static_cast<std::int64_t>(1000 * level)};
    way.quality.delay_most = milliseconds{static_cast<std::int64_t>(6000 * level)};
  }
}

/// Of several faults of a link at a time all are in force, each until its own end.
void stage::on_link(const std::string& host, const lab_event& what, bool begins) {
  auto& active = on_links_[host];
  if (begins)
    active.push_back(&what);
  else
    std::erase(active, &what);
  auto& way = net_->to(host);
  way = {};
  way.quality.delay_most = about_.world.delay_most;
  for (const auto* one : active)
    disturb(way, one->how, one->number("level", 0.2));
}

void stage::on_cloud(const lab_event& what, bool begins) {
  if (of_the_link(what.how)) {
    const bool vpc_only = what.param("host") == "vpc";
    for (const char* host :
         {"*.aliyuncs.com", "cr-vpc.cn-hangzhou.aliyuncs.com", "sts-vpc.cn-hangzhou.aliyuncs.com"})
      if (!vpc_only || *host != '*')
        on_link(host, what, begins);
    return;
  }
  if (what.how == "clock-ahead") {
    cloudsim::request request;
    request.method = "POST";
    request.target = "/clock";
    request.body =
        R"({"offset_s":)" + std::to_string(begins ? what.number("seconds", 60) : 0.0) + "}";
    cloud_->administer(request);
    return;
  }
  if (const auto how = absurdity_of(what)) {
    if (begins)
      cloud_site_->absurdities[&what] = *how;
    else
      cloud_site_->absurdities.erase(&what);
    return;
  }
  auto& active = faults_[&what];
  if (!begins) {
    for (const auto id : active)
      cloud_->remove_fault(id);
    active.clear();
    return;
  }
  json::object body{{"operation", what.param("operation")}, {"kind", what.how}};
  json::object match;
  if (const auto which = what.param("instance"); !which.empty())
    match["instance"] = instance_id(std::stoi(which));
  body["match"] = std::move(match);
  for (const char* name : {"code", "message", "body"})
    if (const auto text = what.param(name); !text.empty())
      body[name] = text;
  for (const char* name : {"status", "retry_after", "ms", "times"})
    if (const auto number = what.number(name, -1); number >= 0)
      body[name] = static_cast<std::int64_t>(number);
  auto fault = cloudsim::read_fault(body);
  if (!fault)
    throw std::runtime_error{"cloud: " + what.how + ": " + to_string(fault.error())};
  active.push_back(cloud_->add_fault(std::move(*fault)));
}

void stage::on_api(const lab_event& what, bool begins) {
  if (of_the_link(what.how)) {
    on_link("api.lab", what, begins);
    return;
  }
  if (what.how == "restart") {
    cluster_->restart(time_.now());
    return;
  }
  if (what.how == "compact") {
    cluster_->compact();
    return;
  }
  if (what.how == "backup" || what.how == "restore") {
    administer_api(what, "POST", what.how == "backup" ? "/snapshot" : "/restore");
    return;
  }
  const std::string kind = what.how == "admission" ? "/admission" : "/faults";
  if (!begins) { // others may be in force, and stay so
    for (const auto id : std::exchange(faults_[&what], {}))
      administer_api(what, "DELETE", kind + "/" + std::to_string(id));
    return;
  }
  const auto body = what.how == "admission" ? admission_of(what) : fault_of(what);
  const auto made = json::parse(administer_api(what, "POST", kind, json::serialize(body)));
  faults_[&what].push_back(made.at("id").to_number<std::uint64_t>());
}

std::string stage::administer_api(const lab_event& what, const char* method,
                                  const std::string& target, const std::string& body) {
  kubesim::request request;
  request.now = time_.now();
  request.method = method;
  request.target = target;
  request.body = body;
  auto answer = cluster_->administer(request);
  if (answer.status >= 300)
    throw std::runtime_error{"api: " + what.how + ": status " + std::to_string(answer.status)};
  return std::move(answer.body);
}

/// "leader", or the number of a replica; the end of an event applies to the replica of its
/// beginning.
helper_process& stage::struck_by(const lab_event& what) {
  auto& known = struck_[&what];
  if (known)
    return *known;
  const auto wish = what.param("replica", "0");
  known = helpers_[0].get();
  if (wish != "leader")
    known = helpers_[static_cast<std::size_t>(std::stoi(wish) % about_.world.replicas)].get();
  else
    for (const auto& one : helpers_)
      if (one->identity() == leader())
        known = one.get();
  return *known;
}

/// A rolling update: the new Pod is started while the old one runs, which is asked to stop at the
/// end of this event. The one at the end of the list does not run outside of rollouts.
void stage::roll_out(const lab_event& what, bool begins) {
  if (begins && !rolling_) {
    rolling_ = &what;
    helpers_.back()->start();
  } else if (rolling_ == &what) {
    rolling_ = nullptr;
    const auto number = std::stoi(what.param("replica", "0")) % about_.world.replicas;
    auto& old = helpers_[static_cast<std::size_t>(number)];
    old->thaw();
    old->ask_to_end();
    std::swap(old, helpers_.back());
  }
}

/// Its Pod was replaced: it is not started again.
bool stage::retired(const helper_process& who) const {
  return &who == helpers_.back().get() && !rolling_ &&
         helpers_.size() > static_cast<std::size_t>(about_.world.replicas);
}

/// All replicas are on machines that sleep at the same time.
void stage::sleep(const lab_event& what) {
  const auto left = what.at + what.lasts - time_.elapsed(); // they may sleep already
  if (left <= milliseconds{0})
    return;
  for (std::size_t i = 0; i < helpers_.size(); ++i)
    time_.on(i).sleep(left);
  cluster_->advance(time_.now());
  for (const auto& one : helpers_)
    one->woke_up();
}

void stage::on_helper(const lab_event& what, bool begins) {
  if (what.how == "overlap")
    return roll_out(what, begins);
  auto& who = struck_by(what);
  if (!begins && retired(who) && (what.how == "crash" || what.how == "stop"))
    return;
  if (what.how == "stall") {
    if (begins)
      who.stall(what.param("actor", "writer"), static_cast<std::size_t>(what.number("reading", 3)),
                what.lasts);
  } else if (what.how == "crash") {
    if (begins)
      who.crash();
    if (!begins || what.lasts.count() == 0)
      who.start();
  } else if (what.how == "vanishes") { // and the checkers are not informed: they have to find it
    who.crash();
  } else if (what.how == "stop") {
    if (begins)
      who.ask_to_end();
    else
      who.start();
  } else if (what.how == "freeze") {
    if (begins)
      who.freeze();
    else
      who.thaw();
  } else if (what.how == "sleep") {
    if (begins)
      sleep(what);
  } else if (what.how == "clock") {
    const auto by = read_span(what.param("by", "10m")).value();
    who.set_clock(begins ? by : -by);
  } else if (what.how == "actor-dies") {
    who.kill_actor(what.param("actor", "writer"));
  } else {
    throw std::runtime_error{"helper: no such fault: " + what.how};
  }
}

void stage::on_rival(const lab_event& what, bool begins) {
  if (!begins)
    return rivals_.end(what);
  rivals_.begin(what);
  react(what);
}

void stage::react(const lab_event& rival) {
  if (const auto request = rivals_.request_of(rival))
    ask(request->method, request->target, request->body, request->content_type);
}

void stage::configure(const lab_event& what) {
  wanted_.instances = static_cast<int>(what.number("instances", wanted_.instances));
  wanted_.scope = what.param("scope", wanted_.scope);
  wanted_.accounts = what.param("accounts", wanted_.accounts);
  wanted_.limits = what.param("limits", wanted_.limits);
  if (const auto text = what.param("threshold"); !text.empty())
    wanted_.threshold = std::chrono::duration_cast<std::chrono::seconds>(read_span(text).value());
  write_config(config_map(about_.world, wanted_));
}

void stage::act_as_people(const lab_event& what) {
  const auto ns = space(what);
  const auto in_ns = "/api/v1/namespaces/" + ns;
  const auto secret = what.param("secret", "acr-credential-secret-aggregation");
  const auto account = what.param("account", "default");
  const auto merge = [this](const std::string& target, const std::string& body) {
    ask("PATCH", target, body, "application/merge-patch+json");
  };
  const auto& how = what.how;
  if (how == "configure") {
    configure(what);
  } else if (how == "break-config") {
    // A different one each time: repeated reports are suppressed.
    write_config(R"({"acr-registry-info":"- instanceId: [ # )" +
                 std::to_string(time_.elapsed().count()) + R"(","watch-namespace":"all"})");
  } else if (how == "remove-config") {
    ask("DELETE", "/api/v1/namespaces/kube-system/configmaps/acr-configuration");
  } else if (how == "restore-config") {
    write_config(config_map(about_.world, wanted_));
  } else if (how == "overwrite-bundle") { // with an authority that has nothing to do with ours
    static const auto foreign =
        x509::make_authority("somebody else", {time_.now() - std::chrono::hours{24},
                                               time_.now() + std::chrono::hours{24 * 36500}});
    merge(
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/"
        "acr-credential-helper",
        R"({"webhooks":[{"name":"serviceaccounts.acr-credential-helper.aliyun.com",)"
        R"("clientConfig":{"service":{"namespace":"kube-system",)"
        R"("name":"acr-credential-helper-webhook"},"caBundle":")" +
            simkit::base64(foreign.certificate) +
            R"("},"failurePolicy":"Ignore","sideEffects":"None","admissionReviewVersions":["v1"]}]})");
  } else if (how == "create-namespace") {
    create_namespace(ns);
  } else if (how == "label-namespace") {
    merge(in_ns, R"({"metadata":{"labels":{"pull":")" + what.param("pull", "acr") + R"("}}})");
  } else if (how == "ignore-namespace" || how == "ignore-account") {
    merge(how == "ignore-account" ? in_ns + "/serviceaccounts/" + account : in_ns,
          R"({"metadata":{"annotations":{"acr-credential-helper/ignore":")" +
              what.param("ignore", "true") + R"("}}})");
  } else if (how == "delete-namespace") {
    ask("DELETE", in_ns);
  } else if (how == "create-account") {
    ask("POST", in_ns + "/serviceaccounts",
        R"({"metadata":{"name":")" + account +
            R"("},"imagePullSecrets":[{"name":"team-registry"}]})");
  } else if (how == "delete-account") {
    ask("DELETE", in_ns + "/serviceaccounts/" + account);
  } else if (how == "delete-secret") {
    ask("DELETE", in_ns + "/secrets/" + secret);
  } else if (how == "edit-secret") { // {"auths":{}}
    merge(in_ns + "/secrets/" + secret, R"({"data":{".dockerconfigjson":"eyJhdXRocyI6e319"}})");
  } else if (how == "foreign-secret") {
    ask("POST", in_ns + "/secrets",
        R"({"metadata":{"name":")" + secret +
            (what.param("type") == "docker"
                 ? R"("},"type":"kubernetes.io/dockerconfigjson",)"
                   R"("data":{".dockerconfigjson":"eyJhdXRocyI6e319"}})"
                 : R"("},"type":"Opaque","data":{"who":"c29tZWJvZHkgZWxzZQ=="}})"));
  } else if (how == "unlink") {
    merge(in_ns + "/serviceaccounts/" + account, R"({"imagePullSecrets":null})");
  } else if (how == "add-pull-secret") {
    const auto name = what.param("name", "team-registry");
    const auto* seen = cluster_->find("serviceaccounts", ns, account);
    json::array list;
    if (seen)
      if (const auto* now = seen->if_contains("imagePullSecrets"); now && now->is_array())
        list = now->get_array();
    list.insert(list.begin(), json::object{{"name", name}});
    merge(in_ns + "/serviceaccounts/" + account,
          json::serialize(json::object{{"imagePullSecrets", std::move(list)}}));
  } else if (how == "replace-pull-secrets") {
    merge(in_ns + "/serviceaccounts/" + account,
          R"({"imagePullSecrets":[{"name":"other-a"},{"name":"other-b"}]})");
  } else {
    throw std::runtime_error{"do: nobody knows how to " + how};
  }
}

} // namespace acr::faultlab
