#include "tools/helper/webhook.hpp"

#include <utility>

#include "runtime/kubernetes/access.hpp"
#include "runtime/observability/exposition.hpp"

namespace acr::helper {

namespace {

using namespace std::chrono_literals;

/// The API server keeps its connections for 90 s without a request: so it is always the one that
/// closes them, and no request meets a connection that was just closed. All of a cluster's API
/// servers may come from one address.
server_limits limits_of_webhook() {
  server_limits limits;
  limits.connections = 256;
  limits.per_peer = 128;
  limits.body_bytes = 4U << 20U; // an object is at most 1.5 MiB, and an update has two
  limits.request = 5s;
  limits.idle = 2min;
  return limits;
}

/// Loads the pair in the folder, if it has changed.
class folder_reader {
public:
  folder_reader(std::string folder, std::shared_ptr<http_server> server, logger log)
      : folder_{std::move(folder)}, server_{std::move(server)}, log_{std::move(log)} {}

  void read() {
    const auto certificate = kubernetes::read_small_file(folder_ + "/tls.crt");
    const auto key = kubernetes::read_small_file(folder_ + "/tls.key");
    if (!certificate || !key)
      return failed(certificate ? key.error() : certificate.error());
    server_identity own{std::string{certificate->reveal()}, *key};
    if (own.certificate == last_.certificate && own.key == last_.key)
      return;
    if (const auto refused = server_->identify_as(own))
      return failed(*refused);
    last_ = std::move(own);
    log_.info("webhook_serving", "webhook serving with this certificate", {{"folder", folder_}});
  }

private:
  void failed(const failure& reason) {
    log_.failed(log_level::warning, "webhook_certificate_failed",
                "the webhook's certificate cannot be used", reason);
  }

  std::string folder_;
  std::shared_ptr<http_server> server_;
  logger log_;
  server_identity last_;
};

} // namespace

result<std::optional<webhook>> open_webhook(const webhook_options& options, const logger& log) {
  if (!options.address)
    return std::optional<webhook>{};
  webhook made;
  made.desk = std::make_shared<admission_desk>();
  server_options how;
  how.limits = limits_of_webhook();
  how.tls = true;
  how.on_refused = [desk = made.desk] { desk->refused(); };
  auto server = http_server::open(
      *options.address,
      [desk = made.desk](const served_request& asked,
                         const std::function<void(served_answer)>& done) {
        done(answer_admission(*desk, asked));
      },
      std::move(how));
  if (!server)
    return server.error();
  made.server = std::move(*server);
  log.info("listening", "answers the API server",
           {{"address", options.address->host + ":" + std::to_string(made.server->port())},
            {"webhook", true}});
  if (!options.certificate_folder.empty()) {
    const auto reader =
        std::make_shared<folder_reader>(options.certificate_folder, made.server, log);
    made.files = std::make_unique<file_watch>(options.certificate_folder + "/tls.crt",
                                              [reader] { reader->read(); });
  }
  return std::optional{std::move(made)};
}

std::string metrics_of(const admission_desk& desk) {
  exposition out;
  out.family("acr_helper_admission_reviews_total", "counter",
             "Number of webhook requests, by outcome.");
  using outcome = kubernetes::admission_outcome;
  for (const auto which :
       {outcome::account_linked, outcome::pod_linked, outcome::unchanged, outcome::malformed})
    out.sample(static_cast<double>(desk.answers(which)), {{"outcome", to_string(which)}});
  out.family(
      "acr_helper_admission_certificate_refusals_total", "counter",
      "Number of connections that ended because the client refused the webhook's certificate.");
  out.sample(static_cast<double>(desk.refusals()));
  return out.take();
}

} // namespace acr::helper
