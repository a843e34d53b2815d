#define BOOST_TEST_MODULE decode
#include <boost/test/unit_test.hpp>

#include "protocol/kubernetes/decode.hpp"

using namespace acr;
using namespace acr::kubernetes;

namespace {

template <class T>
T must(object_kind kind, std::string_view text) {
  auto value = decode_object(kind, text);
  BOOST_REQUIRE_MESSAGE(value.has_value(), text);
  return std::get<T>(*value);
}

service_account account(std::string_view more) {
  return must<service_account>(
      object_kind::service_account,
      R"({"metadata":{"name":"default","namespace":"a","uid":"u","resourceVersion":"7"})" +
          std::string{more} + "}");
}

using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(a_namespace_is_read) {
  const auto value = must<name_space>(object_kind::name_space,
                                      R"({"kind":"Namespace","apiVersion":"v1","metadata":{
      "name":"team-a","uid":"u-1","resourceVersion":"42"},"status":{"phase":"Active"}})");
  BOOST_TEST((value.meta.ref == object_ref{"", "team-a"}));
  BOOST_TEST(value.meta.uid == "u-1");
  BOOST_TEST(value.meta.resource_version == "42");
  BOOST_TEST(!value.terminating);
}

BOOST_AUTO_TEST_CASE(a_namespace_terminates_by_its_phase_or_its_deletion_time) {
  BOOST_TEST(must<name_space>(object_kind::name_space,
                              R"({"metadata":{"name":"a"},"status":{"phase":"Terminating"}})")
                 .terminating);
  BOOST_TEST(
      must<name_space>(object_kind::name_space,
                       R"({"metadata":{"name":"a","deletionTimestamp":"2026-01-02T03:04:05Z"}})")
          .terminating);
}

BOOST_AUTO_TEST_CASE(an_account_keeps_its_list_as_it_is) {
  BOOST_TEST(!account("").pull_secrets);
  BOOST_TEST(!account(R"(,"imagePullSecrets":null)").pull_secrets);
  BOOST_TEST((account(R"(,"imagePullSecrets":[])").pull_secrets == names{}));
  BOOST_TEST(
      (account(R"(,"imagePullSecrets":[{"name":"b"},{"name":"a"},{},{"name":"b"}])").pull_secrets ==
       names{"b", "a", "", "b"}));
}

BOOST_AUTO_TEST_CASE(an_account_is_ours_only_if_we_manage_its_list) {
  const auto managed = [](const std::string& entry) {
    return must<service_account>(object_kind::service_account,
                                 R"({"metadata":{"name":"d","managedFields":[)" + entry + "]}}")
        .managed_by_us;
  };
  BOOST_TEST(
      managed(R"({"manager":"kubectl"},{"manager":"acr-credential-helper","operation":"Update",
      "fieldsV1":{"f:imagePullSecrets":{}}})"));
  BOOST_TEST(!managed(R"({"manager":"acr-credential-helper","fieldsV1":{"f:metadata":{}}})"));
  BOOST_TEST(!managed(R"({"manager":"kubectl","fieldsV1":{"f:imagePullSecrets":{}}})"));
  BOOST_TEST(!managed(R"({"manager":"acr-credential-helper"})"));
  BOOST_TEST(!managed("1, null, []"));
}

BOOST_AUTO_TEST_CASE(a_secret_is_read_with_its_document_decoded) {
  const auto value = must<secret>(object_kind::secret, R"({"metadata":{"name":"s","namespace":"a",
      "labels":{"l":"1"},"annotations":{"n":"2"},"managedFields":[{"manager":"acr-credential-helper"}]},
      "type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"eyJhdXRocyI6e319"}})");
  BOOST_TEST(value.docker_config.reveal() == R"({"auths":{}})");
  BOOST_TEST(value.type == "kubernetes.io/dockerconfigjson");
  BOOST_TEST(value.labels.at("l") == "1");
  BOOST_TEST(value.annotations.at("n") == "2");
  BOOST_TEST(value.managed_by_us);
  BOOST_TEST(!value.other_data);
}

BOOST_AUTO_TEST_CASE(a_secret_is_as_we_left_it_while_we_manage_what_counts) {
  const auto last = [](const std::string& entries) {
    return must<secret>(object_kind::secret,
                        R"({"metadata":{"name":"s","managedFields":[)" + entries + "]}}")
        .written_by_us_last;
  };
  const std::string data = R"("f:data":{"f:.dockerconfigjson":{}})";
  const std::string note =
      R"("f:metadata":{"f:annotations":{"f:acr-credential-helper/instances":{}}})";
  const auto ours = [](const std::string& fields) {
    return R"({"manager":"acr-credential-helper","operation":"Apply","fieldsV1":{)" + fields + "}}";
  };
  BOOST_TEST(last(R"({"manager":"kubectl"},)" + ours(data + "," + note)));
  BOOST_TEST(!last(ours(data)));
  BOOST_TEST(!last(ours(note)));
  BOOST_TEST(!last(R"({"manager":"kubectl","fieldsV1":{)" + data + "}}," + ours(note)));
  BOOST_TEST(!last(ours(R"("f:data":{},)" + note)));
}

BOOST_AUTO_TEST_CASE(a_secret_of_another_shape_is_read_as_such) {
  const auto other = must<secret>(
      object_kind::secret, R"({"metadata":{"name":"s"},"type":"Opaque","data":{"k":"dg=="}})");
  BOOST_TEST(other.other_data);
  BOOST_TEST(other.docker_config.empty());
  BOOST_TEST(!other.managed_by_us);
  for (const auto* data :
       {R"({".dockerconfigjson":"no base64"})", R"({".dockerconfigjson":1})", "null", "[]"})
    BOOST_TEST(must<secret>(object_kind::secret,
                            std::string{R"({"metadata":{"name":"s"},"data":)"} + data + "}")
                   .docker_config.empty());
}

BOOST_AUTO_TEST_CASE(a_config_map_is_read) {
  const auto value = must<config_map>(object_kind::config_map,
                                      R"({"metadata":{"name":"c"},"data":{"k":"v","n":1}})");
  BOOST_TEST(value.data.size() == 1U);
  BOOST_TEST(value.data.at("k") == "v");
}

BOOST_AUTO_TEST_CASE(a_config_map_is_read_with_the_bytes_of_its_binary_data) {
  const auto value =
      must<config_map>(object_kind::config_map, R"({"metadata":{"name":"c"},"data":{"k":"v"},)"
                                                R"("binaryData":{"b":"/wA=","n":1}})");
  BOOST_TEST(value.data.size() == 2U);
  BOOST_TEST(value.data.at("b") == (std::string{"\xFF\0", 2}));
}

BOOST_AUTO_TEST_CASE(what_is_no_object_is_malformed) {
  for (const auto* text :
       {"", "<html>", "[]", "null", "{}", R"({"metadata":1})", R"({"metadata":{}})",
        R"({"metadata":{"name":""}})", R"({"metadata":{"name":5}})", R"({"metadata":{"name":"a"})",
        R"({"metadata":{"name":"a"},"imagePullSecrets":"x"})",
        R"({"metadata":{"name":"a"},"imagePullSecrets":["x"]})"}) {
    const auto value = decode_object(object_kind::service_account, text);
    BOOST_REQUIRE_MESSAGE(value.has_error(), text);
    BOOST_TEST((value.error().code == errc::malformed_answer));
  }
}

BOOST_AUTO_TEST_CASE(a_page_is_read) {
  const auto page = decode_page(object_kind::name_space, R"({"kind":"NamespaceList","metadata":{
      "resourceVersion":"9","continue":"token","remainingItemCount":3},
      "items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]})");
  BOOST_REQUIRE(page.has_value());
  BOOST_TEST(page->resource_version == "9");
  BOOST_TEST(page->continue_token == "token");
  BOOST_TEST((page->remaining == 3));
  BOOST_REQUIRE_EQUAL(page->items.size(), 2U);
  BOOST_TEST(meta_of(page->items[1]).ref.name == "b");
}

BOOST_AUTO_TEST_CASE(an_empty_page_is_read) {
  for (const auto* items : {R"(,"items":[])", R"(,"items":null)", ""}) {
    const auto page = decode_page(object_kind::secret, R"({"metadata":{"resourceVersion":"9"})" +
                                                           std::string{items} + "}");
    BOOST_REQUIRE(page.has_value());
    BOOST_TEST(page->items.empty());
    BOOST_TEST(page->continue_token.empty());
    BOOST_TEST(!page->remaining);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_page_is_malformed) {
  for (const auto* text : {"", "{", "{}", R"({"metadata":{}})", R"({"items":[]})",
                           R"({"metadata":{"resourceVersion":"1"},"items":{}})",
                           R"({"metadata":{"resourceVersion":"1"},"items":[1]})",
                           R"({"metadata":{"resourceVersion":"1"},"items":[{}]})"})
    BOOST_TEST(decode_page(object_kind::secret, text).has_error(), text);
}

BOOST_AUTO_TEST_CASE(the_kinds_of_watch_events_are_distinguished) {
  const auto event = [](const std::string& type) {
    return decode_event(object_kind::name_space,
                        R"({"type":")" + type +
                            R"(","object":{"metadata":{"name":"a","resourceVersion":"5"}}})");
  };
  BOOST_TEST((event("ADDED")->kind == stream_event_kind::added));
  BOOST_TEST((event("MODIFIED")->kind == stream_event_kind::modified));
  BOOST_TEST((event("DELETED")->kind == stream_event_kind::removed));
  BOOST_TEST(event("DELETED")->resource_version == "5");
  BOOST_TEST(meta_of(*event("DELETED")->value).ref.name == "a");
}

BOOST_AUTO_TEST_CASE(bookmarks_carry_a_version_and_may_end_a_list) {
  const auto plain = decode_event(object_kind::secret,
                                  R"({"type":"BOOKMARK","object":{"kind":"Secret","metadata":{
      "resourceVersion":"8","creationTimestamp":null}}})");
  BOOST_REQUIRE(plain.has_value());
  BOOST_TEST((plain->kind == stream_event_kind::bookmark));
  BOOST_TEST(plain->resource_version == "8");
  BOOST_TEST(!plain->initial_events_end);
  BOOST_TEST(!plain->value);
  const auto end = decode_event(object_kind::secret, R"({"type":"BOOKMARK","object":{"metadata":{
      "resourceVersion":"8","annotations":{"k8s.io/initial-events-end":"true"}}}})");
  BOOST_REQUIRE(end.has_value());
  BOOST_TEST(end->initial_events_end);
}

BOOST_AUTO_TEST_CASE(an_error_event_tells_its_status) {
  const auto event = decode_event(object_kind::secret, R"({"type":"ERROR","object":{"kind":"Status",
      "status":"Failure","message":"too old resource version","reason":"Expired","code":410}})");
  BOOST_REQUIRE(event.has_value());
  BOOST_TEST((event->kind == stream_event_kind::error));
  BOOST_TEST((event->reason.code == errc::gone));
  BOOST_TEST(event->reason.service_code == "Expired");
  BOOST_TEST(event->reason.status == 410);
}

BOOST_AUTO_TEST_CASE(an_error_event_without_a_plausible_code_is_a_failure_of_the_server) {
  for (const auto* object : {"{}", R"({"code":"410"})", R"({"code":200})", R"({"code":-1})"}) {
    const auto event = decode_event(object_kind::secret,
                                    std::string{R"({"type":"ERROR","object":)"} + object + "}");
    BOOST_REQUIRE(event.has_value());
    BOOST_TEST((event->reason.code == errc::service_failed));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_watch_event_is_malformed) {
  for (const auto* text :
       {"", "{}", R"({"type":"ADDED"})", R"({"type":"ADDED","object":null})",
        R"({"type":"ADDED","object":{"metadata":{"name":"a"}}})",
        R"({"type":"BOOKMARK","object":{"metadata":{}}})",
        R"({"type":"SOMETHING","object":{"metadata":{"name":"a","resourceVersion":"1"}}})",
        R"({"object":{"metadata":{"name":"a","resourceVersion":"1"}}})",
        R"({"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}{})"})
    BOOST_TEST(decode_event(object_kind::name_space, text).has_error(), text);
}
