// Each test is a row of the table in docs/configuration.md, and bears its name.
#define BOOST_TEST_MODULE validation_document
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(wrong_indentation) {
  check(info("- instanceId: cri-1\n regionId: cn-hangzhou\n"),
        {"F acr-registry-info, line 2, column 2: is not valid YAML: check the indentation here; "
         "every field of an entry begins in the column of its first one, and a space follows each "
         "`:` and each `-`"});
}

BOOST_AUTO_TEST_CASE(domains_as_several_quoted_texts) {
  check(info("- instanceId: cri-1\n  domains: \"a.example\",\"b.example\"\n"),
        {"F acr-registry-info, line 2, column 12: is not valid YAML: put a list into one pair of "
         "quotes: \"a.example,b.example\""});
}

BOOST_AUTO_TEST_CASE(indentation_by_tab) {
  check(info("- instanceId: cri-1\n\tregionId: cn-hangzhou\n"),
        {"F acr-registry-info, line 2, column 1: is not valid YAML: this line is indented with a "
         "tab; use spaces"});
}

BOOST_AUTO_TEST_CASE(quote_not_closed) {
  check(key("acr-registry-info", "- instanceId: \"cri-1\n"),
        {"F acr-registry-info, line 1, column 15: is not valid YAML: a quote is not closed"});
  check(key("acr-registry-info", "- {instanceId: 'cri-1''}\n"),
        {"F acr-registry-info, line 1, column 16: is not valid YAML: a quote is not closed"});
  check(key("acr-registry-info", "- {instanceId: \"cri-1\", regionId: 'cn-hangzhou'}\n"), {});
}

BOOST_AUTO_TEST_CASE(malformed_json) {
  check(parse_file(R"({"watch-namespace": "all")"),
        {"F line 1, column 1: is not valid YAML: a `{` is not closed"});
}

BOOST_AUTO_TEST_CASE(json_is_read_like_yaml) {
  const auto r = parse_file("{\n\t\"watch-namespace\": \"all\",\n\t\"acr-registry-info\": "
                            "[{\"instanceId\": \"cri-1\", \"expireDuration\": 7200, "
                            "\"assumeRoleARN\": \"" +
                            role + "\"}]\n}\n");
  check(r, {});
  BOOST_TEST(r.value->namespaces.all);
  BOOST_TEST((r.value->instances.at(0).chain.expire_duration == 2h));
}

BOOST_AUTO_TEST_CASE(not_a_list) {
  check(key("acr-registry-info", "instanceId: cri-1\n"),
        {"F acr-registry-info, line 1, column 1: must be a list: begin each instance with `- "
         "instanceId: ...`"});
}

BOOST_AUTO_TEST_CASE(entry_not_a_mapping) {
  check_rejected(info("- cri-1\n- [x]\n-\n"),
                 {"E acr-registry-info[0], line 1, column 3: \"cri-1\": must be a mapping that "
                  "begins with `- instanceId: ...`",
                  "E acr-registry-info[1], line 2, column 3: must be a mapping that begins with `- "
                  "instanceId: ...`",
                  "E acr-registry-info[2], line 3, column 1: is empty: remove it, or write "
                  "`instanceId: \"\"` for Personal edition"});
}

BOOST_AUTO_TEST_CASE(field_of_a_wrong_type) {
  check_rejected(info("- instanceId: [cri-1]\n- instanceId: cri-1\n  domains: {a: b}\n"),
                 {"E acr-registry-info[0].instanceId, line 1, column 15: must be a text",
                  "E acr-registry-info[1].domains, line 3, column 12: must be a text with commas "
                  "between the domains, or a list of them"});
}

BOOST_AUTO_TEST_CASE(key_twice) {
  check(parse_file("watch-namespace: all\nwatch-namespace: default\n"),
        {"F watch-namespace, line 2, column 1: is given twice"});
}

BOOST_AUTO_TEST_CASE(field_twice) {
  check_rejected(info("- instanceId: cri-1\n  instanceId: cri-2\n"),
                 {"E acr-registry-info[0].instanceId, line 2, column 3: is given twice"});
}

BOOST_AUTO_TEST_CASE(byte_order_mark_and_crlf) {
  const auto r = parse_file("\xEF\xBB\xBF"
                            "watch-namespace: a,b\r\nacr-registry-info: |\r\n  - instanceId: "
                            "cri-1\r\n    regionId: Nowhere\r\n  - instanceId: cri-2\r\n");
  check(r, {"E acr-registry-info[0].regionId, line 4, column 15: \"Nowhere\": must be the ID of a "
            "region, such as cn-hangzhou"});
  BOOST_TEST(r.value->namespaces.names == (strings{"a", "b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(not_utf8) {
  check(parse_file("watch-namespace: all\nnotify-email: \xFF\n"),
        {"F line 2, column 15: is not UTF-8 text: save it with that encoding"});
  check(parse_file(std::string_view{"\xFF\xFEw\0a\0", 6}),
        {"F line 1, column 1: is not UTF-8 text: save it with that encoding"});
}

BOOST_AUTO_TEST_CASE(several_documents) {
  check(parse_file("watch-namespace: all\n---\nwatch-namespace: default\n"),
        {"F line 2, column 1: a second document begins here (`---`): give one"});
}

BOOST_AUTO_TEST_CASE(file_of_another_kind) {
  check(parse_file("kind: Secret\ndata: {}\n"),
        {"F line 1, column 7: must be ConfigMap, or Configuration for a file of the helper's own "
         "form"});
  check(parse_file("kind: ConfigMap\n"), {"F line 1, column 1: the ConfigMap has no `data`"});
}

BOOST_AUTO_TEST_CASE(empty_file) {
  for (const auto* text : {"", "\n", "# nothing\n", "- a\n", "text\n"})
    check(parse_file(text),
          {"F line 1, column 1: must be a mapping: the manifest of a ConfigMap, or "
           "the keys of its data"});
}
