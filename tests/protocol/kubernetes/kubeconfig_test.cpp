#define BOOST_TEST_MODULE kubeconfig
#include <boost/test/unit_test.hpp>

#include "protocol/kubernetes/kubeconfig.hpp"

using namespace acr;
using namespace acr::kubernetes;

namespace {

constexpr auto usual = R"(apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: c1
  cluster:
    server: https://api.example.com:6443/
    certificate-authority-data: Y2E=
- name: c2
  cluster: {server: "https://10.0.0.1", insecure-skip-tls-verify: true, tls-server-name: kubernetes, proxy-url: "http://proxy:3128"}
users:
- name: u1
  user:
    client-certificate-data: Y2VydA==
    client-key-data: a2V5
- name: u2
  user: {token: abc}
contexts:
- name: prod
  context: {cluster: c1, user: u1, namespace: team-a}
- name: test
  context: {cluster: c2, user: u2}
- name: nobody
  context: {cluster: c1}
)";

kubeconfig_document document(std::string_view text, std::string path = "/etc/op/.kube/config") {
  return {std::move(path), secret_string{text}};
}

result<kubeconfig_access> parse(std::string_view text, const std::string& context = "") {
  return parse_kubeconfig({document(text)}, context);
}

/// A document with one context, whose cluster and user have these members.
std::string single(const std::string& cluster, const std::string& user) {
  return "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
         "clusters: [{name: c, cluster: {" +
         cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n";
}
result<kubeconfig_access> with_user(const std::string& user) {
  return parse(single("server: 'https://a'", user));
}
result<kubeconfig_access> with_cluster(const std::string& cluster) {
  return parse(single(cluster, "token: t"));
}

/// The text of the failure, or "fine".
std::string told(const result<kubeconfig_access>& outcome) {
  return outcome ? "fine" : to_string(outcome.error());
}

} // namespace

BOOST_AUTO_TEST_CASE(the_current_context_is_taken) {
  const auto access = parse(usual);
  BOOST_REQUIRE(access.has_value());
  BOOST_TEST(access->context == "prod");
  BOOST_TEST(access->server == "https://api.example.com:6443");
  BOOST_TEST(access->ns == "team-a");
  BOOST_TEST(access->ca.data.reveal() == "ca");
  BOOST_TEST(access->client_cert.data.reveal() == "cert");
  BOOST_TEST(access->client_key.data.reveal() == "key");
  BOOST_TEST(!access->insecure_skip_verify);
  BOOST_TEST(std::holds_alternative<no_credential>(access->credential));
}

BOOST_AUTO_TEST_CASE(another_context_can_be_named) {
  const auto access = parse(usual, "test");
  BOOST_REQUIRE(access.has_value());
  BOOST_TEST(access->server == "https://10.0.0.1");
  BOOST_TEST(access->insecure_skip_verify);
  BOOST_TEST(access->tls_server_name == "kubernetes");
  BOOST_TEST(access->proxy_url == "http://proxy:3128");
  BOOST_TEST(access->ca.empty());
  BOOST_TEST(std::get<fixed_token>(access->credential).value.reveal() == "abc");
}

BOOST_AUTO_TEST_CASE(a_context_without_a_user_is_anonymous) {
  const auto access = parse(usual, "nobody");
  BOOST_REQUIRE(access.has_value());
  BOOST_TEST(std::holds_alternative<no_credential>(access->credential));
}

BOOST_AUTO_TEST_CASE(json_is_read_as_well) {
  BOOST_TEST(
      told(parse(R"({"current-context":"x","contexts":[{"name":"x","context":{"cluster":"c"}}],
      "clusters":[{"name":"c","cluster":{"server":"https://a"}}],"users":null})")) == "fine");
}

BOOST_AUTO_TEST_CASE(relative_paths_start_at_the_document) {
  const auto text = single("server: 'https://a', certificate-authority: pki/ca.crt",
                           "client-certificate: ../c.pem, client-key: /k.pem, tokenFile: t");
  const auto absolute = parse_kubeconfig({document(text)}, "");
  BOOST_REQUIRE(absolute.has_value());
  BOOST_TEST(absolute->ca.path == "/etc/op/.kube/pki/ca.crt");
  BOOST_TEST(absolute->client_cert.path == "/etc/op/c.pem");
  BOOST_TEST(absolute->client_key.path == "/k.pem");
  BOOST_TEST(std::get<token_file>(absolute->credential).path == "/etc/op/.kube/t");
  const auto relative = parse_kubeconfig({document(text, "config")}, "");
  BOOST_REQUIRE(relative.has_value());
  BOOST_TEST(relative->ca.path == "pki/ca.crt");
}

BOOST_AUTO_TEST_CASE(data_counts_more_than_a_file_and_a_token_file_more_than_a_token) {
  const auto access = parse(single("server: 'https://a', certificate-authority: f, "
                                   "certificate-authority-data: Y2E=",
                                   "tokenFile: /t, token: x, exec: {}"));
  BOOST_REQUIRE(access.has_value());
  BOOST_TEST(access->ca.data.reveal() == "ca");
  BOOST_TEST(access->ca.path.empty());
  BOOST_TEST(std::get<token_file>(access->credential).path == "/t");
}

BOOST_AUTO_TEST_CASE(a_plugin_is_read) {
  const auto access =
      with_user("exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, "
                "args: [--region, cn-hangzhou], env: [{name: A, value: b}, {name: EMPTY}], "
                "installHint: get it, provideClusterInfo: true, interactiveMode: IfAvailable}");
  BOOST_REQUIRE(access.has_value());
  const auto& plugin = std::get<exec_plugin>(access->credential);
  BOOST_TEST(plugin.command == "/etc/op/.kube/bin/login");
  BOOST_TEST(plugin.args == (std::vector<std::string>{"--region", "cn-hangzhou"}),
             boost::test_tools::per_element());
  BOOST_TEST((plugin.env.at(0) == std::pair<std::string, std::string>{"A", "b"}));
  BOOST_TEST((plugin.env.at(1) == std::pair<std::string, std::string>{"EMPTY", ""}));
  BOOST_TEST(plugin.install_hint == "get it");
  BOOST_TEST(plugin.provide_cluster_info);
  const auto bare =
      with_user("exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: login}");
  BOOST_REQUIRE(bare.has_value());
  BOOST_TEST(std::get<exec_plugin>(bare->credential).command == "login");
}

BOOST_AUTO_TEST_CASE(of_several_documents_the_first_that_says_something_counts) {
  const std::vector<kubeconfig_document> documents = {
      document("clusters: [{name: c, cluster: {server: 'https://first'}}]", "/a"),
      document("current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]", "/b"),
      document(single("server: 'https://second'", "tokenFile: t"), "/c/config"),
      document("", "/empty")};
  const auto access = parse_kubeconfig(documents, "");
  BOOST_REQUIRE(access.has_value());
  BOOST_TEST(access->server == "https://first");
  // A path is resolved from the document that names it.
  BOOST_TEST(std::get<token_file>(access->credential).path == "/c/t");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_reported_with_its_place_and_what_is_right) {
  const std::string in = "read kubeconfig /etc/op/.kube/config: config_bad: ";
  BOOST_TEST(told(parse("a: [")).starts_with(in + "line 1, column "));
  BOOST_TEST(told(parse("- a")) ==
             in + "line 1, column 1: must be a mapping with clusters, users and contexts");
  BOOST_TEST(told(parse("{}")) == in + "no `current-context`: name a context; there is none");
  BOOST_TEST(told(parse(usual, "dev")) == in + "no context \"dev\"; there are: prod, test, nobody");
  BOOST_TEST(told(parse("contexts: {}", "x")) ==
             in + "line 1, column 11: `contexts` must be a list");
  BOOST_TEST(told(parse("contexts:\n- context: {}", "x")) ==
             in + "no context \"x\"; there is none");
  BOOST_TEST(told(parse("contexts:\n- name: x", "x")) ==
             in + "context \"x\": no cluster \"\"; there is none");
  BOOST_TEST(told(parse("contexts: [{name: x, context: {cluster: c}}]", "x")) ==
             in + "line 1, column 31: context \"x\": no cluster \"c\"; there is none");
  BOOST_TEST(told(parse("contexts: [{name: x, context: {cluster: c, user: u}}]\n"
                        "clusters: [{name: c, cluster: {server: 'http://a'}}]\n"
                        "users: [{name: v, user: {}}]",
                        "x")) ==
             in + "line 1, column 50: context \"x\": no user \"u\"; there are: v");
}

BOOST_AUTO_TEST_CASE(a_wrong_cluster_is_refused) {
  const auto wrong = [](const std::string& members, const std::string& text) {
    const auto outcome = told(with_cluster(members));
    BOOST_TEST(outcome.find("line 3, column ") != std::string::npos, outcome);
    BOOST_TEST(outcome.find(text) != std::string::npos, outcome);
  };
  wrong("", "`server` must be given, as https://host:port");
  wrong("server: api:6443", "`server` must be given, as https://host:port");
  wrong("server: [x]", "`server` must be a text");
  wrong("server: 'https://a', certificate-authority-data: '?'",
        "`certificate-authority-data` must be base64");
  wrong("server: 'https://a', insecure-skip-tls-verify: maybe",
        "`insecure-skip-tls-verify` must be true or false");
  wrong("server: 'https://a', insecure-skip-tls-verify: true, certificate-authority: f",
        "`insecure-skip-tls-verify` must not be true where there is a `certificate-authority`");
}

BOOST_AUTO_TEST_CASE(a_wrong_user_is_refused) {
  const auto wrong = [](const std::string& members, const std::string& text) {
    const auto outcome = told(with_user(members));
    BOOST_TEST(outcome.find("line 4, column ") != std::string::npos, outcome);
    BOOST_TEST(outcome.find(text) != std::string::npos, outcome);
  };
  const std::string v1 = "exec: {apiVersion: client.authentication.k8s.io/v1, command: c, ";
  const std::string never = v1 + "interactiveMode: Never, ";
  wrong("client-certificate: f", "`client-certificate` and `client-key` belong together");
  wrong("client-key-data: a2V5", "`client-certificate` and `client-key` belong together");
  wrong("client-key-data: marker!", "`client-key-data` must be base64");
  wrong("auth-provider: {name: gcp}",
        "`auth-provider`: was removed from Kubernetes 1.26: use `exec`");
  wrong("username: admin", "`username`: basic authentication was removed from Kubernetes 1.19");
  wrong("as: other", "`as`: impersonation is not supported");
  wrong("as-uid: '7'", "`as-uid`: impersonation is not supported");
  wrong("as-groups: [a]", "`as-groups`: impersonation is not supported");
  wrong("as-user-extra: {a: [b]}", "`as-user-extra`: impersonation is not supported");
  wrong("exec: login", "`exec` must be a mapping");
  wrong("exec: {apiVersion: client.authentication.k8s.io/v1}", "must have a `command`");
  wrong("exec: {command: c}", "`apiVersion` must be client.authentication.k8s.io/v1");
  wrong("exec: {command: c, apiVersion: client.authentication.k8s.io/v1alpha1}",
        "`apiVersion` must be client.authentication.k8s.io/v1");
  wrong(v1 + "interactiveMode: Always}", "`interactiveMode` must be Never or IfAvailable");
  wrong(v1 + "interactiveMode: Foo}", "`interactiveMode` must be Never or IfAvailable");
  wrong(v1 + "args: []}", "`interactiveMode` must be Never or IfAvailable");
  wrong(never + "args: x}", "`args` must be a list of texts");
  wrong(never + "args: [[]]}", "`args` must be a list of texts");
  wrong(never + "env: x}", "`env` must be a list of name and value");
  wrong(never + "env: [{value: x}]}", "must have a `name` without `=`");
  wrong(never + "env: [{name: 'a=b'}]}", "must have a `name` without `=`");
}

BOOST_AUTO_TEST_CASE(what_says_nothing_is_as_if_it_were_not_there) {
  for (const auto* user :
       {"username: null, token: t", "username: '', token: t", "password: '', token: t",
        "as: '', token: t", "as-groups: [], token: t", "as-user-extra: {}, token: t",
        "as-uid: null, token: t", "auth-provider: null, token: t", "exec: null, token: t",
        "tokenFile: '', token: t", "client-certificate: '', client-key: null, token: t"}) {
    const auto access = with_user(user);
    BOOST_REQUIRE_MESSAGE(access.has_value(), user << ": " << told(access));
    BOOST_TEST(std::get<fixed_token>(access->credential).value.reveal() == "t");
  }
  for (const auto* user : {"", "token: ''", "token: null", "tokenFile: ''"}) {
    const auto access = with_user(user);
    BOOST_REQUIRE_MESSAGE(access.has_value(), user << ": " << told(access));
    BOOST_TEST(std::holds_alternative<no_credential>(access->credential), user);
  }
  for (const auto* cluster :
       {"proxy-url: ''", "tls-server-name: null", "certificate-authority-data: ''",
        "insecure-skip-tls-verify: null", "insecure-skip-tls-verify: ''"})
    BOOST_TEST(told(with_cluster("server: 'https://a', " + std::string{cluster})) == "fine");
}

BOOST_AUTO_TEST_CASE(only_the_chosen_entries_can_refuse_the_file) {
  const std::string good =
      "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}, "
      "{name: y}, {context: {}}, null, text, {name: [], context: 1}]\n"
      "clusters: [{name: c, cluster: {server: 'https://a'}}, {name: d, cluster: null}, "
      "{name: e, cluster: {server: 'https://u:marker@a'}}, {}]\n";
  for (const auto* users :
       {"[{name: u, user: {}}, {name: other, user: null}]", "[{name: u, user: }]",
        "[{name: u, user: ''}]", "[{name: u}]", "[{user: {as: x}}, {name: u, user: {}}]",
        "[{name: u, user: {}}, {name: other, user: {username: a, exec: 3}}]",
        "[1, null, [], {name: u, user: {}}]"})
    BOOST_TEST(told(parse(good + "users: " + users)) == "fine", users);
  BOOST_TEST(
      told(parse(good + "users: [{name: u, user: text}]")).find("user \"u\": must be a mapping") !=
      std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_with_a_password_in_it_is_refused_without_showing_it) {
  for (const auto* server :
       {"https://admin:marker@a", "https://marker@a:6443/x", "http://:marker@a"}) {
    const auto outcome = told(with_cluster("server: '" + std::string{server} + "'"));
    BOOST_TEST(outcome.find("`server` must hold neither user nor password") != std::string::npos,
               outcome);
    BOOST_TEST(outcome.find("marker") == std::string::npos, outcome);
  }
  BOOST_TEST(told(with_cluster("server: 'https://a/k8s/clusters/c@1'")) == "fine");
}

BOOST_AUTO_TEST_CASE(no_failure_quotes_a_secret) {
  for (const auto* user : {"token: [marker]", "client-key-data: marker!", "token: *marker",
                           "token: 'marker", "client-key: [marker]", "token: {marker}",
                           "password: marker, username: x", R"(token: "\q marker")"}) {
    const auto outcome = told(with_user(user));
    BOOST_TEST(outcome != "fine", user);
    BOOST_TEST(outcome.find("marker") == std::string::npos, outcome);
  }
}
