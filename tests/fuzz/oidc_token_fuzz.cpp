// An OIDC token whose claims are shown when STS refuses it; the token itself never is.
#include <string>

#include "protocol/aliyun/causes.hpp"
#include "protocol/aliyun/sts.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  const auto what = aliyun::assume_role_with_oidc(
      {"acs:ram::1234567890123456:role/acr-puller", "helper"},
      "acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1", secret_string{input});
  for (const auto* code :
       {"AuthenticationFail.NoPermission", "AuthenticationFail.OIDCToken.Invalid",
        "AuthenticationFail.OIDCToken.Expired", "AuthenticationFail.OIDCToken.AudienceNotMatch",
        "AuthenticationFail.OIDCToken.IssuerNotMatch", "EntityNotExist.Role"}) {
    auto reason = make_failure(errc::denied, "sts", "refused");
    reason.service_code = code;
    aliyun::explain(reason, what, {});
    check_failure(reason);
    check_presentable(reason.cause);
    check_presentable(reason.remedy);
    if (input.size() > 64 && input.starts_with("eyJ")) { // not our own words
      FUZZ_CHECK(reason.cause.find(input) == std::string::npos);
      FUZZ_CHECK(to_string(reason).find(input) == std::string::npos);
    }
  }
}
