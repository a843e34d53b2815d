#define BOOST_TEST_MODULE requests
#include <boost/test/unit_test.hpp>

#include "protocol/kubernetes/requests.hpp"

using namespace acr;
using namespace acr::kubernetes;
using namespace std::chrono_literals;

namespace {

service_account account(std::optional<std::vector<std::string>> list) {
  service_account value;
  value.meta.ref = {"team-a", "default"};
  value.pull_secrets = std::move(list);
  return value;
}

using names = std::vector<std::string>;

std::string linked(std::optional<names> list, const names& ours) {
  const auto request = link_account(account(std::move(list)), ours);
  return request ? request->body : "nothing";
}

std::string unlinked(std::optional<names> list, const names& ours) {
  const auto request = unlink_account(account(std::move(list)), ours);
  return request ? request->body : "nothing";
}

} // namespace

BOOST_AUTO_TEST_CASE(lists_and_watches_are_addressed) {
  const watch_spec all{object_kind::service_account, "", ""};
  BOOST_TEST(list_page(all, 500, "").url == "/api/v1/serviceaccounts?limit=500");
  BOOST_TEST(list_page(all, 500, "a/b+c=").url ==
             "/api/v1/serviceaccounts?limit=500&continue=a%2Fb%2Bc%3D");
  const watch_spec ours{object_kind::secret, "team-a", "metadata.name=x"};
  BOOST_TEST(list_page(ours, 1, "").url ==
             "/api/v1/namespaces/team-a/secrets?fieldSelector=metadata.name%3Dx&limit=1");
  BOOST_TEST(list_stream(ours, 290s).url ==
             "/api/v1/namespaces/team-a/secrets?fieldSelector=metadata.name%3Dx&watch=true"
             "&allowWatchBookmarks=true&timeoutSeconds=290&sendInitialEvents=true"
             "&resourceVersionMatch=NotOlderThan");
  BOOST_TEST(watch_from({object_kind::name_space, "", ""}, "42", 290s).url ==
             "/api/v1/namespaces?watch=true&allowWatchBookmarks=true&timeoutSeconds=290"
             "&resourceVersion=42");
}

BOOST_AUTO_TEST_CASE(a_list_can_be_of_metadata_only) {
  const auto whole = list_page({object_kind::secret, "", ""}, 5, "t");
  const auto part = only_metadata(whole);
  BOOST_TEST(part.url == whole.url);
  BOOST_TEST(find_header(part.headers, "accept") ==
             "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
}

BOOST_AUTO_TEST_CASE(namespaces_are_never_addressed_inside_a_namespace) {
  BOOST_TEST(list_page({object_kind::name_space, "a", ""}, 5, "").url ==
             "/api/v1/namespaces?limit=5");
  BOOST_TEST(get_object(object_kind::name_space, {"a", "b"}).url == "/api/v1/namespaces/b");
}

BOOST_AUTO_TEST_CASE(names_cannot_leave_their_place_in_a_path) {
  BOOST_TEST(get_object(object_kind::config_map, {"a/b", "../c?d#e%"}).url ==
             "/api/v1/namespaces/a%2Fb/configmaps/..%2Fc%3Fd%23e%25");
}

BOOST_AUTO_TEST_CASE(a_link_is_a_guarded_patch_that_asks_for_the_list_as_it_is_then) {
  const auto request = link_account(account(names{"other"}), {"ours"});
  BOOST_REQUIRE(request);
  BOOST_TEST(request->method == "PATCH");
  BOOST_TEST(
      request->url ==
      "/api/v1/namespaces/team-a/serviceaccounts/default?fieldManager=acr-credential-helper");
  BOOST_TEST(find_header(request->headers, "content-type") == "application/json-patch+json");
  BOOST_TEST(find_header(request->headers, "accept") == "application/json");
}

BOOST_AUTO_TEST_CASE(linking_byte_by_byte) {
  BOOST_TEST(linked(std::nullopt, {"ours"}) ==
             R"([{"op":"test","path":"/imagePullSecrets","value":null},)"
             R"({"op":"add","path":"/imagePullSecrets","value":[{"name":"ours"}]}])");
  BOOST_TEST(linked(names{}, {"ours"}) == linked(std::nullopt, {"ours"}));
  BOOST_TEST(linked(std::nullopt, {"o1", "o2", "o1"}) ==
             R"([{"op":"test","path":"/imagePullSecrets","value":null},)"
             R"({"op":"add","path":"/imagePullSecrets","value":[{"name":"o1"},{"name":"o2"}]}])");
  BOOST_TEST(linked(names{"a", "", "b"}, {"ours"}) ==
             R"([{"op":"test","path":"/imagePullSecrets","value":[{"name":"a"},{},{"name":"b"}]},)"
             R"({"op":"add","path":"/imagePullSecrets/-","value":{"name":"ours"}}])");
  BOOST_TEST(linked(names{"a", "o1"}, {"o1", "o2", "o3"}) ==
             R"([{"op":"test","path":"/imagePullSecrets","value":[{"name":"a"},{"name":"o1"}]},)"
             R"({"op":"add","path":"/imagePullSecrets/-","value":{"name":"o2"}},)"
             R"({"op":"add","path":"/imagePullSecrets/-","value":{"name":"o3"}}])");
}

BOOST_AUTO_TEST_CASE(nothing_is_linked_twice) {
  BOOST_TEST(linked(names{"ours"}, {"ours"}) == "nothing");
  BOOST_TEST(linked(names{"a", "ours", "b"}, {"ours"}) == "nothing");
  BOOST_TEST(linked(std::nullopt, {}) == "nothing");
}

BOOST_AUTO_TEST_CASE(unlinking_byte_by_byte) {
  BOOST_TEST(
      unlinked(names{"a", "ours", "b"}, {"ours"}) ==
      R"([{"op":"test","path":"/imagePullSecrets","value":[{"name":"a"},{"name":"ours"},{"name":"b"}]},)"
      R"({"op":"remove","path":"/imagePullSecrets/1"}])");
  BOOST_TEST(
      unlinked(names{"o1", "a", "o2", "o1"}, {"o1", "o2"}) ==
      R"([{"op":"test","path":"/imagePullSecrets","value":[{"name":"o1"},{"name":"a"},{"name":"o2"},{"name":"o1"}]},)"
      R"({"op":"remove","path":"/imagePullSecrets/3"},)"
      R"({"op":"remove","path":"/imagePullSecrets/2"},)"
      R"({"op":"remove","path":"/imagePullSecrets/0"}])");
}

BOOST_AUTO_TEST_CASE(a_list_that_would_be_empty_goes) {
  BOOST_TEST(unlinked(names{"ours"}, {"ours"}) ==
             R"([{"op":"test","path":"/imagePullSecrets","value":[{"name":"ours"}]},)"
             R"({"op":"remove","path":"/imagePullSecrets"}])");
}

BOOST_AUTO_TEST_CASE(nothing_is_unlinked_that_is_not_there) {
  BOOST_TEST(unlinked(std::nullopt, {"ours"}) == "nothing");
  BOOST_TEST(unlinked(names{}, {"ours"}) == "nothing");
  BOOST_TEST(unlinked(names{"a"}, {"ours"}) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_secret_is_applied_to_what_was_seen) {
  const auto request =
      apply_secret({{"team-a", "s"}, secret_string{std::string_view{"{}"}}, {}, {}, "u-1", "77"});
  BOOST_TEST(request.url.ends_with("?fieldManager=acr-credential-helper&force=true"));
  BOOST_TEST(request.body.find(R"("uid":"u-1","resourceVersion":"77"})") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_secret_is_applied_whole) {
  const auto request = apply_secret({{"team-a", "s"},
                                     secret_string{std::string_view{R"({"auths":{}})"}},
                                     {{"app.kubernetes.io/managed-by", "acr-credential-helper"}},
                                     {{"n", "quote \""}},
                                     {},
                                     {}});
  BOOST_TEST(request.method == "PATCH");
  BOOST_TEST(request.url ==
             "/api/v1/namespaces/team-a/secrets/s?fieldManager=acr-credential-helper");
  BOOST_TEST(find_header(request.headers, "content-type") == "application/apply-patch+yaml");
  BOOST_TEST(request.body ==
             R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"team-a",)"
             R"("labels":{"app.kubernetes.io/managed-by":"acr-credential-helper"},)"
             R"("annotations":{"n":"quote \""}},"type":"kubernetes.io/dockerconfigjson",)"
             R"("data":{".dockerconfigjson":"eyJhdXRocyI6e319"}})");
}

BOOST_AUTO_TEST_CASE(only_the_secret_that_was_seen_is_deleted) {
  const auto request = delete_secret({{"team-a", "s"}, "u-1", "7"});
  BOOST_TEST(request.method == "DELETE");
  BOOST_TEST(request.url == "/api/v1/namespaces/team-a/secrets/s");
  BOOST_TEST(
      request.body ==
      R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u-1","resourceVersion":"7"}})");
}

BOOST_AUTO_TEST_CASE(only_the_lease_that_was_seen_is_deleted) {
  const auto request = delete_object(object_kind::lease, {{"kube-system", "l"}, "u-1", "7"});
  BOOST_TEST(request.method == "DELETE");
  BOOST_TEST(request.url == "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/l");
  BOOST_TEST(request.body.find(R"("uid":"u-1","resourceVersion":"7")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_token_is_requested_whole) {
  const auto request = token_request({"kube-system", "helper"}, "sts.aliyuncs.com", 3600s);
  BOOST_TEST(request.method == "POST");
  BOOST_TEST(request.url == "/api/v1/namespaces/kube-system/serviceaccounts/helper/token");
  BOOST_TEST(find_header(request.headers, "accept") == "application/json");
  BOOST_TEST(request.body ==
             R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest",)"
             R"("spec":{"audiences":["sts.aliyuncs.com"],"expirationSeconds":3600}})");
}

BOOST_AUTO_TEST_CASE(an_event_is_about_its_object) {
  event_note note;
  note.about = {{"kube-system", "acr-configuration"}, "u-1", "7"};
  note.warning = true;
  note.reason = "InvalidConfiguration";
  note.action = "ReadConfiguration";
  note.message = "line 3";
  note.instance = "pod-1";
  const auto request = create_event(note);
  BOOST_TEST(request.url ==
             "/api/v1/namespaces/kube-system/events?fieldManager=acr-credential-helper");
  BOOST_TEST(
      request.body ==
      R"({"apiVersion":"v1","kind":"Event","metadata":{"generateName":"acr-configuration.",)"
      R"("namespace":"kube-system"},"involvedObject":{"apiVersion":"v1","kind":"ConfigMap",)"
      R"("namespace":"kube-system","name":"acr-configuration","uid":"u-1","resourceVersion":"7"},)"
      R"("reason":"InvalidConfiguration","action":"ReadConfiguration","message":"line 3",)"
      R"("type":"Warning","source":{"component":"acr-credential-helper"},)"
      R"("reportingComponent":"acr-credential-helper","reportingInstance":"pod-1",)"
      R"("firstTimestamp":"1970-01-01T00:00:00Z","lastTimestamp":"1970-01-01T00:00:00Z","count":1})");
}

BOOST_AUTO_TEST_CASE(an_event_is_counted_up_in_place) {
  event_note note;
  note.about = {{"kube-system", "acr-configuration"}, "u-1", "7"};
  note.message = "line 4";
  const auto request = repeat_event(note, "acr-configuration.abc", 3);
  BOOST_TEST(request.method == "PATCH");
  BOOST_TEST(request.url == "/api/v1/namespaces/kube-system/events/acr-configuration.abc"
                            "?fieldManager=acr-credential-helper");
  BOOST_TEST(find_header(request.headers, "content-type") == "application/merge-patch+json");
  BOOST_TEST(request.body ==
             R"({"count":3,"lastTimestamp":"1970-01-01T00:00:00Z","message":"line 4"})");
}

BOOST_AUTO_TEST_CASE(an_event_about_a_namespace_lives_in_default_and_its_message_is_cut) {
  event_note note;
  note.kind = object_kind::name_space;
  note.about.ref.name = "team-a";
  note.message = std::string(1023, 'x') + "\xC3\xA9";
  const auto request = create_event(note);
  BOOST_TEST(request.url.starts_with("/api/v1/namespaces/default/events?"));
  BOOST_TEST(request.body.find("\"" + std::string(1023, 'x') + "\"") != std::string::npos);
}
