// Answers of the instance metadata service: parts are the bodies of successive answers, the first
// character of each stands for the status.
#include <variant>

#include "protocol/aliyun/metadata.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  const auto bodies = parts(input);
  aliyun::metadata_token token;
  aliyun::metadata_exchange exchange{{}, aliyun::metadata_role_path};
  auto step = exchange.begin(token, std::chrono::milliseconds{1});
  std::size_t asked = 0;
  while (std::holds_alternative<http_request>(step)) {
    // Whatever it answers, an exchange comes to an end.
    FUZZ_CHECK(++asked <= 8);
    const auto body = asked <= bodies.size() ? bodies[asked - 1] : std::string_view{};
    constexpr int statuses[] = {200, 401, 403, 404, 405, 500};
    const auto kind = body.empty() ? 0U : static_cast<unsigned char>(body.front()) % 7U;
    const auto answer =
        kind == 6 ? result<http_response>{make_failure(errc::http_timeout, "", "silent")}
                  : result<http_response>{http_response{
                        statuses[kind], {}, secret_string{body.substr(body.empty() ? 0 : 1)}}};
    step = exchange.next(answer, token, std::chrono::milliseconds{2});
  }
  const auto& outcome = std::get<aliyun::metadata_exchange::outcome>(step);
  check_result(outcome);
  const secret_string text{input};
  check_result(aliyun::read_region(text));
  check_result(aliyun::read_role_name(text));
  const auto session = aliyun::read_role_credentials(text, now());
  check_result(session);
  if (session)
    FUZZ_CHECK(session->expires_at && *session->expires_at > now());
}
