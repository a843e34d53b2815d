#define BOOST_TEST_MODULE base64
#include <boost/test/unit_test.hpp>

#include "protocol/base64.hpp"

using namespace acr;

BOOST_AUTO_TEST_CASE(the_vectors_of_rfc_4648_go_both_ways) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {":", "Og=="}};
  for (const auto& [plain, encoded] : vectors) {
    BOOST_TEST(encode_base64(plain) == encoded);
    BOOST_TEST(decode_base64(encoded).value_or("nothing") == plain);
  }
}

BOOST_AUTO_TEST_CASE(every_byte_survives) {
  std::string bytes;
  for (int value = 0; value < 256; ++value)
    bytes += static_cast<char>(value);
  BOOST_TEST((decode_base64(encode_base64(bytes)) == bytes));
}

BOOST_AUTO_TEST_CASE(folded_lines_are_joined) {
  BOOST_TEST(decode_base64("Zm9v\nYmFy\r\n").value_or("nothing") == "foobar");
}

BOOST_AUTO_TEST_CASE(what_is_not_base64_is_refused) {
  for (const auto* text :
       {"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Zg==Zg==", "Zm9v YmFy", "Zm9_", "===="})
    BOOST_TEST(!decode_base64(text), text);
}
