// The token file of ACK's add-ons.
#include "protocol/aliyun/addon_token.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  const auto session = aliyun::read_addon_token(secret_string{input}, now());
  check_result(session);
  if (session)
    FUZZ_CHECK(!session->access_key_id.empty() && !session->security_token.empty());
  const auto value =
      aliyun::decrypt_addon_value(input, secret_string{std::string_view{"0123456789abcdef"}});
  check_result(value);
  if (value)
    FUZZ_CHECK(value->size() < input.size());
}
