// Answers of STS and Container Registry: `status\n--\nbody`.
#include <algorithm>
#include <set>
#include <string>

#include "protocol/aliyun/acr.hpp"
#include "protocol/aliyun/answer.hpp"
#include "protocol/aliyun/causes.hpp"
#include "protocol/aliyun/sts.hpp"
#include "tests/fuzz/target.hpp"

namespace {

int status_of(std::string_view text) {
  int status = 0;
  for (const char c : text.substr(0, 3))
    status = c >= '0' && c <= '9' ? status * 10 + (c - '0') : status;
  return text.empty() ? 200 : status;
}

} // namespace

void acr::fuzz::target(std::string_view input) {
  const auto [status, text] = head_and_rest(input);
  const secret_string body{text};
  const auto what = aliyun::get_authorization_token("cri-fuzz");
  const auto answer =
      aliyun::read_answer(what, {status_of(status), {{"Retry-After", std::string{status}}}, body});
  check_result(answer);
  if (!answer) {
    auto reason = answer.error();
    FUZZ_CHECK(!reason.retry_after || *reason.retry_after >= std::chrono::milliseconds::zero());
    aliyun::explain(reason, what, {"cn-hangzhou", "https://cr.cn-hangzhou.aliyuncs.com", {}});
    check_failure(reason);
    check_presentable(reason.cause);
    check_presentable(reason.remedy);
  }
  const auto session = aliyun::read_session(body, now());
  check_result(session);
  if (session)
    FUZZ_CHECK(session->expires_at && *session->expires_at > now() &&
               !session->access_key_id.empty() && !session->access_key_secret.empty() &&
               !session->security_token.empty());
  for (const auto& token :
       {aliyun::read_authorization_token(body, now()), aliyun::read_personal_token(body, now())}) {
    check_result(token);
    if (token)
      FUZZ_CHECK(token->expires_at > now() && !token->user.empty() && !token->password.empty());
  }
  const auto domains = aliyun::read_instance_endpoints(body);
  check_result(domains);
  if (domains) {
    std::set<std::string> seen;
    for (const auto& domain : *domains)
      FUZZ_CHECK(seen.insert(domain.host).second);
  }
  for (const auto& finding : aliyun::endpoint_findings(body, "cri-fuzz"))
    check_presentable(finding.cause);
}
