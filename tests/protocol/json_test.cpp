#define BOOST_TEST_MODULE json
#include <boost/test/unit_test.hpp>

#include "protocol/json.hpp"

using namespace acr;

BOOST_AUTO_TEST_CASE(a_document_that_nests_too_deep_is_refused) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  BOOST_TEST(parse_json(nested(60)).has_value());
  const auto deep = parse_json(nested(100000));
  BOOST_REQUIRE(deep.has_error());
  BOOST_TEST((deep.error().code == errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(a_document_that_takes_too_much_memory_is_refused) {
  const auto list_of = [](std::string_view value, std::size_t count) {
    std::string text{'['};
    for (std::size_t i = 0; i < count; ++i)
      text.append(value).append(",");
    return text.append("0]");
  };
  for (const auto* value : {"0", "{}", "[0]", R"({"":0})", "\"\""}) {
    BOOST_TEST_CONTEXT(value) {
      const auto small = list_of(value, 100);
      BOOST_TEST(parse_json(small, 100'000).has_value());
      const auto read = parse_json(list_of(value, 20'000), 100'000);
      BOOST_REQUIRE(read.has_error());
      BOOST_TEST((read.error().code == errc::response_too_big));
      BOOST_TEST(parse_json(small, 100'000).has_value()); // each document has its own
    }
  }
  // As much as etcd stores of what costs most.
  BOOST_TEST(parse_json(list_of("{}", 750'000)).has_value());
  BOOST_TEST(parse_json(list_of("{}", 4'000'000)).has_error());
}

BOOST_AUTO_TEST_CASE(a_failure_does_not_quote_the_document) {
  for (const auto* text : {"", "marker-secret", R"({"a":"marker-secret")", R"({"a":marker-secret})",
                           R"({"a":1}marker-secret)"}) {
    const auto read = parse_json(text);
    BOOST_REQUIRE(read.has_error());
    BOOST_TEST(to_string(read.error()).find("marker") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(only_an_object_is_an_object) {
  BOOST_TEST(parse_json_object("{}").has_value());
  for (const auto* text : {"[]", "1", "null", "\"{}\""})
    BOOST_TEST(parse_json_object(text).has_error());
}

BOOST_AUTO_TEST_CASE(members_of_another_type_count_as_absent) {
  const auto document =
      parse_json_object(R"({"text":"a","number":1,"object":{"b":"c"},"none":null})");
  BOOST_REQUIRE(document.has_value());
  BOOST_TEST(string_at(&*document, "text") == "a");
  for (const auto* key : {"number", "object", "none", "absent"})
    BOOST_TEST(string_at(&*document, key).empty());
  BOOST_TEST(string_at(object_at(&*document, "object"), "b") == "c");
  for (const auto* key : {"text", "number", "none", "absent"})
    BOOST_TEST(object_at(&*document, key) == nullptr);
  BOOST_TEST(string_at(nullptr, "text").empty());
}
