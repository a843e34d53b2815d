// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_document
#include <boost/test/unit_test.hpp>

#include "tests/config/validation/rows.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(document, row)

BOOST_AUTO_TEST_CASE(wrong_indentation) {
  in_all("{list}:\n- {id}: cri-1\n ^1{region}: cn-hangzhou\n",
         {"F {doc}@1: is not valid YAML: check the indentation here; every field of an entry "
          "begins in the column of its first one, and a space follows each `:` and each `-`"});
}

BOOST_AUTO_TEST_CASE(domains_as_several_quoted_texts) {
  in_all("{list}:\n- {id}: cri-1\n  domains: ^1\"a.example\",\"b.example\"\n",
         {"F {doc}@1: is not valid YAML: put a list into one pair of quotes: "
          "\"a.example,b.example\""});
}

BOOST_AUTO_TEST_CASE(indentation_by_tab) {
  in_files("{list}:\n- {id}: cri-1\n^1\t{region}: cn-hangzhou\n",
           {"F @1: is not valid YAML: this line is indented with a tab; use spaces"});
  check(key("acr-registry-info", "- instanceId: cri-1\n\tregionId: cn-hangzhou\n"),
        {"F acr-registry-info, line 2, column 1: is not valid YAML: this line is indented with a "
         "tab; use spaces"});
}

BOOST_AUTO_TEST_CASE(quote_not_closed) {
  const std::string open = "is not valid YAML: a quote is not closed";
  in_all("{list}:\n- {id}: ^1\"cri-1\n", {"F {doc}@1: " + open});
  in_all("{list}:\n- {{id}: ^1'cri-1''}\n", {"F {doc}@1: " + open});
  in_all("{list}:\n- {{id}: \"cri-1\", {region}: 'cn-hangzhou'}\n");
}

BOOST_AUTO_TEST_CASE(malformed_json) {
  in_files(R"(^1{"{namespaces}": "all")", {"F @1: is not valid YAML: a `{` is not closed"});
  in_files(R"({"{list}": ^1[{"{id}": "cri-1"}, {"{id}": "cri-[2"})",
           {"F @1: is not valid YAML: a `[` is not closed"});
}

BOOST_AUTO_TEST_CASE(json_is_read_like_yaml) {
  for (const auto& r : in_files(
           "{\n\t\"{namespaces}\": \"all\",\n\t\"{list}\": [{\"{id}\": \"cri-1\", \"domains\": "
           "[\"a.example\"]}],\n\t\"{threshold}\": \"20m\"\n}\n")) {
    BOOST_TEST(r.value->namespaces.all);
    BOOST_TEST(names(r) == strings{"cri-1"}, boost::test_tools::per_element());
    BOOST_TEST((r.value->expiring_threshold == 20min));
  }
}

BOOST_AUTO_TEST_CASE(not_a_list) {
  in_all("{list}:\n  ^1{id}: cri-1\n",
         {"F {list}, @1: must be a list: begin each instance with `- {id}: ...`"});
  in_all("{list}: ^1cri-1\n",
         {"F {list}, @1: \"cri-1\": must be a list: begin each instance with `- {id}: ...`"});
}

BOOST_AUTO_TEST_CASE(entry_not_a_mapping) {
  rejects("- ^1cri-1\n- ^2[x]\n^3-\n",
          {"E {list}[0], @1: \"cri-1\": must be a mapping that begins with `- {id}: ...`",
           "E {list}[1], @2: must be a mapping that begins with `- {id}: ...`",
           "E {list}[2], @3: is empty: remove it, or write `{id}: {personal}`{for personal}"});
}

BOOST_AUTO_TEST_CASE(field_of_a_wrong_type) {
  rejects("- {id}: ^1[cri-1]\n- {id}: cri-1\n  domains: ^2{a: b}\n",
          {"E {list}[0].{id}, @1: must be a text",
           "E {list}[1].domains, @2: must be a text with commas between the domains, or a list of "
           "them"});
}

BOOST_AUTO_TEST_CASE(key_twice) {
  in_all("{namespaces}: all\n^1{namespaces}: default\n", {"F {namespaces}, @1: is given twice"});
}

BOOST_AUTO_TEST_CASE(field_twice) {
  rejects("- {id}: cri-1\n  ^1{id}: cri-2\n", {"E {list}[0].{id}, @1: is given twice"});
}

BOOST_AUTO_TEST_CASE(byte_order_mark_and_crlf) {
  for (const auto& r : in_files("\xEF\xBB\xBF{namespaces}: a,b\r\n{list}:\r\n- {id}: cri-1\r\n")) {
    BOOST_TEST(r.value->namespaces.names == (strings{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(names(r) == strings{"cri-1"}, boost::test_tools::per_element());
  }
  for (const auto& text : strings{"\xEF\xBB\xBF- instanceId: cri-1\r\n  regionId: cn-hangzhou\r\n",
                                  "- instanceId: \"cri-1\"\r\n  regionId: cn-hangzhou\r\n"}) {
    const auto r = key("acr-registry-info", text); // as a cluster gives it
    check(r, {});
    BOOST_TEST(names(r) == strings{"cri-1@cn-hangzhou"}, boost::test_tools::per_element());
  }
  // As a manifest in JSON has it: the line ends are inside of its texts.
  const auto escaped = parse_file(R"({"kind": "ConfigMap", "data": {"watch-namespace": "a,b\r\n", )"
                                  R"("acr-registry-info": "\ufeff- instanceId: cri-1\r\n)"
                                  R"(  domains: |\r\n    a.example.com\r\n"}})");
  check(escaped, {});
  BOOST_TEST(names(escaped) == strings{"cri-1"}, boost::test_tools::per_element());
  BOOST_TEST(escaped.value.value().instances.at(0).domains == strings{"a.example.com"},
             boost::test_tools::per_element());
  check(parse_file("\xEF\xBB\xBFwatch-namespace: A\r\nservice-account: B\r\n"), // places are right
        {"F watch-namespace, line 1, column 18: \"A\": cannot be a name in Kubernetes: 1 to 63 "
         "lower-case letters, digits and `-`",
         "F service-account, line 2, column 18: \"B\": cannot be a name in Kubernetes: lower-case "
         "letters, digits, `-` and `.`"});
}

BOOST_AUTO_TEST_CASE(not_utf8) {
  const std::string message = "is not UTF-8 text: save it with that encoding";
  in_files("{namespaces}: all\n{email}: ^1\xFF\n", {"F @1: " + message});
  check(parse_file(std::string_view{"\xFF\xFEw\0a\0", 6}), {"F line 1, column 1: " + message});
}

BOOST_AUTO_TEST_CASE(several_documents) {
  in_files("{namespaces}: all\n^1---\n{namespaces}: default\n",
           {"F @1: a second document begins here (`---`): give one"});
}

BOOST_AUTO_TEST_CASE(file_of_another_kind) {
  in_any(parse_file("kind: Secret\ndata: {}\n"),
         {"F line 1, column 7: must be ConfigMap, or Configuration for a file of the helper's own "
          "form"});
  in_any(parse_file("kind: ConfigMap\n"), {"F line 1, column 1: the ConfigMap has no `data`"});
}

BOOST_AUTO_TEST_CASE(no_known_key) {
  const auto message = [](const std::string& key) {
    return "F " + key +
           "is no key of a configuration, and there is none beside it: acr-registry-info, "
           "AcrInstanceInfo or instances, say";
  };
  in_any(parse_file("name: x\nwatch-namespaces: all\n"),
         {message("name, line 1, column 1: ") + ": did you mean watch-namespace?"});
  in_any(parse_file("kind: ConfigMap\ndata:\n  name: x\n"), {message("name, line 3, column 3: ")});
  in_any(key("AcrInstancesInfo", "[]"),
         {message("AcrInstancesInfo: ") + ": did you mean AcrInstanceInfo?"});
  in_any(parse_file("{}"), {"F line 1, column 1: holds no key of a configuration: "
                            "acr-registry-info, AcrInstanceInfo or instances, say"});
  in_any(parse_file("kind: ConfigMap\ndata: {}\n"), {}); // as the original has it: the defaults
}

BOOST_AUTO_TEST_CASE(wrapped_configuration) {
  const std::string inner = R"({\"AcrInstanceInfo\":[{\"instanceId\":\"cri-1\"}]})";
  const std::string manifest = "{kind: ConfigMap, data: {watch-namespace: a, acr-registry-info: "
                               "'[{instanceId: cri-1}]'}}";
  for (
      const auto& text : strings{
          R"([{"name":"managed-aliyun-acr-credential-helper","config":")" + inner + R"("}])",
          R"([{"name":"coredns","config":"{\"a\":[1]}"},{"name":"acr","config":")" + inner +
              R"("}])",
          R"({"name":"acr","version":"v1","state":"active","config":")" + inner + R"("})",
          R"({"body":{"addons":[{"config":{"AcrInstanceInfo":[{"instanceId":"cri-1"}]}}]}})",
          R"({"body":"{\"config\":\"{\\\"AcrInstanceInfo\\\":[{\\\"instanceId\\\":\\\"cri-1\\\"}]}\"}"})",
          "addons:\n- name: acr\n  config: |\n    AcrInstanceInfo:\n    - instanceId: cri-1\n",
          "configuration:\n  data:\n    acr-registry-info:\n    - instanceId: cri-1\n",
          "kind: List\nitems: [" + manifest + "]\n"}) {
    const auto r = parse_file(text);
    in_any(r, {});
    BOOST_TEST(names(r) == strings{"cri-1"}, boost::test_tools::per_element());
  }
  in_any(parse_file("config: |\n  AcrInstanceInfo: []\n  watchNamespace: A\n"),
         {"F watchNamespace, line 3, column 19: \"A\": cannot be a name in Kubernetes: 1 to 63 "
          "lower-case letters, digits and `-`"});
  in_any(
      parse_file("kind: List\nitems: [" + manifest + ", " + manifest + "]\n"),
      {"F line 2, column 124: holds 2 configurations: give one of them, such as the value of its "
       "`config`"});
  in_any(parse_file(R"([{"name":"acr","config":"{}"}])"),
         {"F line 1, column 1: must be a mapping: the manifest of a ConfigMap, or the keys of its "
          "data"});
}

BOOST_AUTO_TEST_CASE(binary_data) {
  const std::string refusal = "is not UTF-8 text: save it with that encoding, and make the "
                              "ConfigMap anew";
  // "- instanceId: cri-1 # " with two characters in GBK; the same without them
  const auto r = parse_file("kind: ConfigMap\ndata: {watch-namespace: all}\nbinaryData:\n"
                            "  acr-registry-info: LSBpbnN0YW5jZUlkOiBjcmktMSAjINbQzsQK\n");
  in_any(r, {"F acr-registry-info, line 4, column 22: " + refusal});
  in_any(key("acr-registry-info", "- instanceId: cri-1 # \xD6\xD0\n"),
         {"F acr-registry-info, line 1, column 23: " + refusal});
  const auto readable = parse_file("kind: ConfigMap\nbinaryData: {acr-registry-info: "
                                   "LSBpbnN0YW5jZUlkOiBjcmktMQo=, seal: /w==}\n");
  in_any(readable, {"W seal, line 2, column 63: unknown key, ignored"});
  BOOST_TEST(names(readable) == strings{"cri-1"}, boost::test_tools::per_element());
  in_any(parse_file("kind: ConfigMap\nbinaryData: {acr.yaml: '?'}\n"),
         {"F acr.yaml, line 2, column 24: is in binaryData, and not base64 there"});
  BOOST_TEST(!key("watch-namespace", "\xFF").value);
}

BOOST_AUTO_TEST_CASE(empty_file) {
  for (const auto* text : {"", "\n", "# nothing\n", "- a\n", "text\n"})
    in_any(parse_file(text), {"F line 1, column 1: must be a mapping: the manifest of a ConfigMap, "
                              "or the keys of its data"});
}

BOOST_AUTO_TEST_SUITE_END()
