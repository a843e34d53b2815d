// Objects, pages, watch lines and failures of a Kubernetes API server: `status\n--\nbody`.
#include <string>

#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/status.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  using kubernetes::object_kind;
  const auto [status, text] = head_and_rest(input);
  for (const auto kind : {object_kind::name_space, object_kind::service_account,
                          object_kind::secret, object_kind::config_map}) {
    const auto object = kubernetes::decode_object(kind, text);
    check_result(object);
    if (object)
      FUZZ_CHECK(!kubernetes::meta_of(*object).ref.name.empty());
    check_result(kubernetes::decode_page(kind, text));
    const auto event = kubernetes::decode_event(kind, text);
    check_result(event);
    if (event && event->kind == kubernetes::stream_event_kind::error)
      check_failure(event->reason);
  }
  int code = 0;
  for (const char c : status.substr(0, 3))
    code = c >= '0' && c <= '9' ? code * 10 + (c - '0') : code;
  const http_response answer{code, {{"Retry-After", std::string{status}}}, secret_string{text}};
  const auto reason = kubernetes::failure_of("step", answer);
  check_failure(reason);
  FUZZ_CHECK(!reason.retry_after || *reason.retry_after >= std::chrono::milliseconds::zero());
  check_result(kubernetes::decode_meta(text));
  check_result(kubernetes::read_patched("step", answer));
  check_result(kubernetes::read_applied("step", answer));
  check_result(kubernetes::read_token("step", answer));
  check_result(kubernetes::read_secret_data("step", answer));
  if (const auto failed = kubernetes::read_deleted("step", answer))
    check_failure(*failed);
}
