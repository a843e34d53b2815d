#define BOOST_TEST_MODULE signature
#include <boost/test/unit_test.hpp>

#include "protocol/aliyun/signature.hpp"
#include "tests/protocol/aliyun/vectors.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace acr::testing;
namespace json = boost::json;

namespace {

// What a vector does not give (an empty text here) is not compared.
void check(const std::string& given, const std::string& computed) {
  BOOST_TEST((given.empty() || given == computed), computed << " instead of " << given);
}

void check_published(const json::value& vector) {
  const auto alg = text_of(vector, "alg");
  const secret_string secret{text_of(vector, "secret")};
  const auto method = text_of(vector, "method");
  const auto query = parameters_of(vector, "query");
  const auto headers = headers_of(vector);
  std::string to_sign = text_of(vector, "string_to_sign");
  std::string signature;
  authorization header;
  if (alg == "hmac_sha1") {
    signature = hmac_sha1_base64(secret.reveal(), to_sign);
  } else if (alg == "sha256") {
    signature = sha256_hex(to_sign);
  } else if (alg == "rpc_v1") {
    to_sign = rpc_v1_string_to_sign(method, query, parameters_of(vector, "form"));
    signature = rpc_v1_signature(to_sign, secret);
  } else if (alg == "roa_v1") {
    header.algorithm = signature_algorithm::roa_v1;
    to_sign = roa_v1_string_to_sign(method, text_of(vector, "path"), query, headers);
    signature = roa_v1_signature(to_sign, secret);
  } else {
    BOOST_REQUIRE_EQUAL(alg, "v3");
    header.signed_headers = v3_headers_to_sign(headers);
    to_sign = v3_string_to_sign(v3_canonical_request(method, text_of(vector, "path"), query,
                                                     headers, header.signed_headers,
                                                     text_of(vector, "payload_sha256")));
    signature = v3_signature(to_sign, secret);
  }
  check(text_of(vector, "string_to_sign"), to_sign);
  check(text_of(vector, "signature"), signature);
  if (const auto given = parse_authorization(text_of(vector, "authorization"))) {
    header.access_key_id = given->access_key_id;
    header.signature = signature;
    check(text_of(vector, "authorization"), to_string(header));
  }
}

void check_recorded(const json::value& vector, const secret_string& secret) {
  const auto alg = text_of(vector, "alg");
  const auto variant = text_of(vector, "variant");
  const auto method = text_of(vector, "method");
  const auto path = text_of(vector, "path");
  const auto query = parameters_of(vector, "query");
  const auto body = text_of(vector, "body");
  std::string to_sign;
  std::string signature;
  if (alg == "rpc_v1") {
    auto form = form_decode(body);
    std::erase_if(form, [](const auto& field) { return field.first == "Signature"; });
    BOOST_TEST((form == parameters_of(vector, "form")));
    to_sign = rpc_v1_string_to_sign(method, query, form_decode(body));
    signature = rpc_v1_signature(to_sign, secret);
  } else if (alg == "roa_v1") {
    const auto empty = variant.ends_with("k=") ? empty_value::equals : empty_value::bare_name;
    to_sign = roa_v1_string_to_sign(method, path, query, headers_of(vector), empty);
    signature = roa_v1_signature(to_sign, secret);
  } else {
    const auto header = parse_authorization(text_of(vector, "authorization"));
    BOOST_REQUIRE(header.has_value());
    const auto canonical = v3_canonical_request(
        method, variant.find("%2A") == std::string::npos ? path : star_encoded(path), query,
        headers_of(vector), header->signed_headers, sha256_hex(body));
    BOOST_TEST(canonical == text_of(vector, "canonical_request"));
    to_sign = v3_string_to_sign(canonical);
    signature = v3_signature(to_sign, secret);
  }
  BOOST_TEST(to_sign == text_of(vector, "string_to_sign"));
  BOOST_TEST(equal_in_constant_time(signature, text_of(vector, "signature")), signature);
  if (const auto given = parse_authorization(text_of(vector, "authorization"))) {
    BOOST_TEST(given->signature == signature);
    BOOST_TEST(given->access_key_id == "testAccessKeyId");
    BOOST_TEST(to_string(*given) == text_of(vector, "authorization"));
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(published_and_derived_vectors_are_reproduced) {
  const auto data = load_vectors("published_signatures.json");
  BOOST_TEST(data.at("vectors").as_array().size() == 17U);
  for (const auto& vector : data.at("vectors").as_array())
    BOOST_TEST_CONTEXT(text_of(vector, "name"))
  check_published(vector);
}

BOOST_AUTO_TEST_CASE(requests_recorded_from_the_vendors_sdks_are_reproduced) {
  const auto data = load_vectors("sdk_signatures.json");
  const secret_string secret{text_of(data, "access_key_secret")};
  BOOST_TEST(data.at("vectors").as_array().size() == 69U);
  for (const auto& vector : data.at("vectors").as_array())
    BOOST_TEST_CONTEXT(text_of(vector, "name"))
  check_recorded(vector, secret);
}

BOOST_AUTO_TEST_CASE(the_roa_resource_holds_raw_values) {
  const auto text = roa_v1_string_to_sign("GET", "/users/:user",
                                          {{"q2", "value2"}, {"q", "http://domain/?q=value"}}, {});
  BOOST_TEST(text == "GET\n\n\n\n\n/users/:user?q=http://domain/?q=value&q2=value2");
}

BOOST_AUTO_TEST_CASE(percent_encoding_leaves_only_unreserved_characters) {
  BOOST_TEST(percent_encode("a b*c~d!'()/:@\xe4\xb8\xad") ==
             "a%20b%2Ac~d%21%27%28%29%2F%3A%40%E4%B8%AD");
  BOOST_TEST(percent_encode("AZaz09-_.~") == "AZaz09-_.~");
}

BOOST_AUTO_TEST_CASE(forms_are_read_back_as_they_were_written) {
  const parameters values{{"a b", "+&=%~*"}, {"empty", ""}, {"utf", "\xe4\xb8\xad"}};
  BOOST_TEST((form_decode(form_encode(values)) == values));
}

BOOST_AUTO_TEST_CASE(forms_of_others_are_read_too) {
  BOOST_TEST((form_decode("a+b=c+d&bare&x=%c3%a9&&=v") ==
              parameters{{"a b", "c d"}, {"bare", ""}, {"x", "\xc3\xa9"}, {"", "v"}}));
  BOOST_TEST(
      (form_decode("a=100%&b=%zz&c=%4") == parameters{{"a", "100%"}, {"b", "%zz"}, {"c", "%4"}}));
  BOOST_TEST(form_decode("").empty());
}

BOOST_AUTO_TEST_CASE(malformed_authorization_headers_are_refused) {
  for (const auto* text :
       {"", "acs", "acs ", "acs :x", "acs id:", "acs id", "Basic abc", "ACS3-HMAC-SHA256 ",
        "ACS3-HMAC-SHA256 Credential=id,Signature=x", "ACS3-HMAC-SHA256 Credential,SignedHeaders=a",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=a,Signature=x",
        "ACS3-HMAC-SHA256 Credential=id,SignedHeaders=a,Signature="})
    BOOST_TEST(!parse_authorization(text), text);
}

BOOST_AUTO_TEST_CASE(blanks_between_the_parts_of_an_authorization_do_not_matter) {
  const auto parsed =
      parse_authorization("ACS3-HMAC-SHA256  Credential=id, SignedHeaders=a;b, Signature=12");
  BOOST_REQUIRE(parsed.has_value());
  BOOST_TEST(parsed->access_key_id == "id");
  BOOST_TEST((parsed->signed_headers == std::vector<std::string>{"a", "b"}));
  BOOST_TEST(parsed->signature == "12");
}

BOOST_AUTO_TEST_CASE(signatures_of_different_length_or_content_differ) {
  BOOST_TEST(equal_in_constant_time("abc", "abc"));
  BOOST_TEST(!equal_in_constant_time("abc", "abd"));
  BOOST_TEST(!equal_in_constant_time("abc", "ab"));
  BOOST_TEST(equal_in_constant_time("", ""));
}
