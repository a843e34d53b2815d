/// The API server as the client of the helper's admission webhook.
#include <algorithm>
#include <ctime>
#include <memory>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/x509_vfy.h>

#include "actors/admission/certificate_plan.hpp"
#include "protocol/json.hpp"
#include "protocol/x509/certificates.hpp"
#include "tools/faultlab/stage/stage.hpp"
#include "tools/simkit/form.hpp"

namespace acr::faultlab {

namespace json = boost::json;

namespace {

constexpr const char* configuration = "acr-credential-helper";
constexpr const char* certificates = "acr-credential-helper-webhook";

/// As a TLS client does: the certificate is valid now, and signed by an authority of the bundle.
bool trusts(const std::string& bundle, const std::string& served, wall_time now) {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store{X509_STORE_new(),
                                                                      &X509_STORE_free};
  for (const auto& one : split_bundle(bundle))
    X509_STORE_add_cert(store.get(), x509::certificate_from_pem(one).get());
  const auto certificate = x509::certificate_from_pem(served);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check{X509_STORE_CTX_new(),
                                                                              &X509_STORE_CTX_free};
  X509_STORE_CTX_init(check.get(), store.get(), certificate.get(), nullptr);
  X509_STORE_CTX_set_time(
      check.get(), 0,
      static_cast<std::time_t>(
          std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()));
  return X509_verify_cert(check.get()) == 1;
}

std::string bundle_of(const json::object* configured) {
  const auto* hooks = configured ? configured->if_contains("webhooks") : nullptr;
  std::string out;
  if (hooks && hooks->is_array() && !hooks->get_array().empty())
    simkit::base64_decode(
        string_at(object_at(&hooks->get_array()[0].get_object(), "clientConfig"), "caBundle"), out);
  return out;
}

} // namespace

/// What the chart leaves for the helper to fill.
void stage::install_webhook() {
  ask("POST", "/api/v1/namespaces/kube-system/secrets",
      R"({"metadata":{"name":")" + std::string{certificates} + R"("},"type":"Opaque"})");
  ask("POST", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
      R"({"metadata":{"name":")" + std::string{configuration} +
          R"("},"webhooks":[{"name":"serviceaccounts.acr-credential-helper.aliyun.com",)"
          R"("clientConfig":{"service":{"namespace":"kube-system","name":")" +
          certificates +
          R"("}},"failurePolicy":"Ignore","sideEffects":"None","admissionReviewVersions":["v1"]}]})");
}

std::optional<json::value> stage::call_webhook(const kubesim::admitted& what,
                                               const json::object& object) {
  const auto asked = std::find_if(helpers_.begin(), helpers_.end(), [](const auto& one) {
    return one->webhook() && !one->webhook_certificate().empty();
  });
  if (webhook_faults_ > 0 || asked == helpers_.end())
    return std::nullopt; // failurePolicy: Ignore
  auto& desk = *(*asked)->webhook();
  const auto bundle = bundle_of(cluster_->find("mutatingwebhookconfigurations", "", configuration));
  if (bundle.empty() || !trusts(bundle, (*asked)->webhook_certificate(), time_.now())) {
    if (!bundle.empty())
      desk.refused();
    return std::nullopt;
  }
  const json::object request{
      {"uid", "review"},
      {"operation", what.operation == "create" ? "CREATE" : "UPDATE"},
      {"namespace", what.ns},
      {"name", what.name},
      {"resource", {{"group", ""}, {"version", "v1"}, {"resource", what.resource}}},
      {"object", object}};
  const auto answer =
      answer_admission(desk, {"POST",
                              "/",
                              {},
                              json::serialize(json::object{{"apiVersion", "admission.k8s.io/v1"},
                                                           {"kind", "AdmissionReview"},
                                                           {"request", request}})});
  if (webhook_slow_ > 0)
    return std::nullopt; // failurePolicy: Ignore
  const auto read = parse_json_object(answer.body);
  const auto* response = read ? object_at(&*read, "response") : nullptr;
  std::string patch;
  simkit::base64_decode(string_at(response, "patch"), patch);
  return patch.empty() ? std::nullopt : std::optional{json::parse(patch)};
}

} // namespace acr::faultlab
