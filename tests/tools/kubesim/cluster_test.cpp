#define BOOST_TEST_MODULE kubesim_cluster
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "protocol/kubernetes/requests.hpp"
#include "tools/kubesim/cluster.hpp"

using namespace acr;
using namespace acr::kubesim;
namespace json = boost::json;

namespace {

struct fixture {
  wall_time now{std::chrono::hours{500000}};
  cluster api{now};

  request make(const std::string& method, const std::string& target, const std::string& body = {},
               const std::string& type = "application/json") const {
    request out;
    out.method = method;
    out.target = target;
    out.headers = {{"Authorization", "Bearer admin"}, {"Content-Type", type}};
    out.body = body;
    out.now = now;
    return out;
  }
  std::pair<int, json::value> ask(const std::string& method, const std::string& target,
                                  const std::string& body = {},
                                  const std::string& type = "application/json") {
    const auto out = api.handle(make(method, target, body, type)).answer;
    boost::system::error_code error;
    return {out.status, json::parse(out.body, error)};
  }
  std::pair<int, json::value> ask(const http_request& wish) {
    std::string type;
    for (const auto& item : wish.headers)
      if (item.name == "Content-Type")
        type = item.value;
    return ask(wish.method, wish.url, wish.body, type);
  }
  int status(const std::string& method, const std::string& target, const std::string& body = {},
             const std::string& type = "application/json") {
    return ask(method, target, body, type).first;
  }
  void pass(std::chrono::milliseconds time) { api.advance(now += time); }
};

kubernetes::secret_manifest manifest(const std::string& ns) {
  return {{ns, "acr-credential-secret-aggregation"},
          secret_string{std::string{R"({"auths":{}})"}},
          {},
          {},
          {},
          {}};
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_new_namespace_gets_its_default_account_after_a_moment, fixture) {
  BOOST_TEST(status("POST", "/api/v1/namespaces", R"({"metadata":{"name":"a"}})") == 201);
  BOOST_TEST(status("GET", "/api/v1/namespaces/a/serviceaccounts/default") == 404);
  pass(std::chrono::milliseconds{10});
  BOOST_TEST(status("GET", "/api/v1/namespaces/a/serviceaccounts/default") == 200);
  BOOST_TEST(status("GET", "/api/v1/namespaces/a/configmaps/kube-root-ca.crt") == 200);
}

BOOST_FIXTURE_TEST_CASE(a_terminating_namespace_refuses_content_and_then_goes, fixture) {
  status("POST", "/api/v1/namespaces", R"({"metadata":{"name":"a"}})");
  pass(std::chrono::milliseconds{10});
  BOOST_TEST(status("DELETE", "/api/v1/namespaces/a") == 200);
  const auto [code, answer] = ask(kubernetes::apply_secret(manifest("a")));
  BOOST_TEST(code == 403);
  BOOST_TEST(answer.at("details").at("causes").at(0).at("reason") == "NamespaceTerminating");
  pass(std::chrono::milliseconds{100});
  BOOST_TEST(status("GET", "/api/v1/namespaces/a") == 404);
  BOOST_TEST((api.find("serviceaccounts", "a", "default") == nullptr));
}

BOOST_FIXTURE_TEST_CASE(the_helper_s_apply_creates_then_changes_then_is_no_write, fixture) {
  const auto wish = kubernetes::apply_secret(manifest("default"));
  BOOST_TEST(ask(wish).first == 201);
  const auto version = api.version();
  BOOST_TEST(ask(wish).first == 200);
  BOOST_TEST(api.version() == version);
}

BOOST_FIXTURE_TEST_CASE(the_helper_s_link_fails_if_the_list_is_another_by_now, fixture) {
  kubernetes::service_account seen;
  seen.meta.ref = {"default", "default"};
  const auto link = kubernetes::link_account(seen, {"ours"});
  BOOST_TEST(ask(*link).first == 200);
  BOOST_TEST(ask(*link).first == 422); // the list is not absent any more
  const auto* account = api.find("serviceaccounts", "default", "default");
  BOOST_TEST(account->at("imagePullSecrets").as_array().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_watch_tells_what_is_there_and_what_changes, fixture) {
  auto out = api.handle(make("GET", "/api/v1/secrets?watch=true&sendInitialEvents=true"
                                    "&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
                                    "&timeoutSeconds=60"));
  BOOST_REQUIRE((out.stream != nullptr));
  int woken = 0;
  out.stream->on_ready([&] { ++woken; });
  BOOST_TEST((out.stream->pull().find("initial-events-end") != std::string::npos));
  ask(kubernetes::apply_secret(manifest("default")));
  BOOST_TEST(woken == 1);
  BOOST_TEST(out.stream->pull().starts_with(R"({"type":"ADDED")"));
  status("DELETE", "/api/v1/namespaces/default/secrets/acr-credential-secret-aggregation");
  BOOST_TEST(out.stream->pull().starts_with(R"({"type":"DELETED")"));
  BOOST_TEST(!out.stream->ended());
  BOOST_REQUIRE(api.next_due().has_value());
  pass(std::chrono::seconds{61});
  BOOST_TEST(out.stream->ended());
}

BOOST_FIXTURE_TEST_CASE(a_watch_from_before_a_compaction_gets_410, fixture) {
  const auto version = std::to_string(api.version());
  ask(kubernetes::apply_secret(manifest("default")));
  api.compact();
  auto out = api.handle(make("GET", "/api/v1/secrets?watch=true&resourceVersion=" + version));
  BOOST_TEST((out.stream->pull().find("\"code\":410") != std::string::npos));
  BOOST_TEST(out.stream->ended());
}

BOOST_FIXTURE_TEST_CASE(a_watch_resumes_without_a_gap, fixture) {
  const auto version = std::to_string(api.version());
  ask(kubernetes::apply_secret(manifest("default")));
  auto out = api.handle(make("GET", "/api/v1/secrets?watch=true&resourceVersion=" + version));
  BOOST_TEST(out.stream->pull().starts_with(R"({"type":"ADDED")"));
}

BOOST_FIXTURE_TEST_CASE(another_manager_s_field_is_a_conflict_unless_forced, fixture) {
  const auto apply = [&](const std::string& manager, const std::string& value, bool force) {
    return status("PATCH",
                  "/api/v1/namespaces/default/configmaps/c?fieldManager=" + manager +
                      (force ? "&force=true" : ""),
                  R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"k":")" +
                      value + R"("}})",
                  "application/apply-patch+yaml");
  };
  BOOST_TEST(apply("one", "a", false) == 201);
  BOOST_TEST(apply("two", "b", false) == 409);
  BOOST_TEST(apply("two", "b", true) == 200);
  BOOST_TEST(apply("one", "b", false) == 200);
}

BOOST_FIXTURE_TEST_CASE(an_account_may_do_what_roles_say_and_nothing_else, fixture) {
  const auto token = api.account_token("default", "default", std::chrono::hours{1}, now);
  auto wish = make("GET", "/api/v1/secrets?fieldSelector=metadata.name%3Dours");
  wish.headers[0].value = "Bearer " + token;
  BOOST_TEST(api.handle(wish).answer.status == 403);
  status("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles",
         R"({"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["secrets"],
            "resourceNames":["ours"],"verbs":["list"]}]})");
  status("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
         R"({"metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":"r"},
            "subjects":[{"kind":"ServiceAccount","name":"default","namespace":"default"}]})");
  BOOST_TEST(api.handle(wish).answer.status == 200);
  wish.target = "/api/v1/secrets";
  BOOST_TEST(api.handle(wish).answer.status == 403);
  wish.now = now + std::chrono::hours{1};
  BOOST_TEST(api.handle(wish).answer.status == 401); // it has expired
}

BOOST_FIXTURE_TEST_CASE(pages_hold_together_while_objects_come_and_go, fixture) {
  for (const char* name : {"a", "b", "c"})
    status("POST", "/api/v1/namespaces/default/secrets",
           std::string{R"({"metadata":{"name":")"} + name + R"("}})");
  const auto first = ask("GET", "/api/v1/namespaces/default/secrets?limit=2").second;
  const std::string next{first.at("metadata").at("continue").as_string()};
  status("DELETE", "/api/v1/namespaces/default/secrets/c");
  const auto second =
      ask("GET", "/api/v1/namespaces/default/secrets?limit=2&continue=" + next).second;
  BOOST_TEST(second.at("items").as_array().size() == 1U);
  api.compact();
  status("POST", "/api/v1/namespaces/default/secrets", R"({"metadata":{"name":"d"}})");
  api.compact();
  BOOST_TEST(status("GET", "/api/v1/namespaces/default/secrets?limit=2&continue=" + next) == 410);
}

BOOST_FIXTURE_TEST_CASE(what_is_dumped_can_be_loaded, fixture) {
  ask(kubernetes::apply_secret(manifest("default")));
  cluster other{now};
  other.load(api.dump());
  BOOST_TEST(other.version() == api.version());
  BOOST_TEST((other.find("secrets", "default", "acr-credential-secret-aggregation") != nullptr));
}

BOOST_FIXTURE_TEST_CASE(a_restored_store_has_the_objects_and_the_versions_of_then, fixture) {
  const std::string secrets = "/api/v1/namespaces/default/secrets";
  status("POST", secrets, R"({"metadata":{"name":"kept"}})");
  status("POST", secrets, R"({"metadata":{"name":"deleted"}})");
  const auto then = api.version();
  const auto backup = api.snapshot();
  const auto kept = *api.find("secrets", "default", "kept");
  const auto deleted = *api.find("secrets", "default", "deleted");
  status("PATCH", secrets + "/kept", R"({"data":{"k":"dg=="}})", "application/merge-patch+json");
  status("DELETE", secrets + "/deleted");
  status("POST", secrets, R"({"metadata":{"name":"fresh"}})");
  const auto newest = std::to_string(api.version());
  const auto watch = api.handle(make("GET", secrets + "?watch=true")).stream;

  api.restore(backup, now);
  BOOST_TEST(api.version() == then);
  BOOST_TEST(*api.find("secrets", "default", "kept") == kept);
  BOOST_TEST(*api.find("secrets", "default", "deleted") == deleted);
  BOOST_TEST((api.find("secrets", "default", "fresh") == nullptr));
  BOOST_TEST((watch->ended() && watch->broken()));
  // A client that goes on from what it knew hears nothing until the versions are there again.
  const auto late = api.handle(make("GET", secrets + "?watch=true&resourceVersion=" + newest));
  status("POST", secrets, R"({"metadata":{"name":"x"}})");
  BOOST_TEST(late.answer.status == 200);
  BOOST_TEST(late.stream->pull().empty());
  BOOST_TEST(ask("GET", secrets).second.at("items").as_array().size() == 3);
}

BOOST_AUTO_TEST_CASE(a_restore_tells_of_each_object_that_differs) {
  std::vector<std::string> told;
  cluster_options options;
  options.on_change = [&](std::string_view resource, const json::object* before,
                          const json::object* after) {
    const auto& meta = (before ? before : after)->at("metadata").as_object();
    if (resource == "secrets")
      told.push_back((before ? after ? "changed " : "deleted " : "created ") +
                     std::string{meta.at("name").as_string()});
  };
  const wall_time now{std::chrono::hours{500000}};
  cluster api{now, std::move(options)};
  const auto write = [&](const char* method, const std::string& name) {
    request out;
    out.method = method;
    const bool post = out.method == "POST";
    out.target = "/api/v1/namespaces/default/secrets" + (post ? "" : "/" + name);
    out.headers = {{"Authorization", "Bearer admin"},
                   {"Content-Type", post ? "application/json" : "application/merge-patch+json"}};
    out.body = R"({"metadata":{"name":")" + name + R"(","labels":{"by":")" + method + R"("}}})";
    out.now = now;
    api.handle(out);
  };
  write("POST", "same");
  write("POST", "touched");
  const auto backup = api.snapshot();
  write("PATCH", "touched");
  write("POST", "young");
  told.clear();
  api.restore(backup, now);
  BOOST_TEST(told == (std::vector<std::string>{"changed touched", "deleted young"}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(admission_refuses_and_changes_by_name, fixture) {
  const std::string accounts = "/api/v1/namespaces/default/serviceaccounts";
  admission_rule refuses;
  refuses.resource = "serviceaccounts";
  refuses.ns = "def*";
  refuses.name = "bad";
  refuses.refuse = "no";
  refuses.times_left = 1;
  api.admit(refuses);
  BOOST_TEST(status("POST", accounts, R"({"metadata":{"name":"good"}})") == 201);
  BOOST_TEST(status("POST", accounts, R"({"metadata":{"name":"bad"}})") == 422);
  BOOST_TEST(status("POST", accounts, R"({"metadata":{"name":"bad"}})") == 201);
  admission_rule owns;
  owns.name = "good";
  owns.pull_secrets = {"theirs"};
  const auto id = api.admit(owns);
  const auto* patch = R"([{"op":"add","path":"/imagePullSecrets","value":[{"name":"ours"}]}])";
  BOOST_TEST(status("PATCH", accounts + "/good", patch, "application/json-patch+json") == 200);
  const auto list = api.find("serviceaccounts", "default", "good")->at("imagePullSecrets");
  BOOST_TEST(json::serialize(list) == R"([{"name":"theirs"}])");
  BOOST_TEST(api.dismiss(id));
  BOOST_TEST(!api.dismiss(id));
}

BOOST_FIXTURE_TEST_CASE(admission_is_administered, fixture) {
  const auto administer = [&](const char* method, const char* target, const char* body) {
    return api.administer(make(method, target, body)).status;
  };
  BOOST_TEST(administer("POST", "/admission", R"({"refuse":"no","name":"x*"})") == 201);
  BOOST_TEST(administer("POST", "/admission", R"({"pull_secrets":["a"]})") == 201);
  for (const char* wrong : {R"({})", R"({"refuse":"no","pull_secrets":[]})", R"({"refuse":1})",
                            R"({"refuse":"no","operations":["list"]})", R"({"refuse":"no","x":1})",
                            R"({"refuse":"no","times":0})", R"({"pull_secrets":[1]})"})
    BOOST_TEST(administer("POST", "/admission", wrong) == 400);
  const auto rules = json::parse(api.administer(make("GET", "/admission")).body).at("rules");
  BOOST_TEST(rules.as_array().size() == 2);
  BOOST_TEST(administer("DELETE", "/admission/1", "") == 200);
  BOOST_TEST(administer("DELETE", "/admission/1", "") == 404);
  BOOST_TEST(administer("DELETE", "/admission", "") == 200);
  BOOST_TEST(administer("POST", "/restore", "") == 404);
  BOOST_TEST(administer("POST", "/snapshot", "") == 200);
  BOOST_TEST(administer("POST", "/restore", "") == 200);
}
