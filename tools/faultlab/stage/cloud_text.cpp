#include "tools/faultlab/stage/cloud_text.hpp"

#include <array>
#include <sstream>
#include <string_view>

#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

namespace acr::faultlab {

namespace {

constexpr const char* home = "1000000000000001";
constexpr const char* partner = "1000000000000002";
constexpr const char* shared_host = "images.lab.example";

constexpr const char* pull_policy = R"(
          Statement:
            - {Effect: Allow, Resource: "*", Action: [cr:GetAuthorizationToken, cr:ListInstanceEndpoint, cr:PullRepository, sts:AssumeRole]}
)";

/// The identity of an instance, where they differ: the first uses a chain, the second a key, ...
std::string identity_of(const world_spec& about, int number) {
  constexpr std::array each{"chain", "key", "rrsa"};
  return about.identity == "mixed" ? each.at(static_cast<std::size_t>(number) % each.size())
                                   : about.identity;
}

/// Those of the partner use chains.
std::string instances_of(const world_spec& about, int instances, bool of_partner) {
  std::ostringstream out;
  for (int i = 0; i < instances; ++i)
    if ((identity_of(about, i) == "chain") == of_partner)
      out << "      - {id: " << instance_id(i) << ", name: lab-" << i << ", region: " << lab_region
          << "}\n";
  const auto list = out.str();
  return list.empty() ? list : "    instances:\n" + list;
}

bool listed(const std::string& list, const std::string& name) {
  return (',' + list + ',').find(',' + name + ',') != std::string::npos;
}

} // namespace

std::string instance_id(int number) {
  const auto digits = std::to_string(number);
  return "cri-lab" + std::string(10 - digits.size(), '0') + digits;
}

std::vector<std::string> instance_hosts(const world_spec& about, int number) {
  const auto name = "lab-" + std::to_string(number) + "-registry";
  const auto tail = std::string{"."} + lab_region + ".cr.aliyuncs.com";
  std::vector<std::string> hosts{name + tail};
  if (!about.names_domains)
    hosts.push_back(name + "-vpc" + tail);
  if (about.shared_domain)
    hosts.emplace_back(shared_host);
  return hosts;
}

std::string secret_for(const world_spec&, int number, const std::string& host) {
  // Two credentials for one host do not fit into one Secret.
  const auto place = host == shared_host ? number + 1 : 1;
  return "acr-credential-secret-aggregation" + (place == 1 ? "" : "-" + std::to_string(place));
}

std::string cloud_world(const world_spec& about, int instances) {
  std::ostringstream out;
  out << "lifetimes: {password_s: " << about.password.count() << "}\naccounts:\n  - id: \"" << home
      << "\"\n    users:\n      - name: acr-puller\n        keys: [{id: " << lab_key_id
      << ", secret: " << lab_key_secret << "}]\n        policy:" << pull_policy
      << "    roles:\n      - name: acr-rrsa\n        max_session_duration: 3600\n"
         "        trust_policy:\n          Statement:\n"
         "            - Effect: Allow\n              Action: sts:AssumeRole\n"
         "              Principal: {Federated: [\"acs:ram::"
      << home
      << ":oidc-provider/ack-rrsa-lab\"]}\n"
         "              Condition: {StringEquals: {oidc:aud: sts.aliyuncs.com, oidc:iss: \""
      << lab_issuer
      << "\", oidc:sub: \"system:serviceaccount:kube-system:aliyun-acr-credential-helper\"}}\n"
         "        policy:"
      << pull_policy << "    oidc_providers: [{name: ack-rrsa-lab, issuer: \"" << lab_issuer
      << "\", client_ids: [sts.aliyuncs.com]}]\n";
  out << instances_of(about, instances, false);
  out << "  - id: \"" << partner
      << "\"\n    roles:\n      - name: acr-puller\n        max_session_duration: 3600\n"
         "        trust_policy:\n          Statement:\n"
         "            - {Effect: Allow, Action: sts:AssumeRole, Principal: {RAM: [\"acs:ram::"
      << home << ":root\"]}}\n        policy:" << pull_policy;
  out << instances_of(about, instances, true);
  out << "metadata: {mode: optional, region: " << lab_region << "}\n";
  return out.str();
}

namespace {

/// The namespaces that an instance is limited to; empty: all.
std::string limit_of(const std::string& limits, int instance) {
  std::vector<std::string> each;
  boost::algorithm::split(each, limits, [](char c) { return c == ';'; });
  return static_cast<std::size_t>(instance) < each.size() ? each[static_cast<std::size_t>(instance)]
                                                          : std::string{};
}

} // namespace

bool wish::gives(int instance, const std::string& ns) const {
  const auto limit = limit_of(limits, instance);
  return limit.empty() || listed(limit, ns);
}

bool wish::serves(const std::string& ns) const {
  if (scope != "all" && !listed(scope, ns))
    return false;
  for (int i = 0; i < instances; ++i)
    if (gives(i, ns))
      return true;
  return instances == 0;
}
bool wish::links(const std::string& account) const {
  return accounts == "*" || listed(accounts, account);
}

namespace {

boost::json::array list_of(const std::string& text) {
  std::vector<std::string> items;
  boost::algorithm::split(items, text, [](char c) { return c == ','; });
  boost::json::array out;
  for (const auto& item : items)
    out.emplace_back(item);
  return out;
}

boost::json::value identity_in_own_form(const std::string& identity) {
  boost::json::object out{
      {"rrsa",
       {{"role", "acs:ram::" + std::string{home} + ":role/acr-rrsa"},
        {"provider", "acs:ram::" + std::string{home} + ":oidc-provider/ack-rrsa-lab"}}}};
  if (identity == "chain")
    out["assumeRoles"] = boost::json::array{
        boost::json::object{{"role", "acs:ram::" + std::string{partner} + ":role/acr-puller"}}};
  return out;
}

/// The helper's own form, the only one that selects namespaces by their labels.
std::string own_form(const world_spec& about, const wish& wanted) {
  boost::json::array instances;
  for (int i = 0; i < wanted.instances; ++i) {
    boost::json::object one{{"id", instance_id(i)}, {"region", lab_region}};
    if (about.names_domains)
      one["domains"] = boost::json::value_from(instance_hosts(about, i));
    if (const auto limit = limit_of(wanted.limits, i); !limit.empty())
      one["namespaces"] = list_of(limit);
    if (const auto identity = identity_of(about, i); identity != "key")
      one["identity"] = identity_in_own_form(identity);
    instances.push_back(std::move(one));
  }
  const boost::json::object out{{"kind", "Configuration"},
                                {"namespaces", list_of(wanted.scope)},
                                {"namespaceSelector", {{"matchLabels", {{"pull", "acr"}}}}},
                                {"serviceAccounts", list_of(wanted.accounts)},
                                {"renewBefore", std::to_string(wanted.threshold.count()) + "s"},
                                {"instances", std::move(instances)}};
  return boost::json::serialize(out);
}

} // namespace

std::string config_map(const world_spec& about, const wish& wanted) {
  if (about.labels)
    return boost::json::serialize(
        boost::json::object{{"configuration.json", own_form(about, wanted)}});
  std::ostringstream entries;
  for (int i = 0; i < wanted.instances; ++i) {
    entries << "- instanceId: " << instance_id(i) << "\n  regionId: " << lab_region << '\n';
    if (about.names_domains)
      entries << "  domains: " << boost::algorithm::join(instance_hosts(about, i), ",") << '\n';
    if (const auto limit = limit_of(wanted.limits, i); !limit.empty())
      entries << "  namespaces: \"" << limit << "\"\n";
    if (identity_of(about, i) != "key")
      entries << "  rrsaRoleARN: acs:ram::" << home
              << ":role/acr-rrsa\n  rrsaOIDCProviderRoleARN: acs:ram::" << home
              << ":oidc-provider/ack-rrsa-lab\n";
    if (identity_of(about, i) == "chain")
      entries << "  assumeRoleARN: acs:ram::" << partner << ":role/acr-puller\n";
  }
  boost::json::object data{{"acr-registry-info", entries.str()},
                           {"watch-namespace", wanted.scope},
                           {"service-account", wanted.accounts},
                           {"expiring-threshold", std::to_string(wanted.threshold.count()) + "s"}};
  if (about.identity != "key")
    data["rrsa"] = "enable: true";
  return boost::json::serialize(data);
}

} // namespace acr::faultlab
