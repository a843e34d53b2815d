#include "actors/admission/admission_desk.hpp"

namespace acr {

served_answer answer_admission(admission_desk& desk, const served_request& asked) {
  const http_header text{"Content-Type", "text/plain; charset=utf-8"};
  if (asked.method != "POST")
    return {405, {text, {"Allow", "POST"}}, "an AdmissionReview is sent by POST\n"};
  static const kubernetes::admission_scope nothing = [] {
    kubernetes::admission_scope out;
    out.enabled = false;
    return out;
  }();
  const auto scope = desk.in_force();
  auto answer = kubernetes::answer_review(asked.body, scope ? *scope : nothing, *desk.exceptions());
  desk.count(answer.outcome);
  if (answer.outcome == kubernetes::admission_outcome::malformed)
    return {400, {text}, "that is no AdmissionReview of admission.k8s.io/v1\n"};
  return {200, {{"Content-Type", "application/json"}}, std::move(answer.body)};
}

} // namespace acr
