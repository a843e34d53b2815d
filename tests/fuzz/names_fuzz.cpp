// ARNs, hosts, endpoints, lists and encodings.
#include <algorithm>
#include <string>

#include "config/values.hpp"
#include "protocol/aliyun/arn.hpp"
#include "protocol/aliyun/endpoints.hpp"
#include "protocol/aliyun/signature.hpp"
#include "protocol/base64.hpp"
#include "protocol/registry/host.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  for (const auto& arn : {aliyun::parse_role_arn(input), aliyun::parse_oidc_provider_arn(input)})
    if (arn) {
      FUZZ_CHECK(!arn->account.empty() && !arn->name.empty());
      check_presentable(arn->name);
    }
  const auto session = aliyun::session_name(input);
  FUZZ_CHECK(session.size() >= 2 && session.size() <= 64);
  FUZZ_CHECK(aliyun::session_name(session) == session);
  if (aliyun::plausible_region(input))
    for (const auto& domain : aliyun::personal_domains(input))
      FUZZ_CHECK(registry::valid_host(domain));
  const auto endpoint = aliyun::parse_endpoint(input);
  check_result(endpoint);
  if (endpoint) {
    FUZZ_CHECK(endpoint->starts_with("http") && endpoint->back() != '/');
    const auto again = aliyun::parse_endpoint(*endpoint);
    FUZZ_CHECK(again && *again == *endpoint);
  }
  if (registry::valid_host(input))
    FUZZ_CHECK(std::none_of(input.begin(), input.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || c == '/' || c == ' ' || c == '"';
    }));
  const auto list = config::split_list(input);
  for (const auto& item : list.items)
    FUZZ_CHECK(!item.text.empty() && item.offset + item.text.size() <= input.size());
  if (const auto bytes = decode_base64(input))
    FUZZ_CHECK(decode_base64(encode_base64(*bytes)) == bytes);
  FUZZ_CHECK(decode_base64(encode_base64(input)) == std::string{input});
  if (const auto header = aliyun::parse_authorization(input)) {
    const auto again = aliyun::parse_authorization(aliyun::to_string(*header));
    FUZZ_CHECK(again && *again == *header);
  }
  const auto fields = aliyun::form_decode("a=" + aliyun::percent_encode(input));
  FUZZ_CHECK(fields.size() == 1 && fields.front().second == input);
  static_cast<void>(aliyun::form_decode(input));
}
