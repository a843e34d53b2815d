#include "tools/faultlab/stage/stage.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/json.hpp"
#include "tools/kubesim/manifest.hpp"
#include "tools/simkit/openssl.hpp"
#include "tools/simkit/pki.hpp"

namespace acr::faultlab {

namespace {

constexpr const char* admin = "admin";
constexpr auto credential_lifetime = std::chrono::hours{24 * 365 * 100};

/// One for the process: generating it takes longer than a day in the lab.
const std::string& signing_key() {
  static const auto key = simkit::key_to_pem(simkit::make_rsa_key().get());
  return key;
}

std::string helper_permissions() {
  std::ifstream in{ACR_RBAC};
  if (!in)
    throw std::runtime_error{"cannot read " ACR_RBAC};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const std::vector<kubesim::manifest_document>& permissions() {
  static const auto read = kubesim::read_manifest(helper_permissions());
  return read;
}

/// Parsing it takes as long as simulating a quarter of an hour; a sweep runs thousands of them.
cloudsim::world parsed_world(const scenario& about) {
  static std::string last_text;
  static cloudsim::world last;
  auto text = cloud_world(about.world, stage::most_instances(about));
  if (text != last_text) {
    auto read = cloudsim::parse_world(text, "lab", ".");
    if (!read)
      throw std::runtime_error{to_string(read.error())};
    last = std::move(*read);
    last_text = std::move(text);
  }
  return last;
}

} // namespace

int stage::most_instances(const scenario& about) {
  int most = about.world.instances;
  for (const auto& item : about.timeline)
    most = std::max(most, static_cast<int>(item.number("instances", 0)));
  return most;
}

// NOLINTNEXTLINE(modernize-pass-by-value): callers keep theirs
stage::stage(const scenario& about, std::vector<witness*> witnesses)
    : about_{about}, witnesses_{std::move(witnesses)} {
  const auto& w = about_.world;
  net_ = std::make_shared<network>(about_.seed);
  kubesim::cluster_options wishes;
  wishes.seed = about_.seed;
  wishes.issuer = lab_issuer;
  wishes.signing_key_pem = signing_key();
  wishes.on_audit = [this](const kubesim::audit_record& record) {
    for (auto* one : witnesses_)
      one->requested(record);
  };
  wishes.on_change = [this](std::string_view resource, const boost::json::object* before,
                            const boost::json::object* after) {
    const change_seen seen{resource, api_ ? api_->source() : std::string_view{}, before, after};
    for (auto* one : witnesses_)
      one->changed(seen);
    for (const auto* one : rivals_.provoked_by(seen))
      time_.after(rivals::reaction_of(*one), [this, one] { react(*one); });
  };
  if (w.webhook)
    wishes.webhook = [this](const kubesim::admitted& what, const boost::json::object& object) {
      return call_webhook(what, object);
    };
  cluster_ = std::make_unique<kubesim::cluster>(time_.now(), std::move(wishes));
  cloudsim::cloud_options cloudy;
  cloudy.seed = about_.seed;
  cloud_ = std::make_unique<cloudsim::cloud>(parsed_world(about_), std::move(cloudy));

  api_ = std::make_shared<kubernetes_site>(*cluster_);
  cloud_site_ = std::make_shared<cloud_site>(
      *cloud_, [this](const cloudsim::key_request&) { return keys_of(*cluster_, time_.now()); });
  net_->attach("api.lab", api_);
  for (const char* host : {"*.aliyuncs.com", "cr-vpc.cn-hangzhou.aliyuncs.com",
                           "sts-vpc.cn-hangzhou.aliyuncs.com", "100.100.100.200"})
    net_->attach(host, cloud_site_);
  for (const char* host : {"api.lab", "*.aliyuncs.com", "cr-vpc.cn-hangzhou.aliyuncs.com",
                           "sts-vpc.cn-hangzhou.aliyuncs.com"})
    net_->to(host).quality.delay_most = w.delay_most;
  net_->on_traffic = [this](const traffic& seen) {
    for (auto* one : witnesses_)
      one->passed(seen);
  };

  kubesim::apply_manifest(*cluster_, permissions(), admin, time_.now());
  const auto token = cluster_->account_token("kube-system", "aliyun-acr-credential-helper",
                                             credential_lifetime, time_.now());
  const logger log{[this](const log_record& record) {
                     for (auto* one : witnesses_)
                       one->logged(record);
                   },
                   log_level::info};
  const auto tell = [this](const std::string& identity, const fact& what) {
    for (auto* one : witnesses_)
      one->reported(identity, what);
  };
  const bool rolls_out = std::any_of(about_.timeline.begin(), about_.timeline.end(),
                                     [](const auto& item) { return item.how == "overlap"; });
  for (int i = 0; i < w.replicas + (rolls_out ? 1 : 0); ++i) {
    const auto other = i == 0 ? std::string{} : "-" + std::to_string(i);
    auto& on = i == 0 ? time_.on(0) : time_.add_machine();
    const auto seed = i == 0 ? about_.seed : dice{about_.seed, "helper" + other, 0}();
    helpers_.push_back(std::make_unique<helper_process>(helper_deps{
        time_, on, net_, seed, "helper" + other, w.elects(),
        w.removes ? on_expiry::remove : on_expiry::blank, w.webhook, token, log, tell}));
    on.on_runaway = [this](const std::string& actor) { give_up_on(actor); };
  }
}

stage::~stage() { net_->on_traffic = nullptr; }

int stage::ask(const std::string& method, const std::string& target, const std::string& body,
               const char* type) {
  return cluster_->handle(kubesim::as_admin(admin, method, target, time_.now(), body, type))
      .answer.status;
}

void stage::write_config(const std::string& data) {
  ask("PATCH",
      "/api/v1/namespaces/kube-system/configmaps/acr-configuration?fieldManager=people&force=true",
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"acr-configuration",)"
      R"("namespace":"kube-system"},"data":)" +
          data + "}",
      "application/apply-patch+yaml");
}

void stage::create_namespace(const std::string& name) {
  boost::json::object metadata{{"name", name}};
  if (about_.world.labels)
    metadata["labels"] = {{"pull", "acr"}};
  ask("POST", "/api/v1/namespaces",
      boost::json::serialize(boost::json::object{{"metadata", std::move(metadata)}}));
}

void stage::begin() {
  wanted_ = {about_.world.instances, about_.world.scope, about_.world.accounts,
             about_.world.threshold, about_.world.limits};
  write_config(config_map(about_.world, wanted_));
  if (about_.world.webhook)
    install_webhook();
  for (int i = 0; i < about_.world.namespaces; ++i)
    create_namespace("team-" + std::to_string(i));
  for (const auto& item : about_.timeline) {
    time_.at(item.at, [this, &item] { act(item); });
    if (item.lasts.count() > 0)
      time_.at(item.at + item.lasts, [this, &item] { undo(item); });
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(about_.world.replicas); ++i)
    helpers_[i]->start();
}

void stage::give_up_on(const std::string& actor) {
  // It is running: neither an exception nor a message reaches it.
  std::cout << "FAILED " << about_.name << " (seed " << about_.seed << ")\n  I11 at "
            << write_span(time_.elapsed()) << ": a handler of " << actor
            << " does not end; no other world is played\n"
            << std::flush;
  std::_Exit(runaway_exit_code);
}

bool stage::any_running() const {
  return std::any_of(helpers_.begin(), helpers_.end(),
                     [](const auto& one) { return one->running(); });
}

std::string stage::leader() const {
  const auto* lease = cluster_->find("leases", "kube-system", "acr-credential-helper");
  const auto* spec = object_at(lease, "spec");
  return string_at(spec, "holderIdentity");
}

void stage::act(const lab_event& what) {
  if (what.where == "cloud")
    on_cloud(what, true);
  else if (what.where == "api")
    on_api(what, true);
  else if (what.where == "helper")
    on_helper(what, true);
  else if (what.where == "webhook")
    ++(what.how == "slow" ? webhook_slow_ : webhook_faults_);
  else if (what.where == "rival")
    on_rival(what, true);
  else
    act_as_people(what);
}

void stage::undo(const lab_event& what) {
  if (what.where == "cloud")
    on_cloud(what, false);
  else if (what.where == "api")
    on_api(what, false);
  else if (what.where == "helper")
    on_helper(what, false);
  else if (what.where == "webhook")
    --(what.how == "slow" ? webhook_slow_ : webhook_faults_);
  else if (what.where == "rival")
    on_rival(what, false);
}

} // namespace acr::faultlab
