// What a registry demands of who comes without a token.
#include "protocol/registry/login.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  http_response answer;
  answer.status = 401;
  answer.headers.push_back({"WWW-Authenticate", std::string{input}});
  for (const auto* domain : {"a.example", "127.0.0.1:5000"}) {
    const auto read = registry::read_challenge(answer, domain);
    if (!read) {
      check_failure(registry::not_tried(read.error(), domain).reason.value());
      continue;
    }
    const auto sent =
        registry::login(*read, domain, "user", secret_string{std::string_view{"password"}});
    FUZZ_CHECK(sent.url.starts_with("https://") || std::string_view{domain}.starts_with("127."));
  }
}
