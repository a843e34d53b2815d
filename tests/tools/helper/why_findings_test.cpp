#define BOOST_TEST_MODULE why_findings
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include <boost/algorithm/string/split.hpp>
#include <boost/algorithm/string/trim.hpp>

#include "tests/tools/helper/why_facts.hpp"

using namespace acr;
using namespace acr::helper;

namespace {

using breaking = std::function<void(pull_facts&)>;

void fails(pull_facts& facts, const std::string& words = no_access) {
  facts.pod->containers[0].waiting = "ErrImagePull";
  facts.pod->containers[0].waiting_detail = words;
}

void two_accounts(pull_facts& facts, wall_time first = now + 45min) {
  auto both = secrets_until({{"cri-a", first}, {"cri-b", now + 45min}});
  facts.secrets[0] = both.at(0);
  facts.secrets[1] = both.at(1);
  facts.service_account->pull_secrets = {{"mine", ours, ours_2}};
}

void own_list(pull_facts& facts) { facts.pod->pull_secrets = {"robot"}; }

/// What makes each row of the table in docs/troubleshooting.md.
const std::map<std::string, breaking>& situations() {
  static const std::map<std::string, breaking> all{
      {"all is as it should be", [](pull_facts&) {}},
      {"the Pod runs already",
       [](auto& facts) {
         facts.pod->containers[0].pulled = true;
         facts.secrets[0] = secret_until(now);
       }},
      {"the Pod was admitted before the link", [](auto& facts) { facts.pod->pull_secrets = {}; }},
      {"the Pod's template has imagePullSecrets of its own", own_list},
      {"the same, and its Secret has a credential for the image",
       [](auto& facts) {
         own_list(facts);
         facts.others = {other_secret("robot", R"({"auths":{"a.example":{"username":"x"}}})")};
       }},
      {"the same, and the Pod runs",
       [](auto& facts) {
         own_list(facts);
         facts.pod->containers[0].pulled = true;
       }},
      {"the template names the helper's Secret, the account is out of scope",
       [](auto& facts) {
         facts.configuration->service_accounts = {false, {"builder"}};
         facts.service_account->pull_secrets.reset();
       }},
      {"two accounts for one domain, the Pod lacks the second Secret, and its image fails",
       [](auto& facts) {
         two_accounts(facts);
         fails(facts);
       }},
      {"the same, before the kubelet has tried", [](auto& facts) { two_accounts(facts); }},
      {"two accounts for one domain, one of them has no credential now",
       [](auto& facts) {
         two_accounts(facts, now);
         facts.pod->pull_secrets.emplace_back(ours_2);
       }},
      {"another Secret of the list cannot be read",
       [](auto& facts) { facts.others = {other_secret("mine", R"({"auths":[]})")}; }},
      {"another Secret of the list does not exist",
       [](auto& facts) {
         facts.others = {{"mine", registry::pull_secret::state::missing}};
       }},
      {"the account is not linked",
       [](auto& facts) {
         facts.pod.reset();
         facts.pod_name.clear();
         facts.service_account->pull_secrets = {{"mine"}};
       }},
      {"the account is linked to the first Secret only",
       [](auto& facts) {
         two_accounts(facts);
         facts.pod.reset();
         facts.pod_name.clear();
         facts.service_account->pull_secrets = {{ours}};
       }},
      {"there is no such account",
       [](auto& facts) {
         facts.pod.reset();
         facts.pod_name.clear();
         facts.service_account.reset();
       }},
      {"the account is out of scope",
       [](auto& facts) {
         facts.configuration->service_accounts = {false, {"builder"}};
         facts.service_account->pull_secrets.reset();
         facts.pod->pull_secrets = {};
       }},
      {"the namespace is out of scope",
       [](auto& facts) {
         facts.configuration->namespaces = {false, {"team-b"}};
       }},
      {"the namespace is excluded",
       [](auto& facts) {
         facts.configuration->namespaces = {true, {}, {}, {"kube-*", "team-a"}};
       }},
      {"the account is excluded",
       [](auto& facts) {
         facts.configuration->service_accounts = {false, {}, {"d*"}, {"def*"}};
         facts.service_account->pull_secrets.reset();
         facts.pod->pull_secrets = {};
       }},
      {"the entry of the image excludes the namespace",
       [](auto& facts) {
         auto other = facts.configuration->instances[0];
         other.name = "cri-b";
         other.domains = {"b.example"};
         other.namespaces = {true, {}, {}, {"team-a"}};
         facts.configuration->instances.push_back(other);
         facts.pod->containers[0].image = "b.example/app/web:1";
       }},
      {"every entry is limited to other namespaces",
       [](auto& facts) {
         facts.configuration->instances[0].namespaces = {false, {"team-b"}};
       }},
      {"the entry of the image is limited to other namespaces",
       [](auto& facts) {
         auto other = facts.configuration->instances[0];
         other.name = "cri-b";
         other.domains = {"b.example"};
         other.namespaces = {false, {"team-b"}};
         facts.configuration->instances.push_back(other);
         facts.pod->containers[0].image = "b.example/app/web:1";
       }},
      {"the namespace has other labels than namespaceSelector demands",
       [](auto& facts) {
         facts.configuration->namespace_labels = {{{"pull", label_requirement::is::in, {"acr"}}}};
       }},
      {"the owner of the namespace wants nothing of the helper's",
       [](auto& facts) { facts.name_space->ignored = true; }},
      {"the owner of the account wants no link",
       [](auto& facts) {
         facts.service_account->ignored = true;
         facts.service_account->pull_secrets.reset();
         facts.pod->pull_secrets = {};
       }},
      {"the namespace is out of scope, the image is of Docker Hub",
       [](auto& facts) {
         facts.configuration->namespaces = {false, {"team-b"}};
         facts.secrets[0].reset();
         facts.pod->pull_secrets = {};
         facts.pod->containers[0].image = "nginx";
       }},
      {"there is no such namespace", [](auto& facts) { facts.name_space.reset(); }},
      {"the namespace is being deleted", [](auto& facts) { facts.name_space->terminating = true; }},
      {"there is no such Pod", [](auto& facts) { facts.pod.reset(); }},
      {"there is no configuration, nor a Secret",
       [](auto& facts) {
         facts.configuration.reset();
         facts.no_configuration = {"there is none: nothing is served until there is one",
                                   "make it"};
         facts.secrets[0].reset();
       }},
      {"there is no configuration, and a helper that reads a file",
       [](auto& facts) {
         facts.configuration.reset();
         facts.no_configuration = {"there is none: nothing is served until there is one",
                                   "make it"};
       }},
      {"the configuration is refused, and there is no Secret",
       [](auto& facts) {
         facts.configuration.reset();
         facts.no_configuration = {"it is refused as a whole", "check it"};
         facts.secrets[0].reset();
       }},
      {"there is no Secret", [](auto& facts) { facts.secrets[0].reset(); }},
      {"somebody else's Secret has the helper's name",
       [](auto& facts) {
         facts.secrets[0]->managed_by_us = false;
         facts.secrets[0]->labels.clear();
         facts.service_account->pull_secrets = {{"mine"}};
         facts.pod->pull_secrets = {"mine"};
       }},
      {"the helper's Secret is of another type",
       [](auto& facts) { facts.secrets[0]->type = "Opaque"; }},
      {"the helper's Secret cannot be read",
       [](auto& facts) {
         facts.secrets[0]->docker_config = secret_string{std::string_view{"{}"}};
       }},
      {"the credential was withdrawn", [](auto& facts) { facts.secrets[0] = secret_until(now); }},
      {"the credential was withdrawn, and its host removed",
       [](auto& facts) { facts.secrets[0] = secret_until(now, on_expiry::remove); }},
      {"the credential has expired", [](auto& facts) { facts.now = now + 1h; }},
      {"no entry for the domain of the image",
       [](auto& facts) { facts.pod->containers[0].image = "b.cn-hangzhou.cr.aliyuncs.com/x"; }},
      {"the credential is there, and the kubelet fails",
       [](auto& facts) { fails(facts, "failed to pull: no space left on device"); }},
      {"the kubelet waits, and only an Event says why",
       [](auto& facts) {
         facts.pod->containers[0].waiting = "ImagePullBackOff";
         facts.pod->containers[0].waiting_detail = "Back-off pulling image";
         facts.kubelet_said = {"Error: ErrImagePull",
                               "Failed to pull image \"other\": not this one",
                               "Failed to pull image \"a.example/app/web:1\": " + no_access,
                               "Failed to pull image \"a.example/app/web:1\": older"};
       }},
      {"the registry lets nobody in from the node",
       [](auto& facts) {
         fails(facts,
               "failed to authorize: failed to fetch oauth token: unexpected status from POST "
               "request to https://dockerauth.example/auth: 403 Forbidden");
       }},
      {"the image is not there",
       [](auto& facts) { fails(facts, "failed to resolve reference: not found"); }},
      {"the Pod may not be read",
       [](auto& facts) {
         facts.pod.reset();
         facts.hidden.pod = true;
         facts.unread = {"get Pod web: Forbidden (403)"};
       }},
      {"Secrets may not be read",
       [](auto& facts) {
         facts.secrets[0].reset();
         facts.hidden.secrets = {true, true, true, true};
         facts.unread = {"get Secret x: Forbidden (403)"};
       }},
      {"the configuration may not be read",
       [](auto& facts) {
         facts.configuration.reset();
         facts.unread = {"get ConfigMap acr-configuration: Forbidden (403)"};
       }},
  };
  return all;
}

struct row {
  std::string situation, says, verdict, code;
};

/// The rows of the table whose first column is "situation".
std::vector<row> documented() {
  std::ifstream file{ACR_TEST_DATA "/../../docs/troubleshooting.md"};
  std::vector<row> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> cells;
    boost::algorithm::split(cells, line, [](char c) { return c == '|'; });
    for (auto& cell : cells)
      boost::algorithm::trim(cell);
    if (cells.size() == 6 && cells[1] == "situation")
      inside = true;
    else if (cells.size() != 6)
      inside = false;
    else if (inside && cells[1] != "---")
      rows.push_back({cells[1], cells[2], cells[3], cells[4]});
  }
  return rows;
}

std::string words_of(const std::vector<finding>& findings, bool faults_only = false) {
  std::string text;
  for (const auto& one : findings) {
    BOOST_TEST(one.text.find("marker") == std::string::npos);
    if (one.level == finding_level::fault)
      BOOST_TEST(!one.remedy.empty(), one.text);
    if (!faults_only || one.level == finding_level::fault)
      text += one.text + "\n";
    if (!faults_only && !one.remedy.empty())
      text += one.remedy + "\n";
  }
  return text;
}

std::string faults(const pull_facts& facts) { return words_of(explain_pull(facts), true); }

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(each_situation_of_the_document_has_its_verdict) {
  const auto rows = documented();
  std::set<std::string> told;
  for (const auto& row : rows) {
    const auto found = situations().find(row.situation);
    BOOST_TEST_REQUIRE((found != situations().end()), row.situation);
    told.insert(row.situation);
    auto facts = fine();
    found->second(facts);
    const auto findings = explain_pull(facts);
    const auto pulls = verdict(facts, findings);
    const auto words = words_of(findings);
    BOOST_TEST(row.verdict == (!pulls   ? "unknown"
                               : *pulls ? "pulls"
                                        : "does not pull"),
               row.situation << ": " << words);
    BOOST_TEST(row.code == (!pulls ? "1" : *pulls ? "0" : "3"), row.situation);
    BOOST_TEST(holds(words, row.says), row.situation << ": " << words);
    // One cause, one fault: an operator follows the first one.
    if (row.verdict == "does not pull")
      BOOST_TEST(
          (row.situation == "there is no configuration, nor a Secret" ||
           row.situation == "the configuration is refused, and there is no Secret" ||
           std::count_if(findings.begin(), findings.end(),
                         [](const auto& one) { return one.level == finding_level::fault; }) == 1),
          row.situation << ": " << words);
  }
  BOOST_TEST(told.size() == situations().size()); // and each is in the document
}

BOOST_AUTO_TEST_CASE(a_link_that_is_missing_on_the_account_too_is_made_first) {
  auto facts = fine();
  facts.pod->pull_secrets = {};
  facts.service_account->pull_secrets.reset();
  const auto all = words_of(explain_pull(facts));
  BOOST_TEST(holds(all, "may it patch ServiceAccounts?"));
  BOOST_TEST(holds(all, "Then delete the Pod"));
}

BOOST_AUTO_TEST_CASE(a_domain_with_an_asterisk_or_a_port_is_known) {
  auto facts = fine();
  facts.pod.reset();
  facts.pod_name.clear();
  facts.images = {"a.example:5000/x"};
  facts.configuration->instances[0].domains = {"*.example:5000"};
  BOOST_TEST(holds(faults(facts), "no entry for a.example:5000"));
}

BOOST_AUTO_TEST_CASE(what_the_helper_said_of_that_instance_is_shown) {
  auto facts = fine();
  facts.secrets[0] = secret_until(now);
  facts.helper_said = {"cri-a (there is no valid credential): NoPermission",
                       "cri-b: something else"};
  const auto all = words_of(explain_pull(facts));
  BOOST_TEST(holds(all, "the helper says: cri-a (there is no valid credential): NoPermission"));
  BOOST_TEST(!holds(all, "something else"));
}

BOOST_AUTO_TEST_CASE(everything_that_is_wrong_for_others_only_is_a_note) {
  auto facts = fine();
  facts.pod->containers = {{"main", "docker.io/library/nginx", "", ""}};
  facts.secrets[0].reset();
  facts.pod->pull_secrets = {};
  BOOST_TEST(faults(facts).empty());
  facts.pod->containers[0].waiting = "ErrImagePull";
  BOOST_TEST(holds(faults(facts), "the kubelet says of container main"));
}
