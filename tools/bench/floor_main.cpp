// The floor that the helper is measured against: only the two writes per namespace that it sends,
// a fixed number of namespaces at a time, on one HTTP/2 connection. No list, no watch, no cloud, no
// actor; requests are built before the clock starts. Namespaces come on stdin, one in a line.

#include <chrono>
#include <cstddef>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <curl/curl.h>

#include "protocol/kubernetes/requests.hpp"
#include "runtime/kubernetes/access.hpp"

namespace acr::bench {

namespace {

/// The writes of one namespace, in the helper's order.
using job = std::vector<http_request>;

struct tally {
  std::size_t requests = 0;
  std::size_t failed = 0;
  long connections = 0;
  long http_version = 0;
  std::string first_failure;
};

std::size_t discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

/// One place in flight: takes a namespace, sends its writes one after the other, takes the next.
class lane {
public:
  lane(const kubernetes::cluster_access& cluster, const std::string& authorization)
      : server_{cluster.server}, authorization_{authorization}, easy_{curl_easy_init()} {
    auto* easy = easy_.get();
    curl_blob ca{const_cast<char*>(cluster.tls->ca_pem.data()), cluster.tls->ca_pem.size(),
                 CURL_BLOB_COPY};
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2TLS});
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
  }

  CURL* easy() const { return easy_.get(); }
  void take(const job& work) {
    work_ = &work;
    next_ = 0;
  }
  bool finished() const { return next_ == work_->size(); }

  /// Sets the handle up for the next write.
  void prepare() {
    const auto& request = (*work_)[next_++];
    curl_slist* lines = curl_slist_append(nullptr, authorization_.c_str());
    for (const auto& [name, value] : request.headers) {
      auto line = name;
      line.append(": ").append(value);
      lines = curl_slist_append(lines, line.c_str());
    }
    curl_easy_setopt(easy(), CURLOPT_HTTPHEADER, lines);
    headers_.reset(lines);
    curl_easy_setopt(easy(), CURLOPT_URL, (server_ + request.url).c_str());
    curl_easy_setopt(easy(), CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy(), CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(easy(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

private:
  struct free_easy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct free_lines {
    void operator()(curl_slist* lines) const { curl_slist_free_all(lines); }
  };

  const std::string& server_;
  const std::string& authorization_;
  std::unique_ptr<curl_slist, free_lines> headers_;
  std::unique_ptr<CURL, free_easy> easy_;
  const job* work_ = nullptr;
  std::size_t next_ = 0;
};

void count(const CURLMsg& message, tally& sum) {
  long status = 0;
  long connects = 0;
  curl_easy_getinfo(message.easy_handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(message.easy_handle, CURLINFO_NUM_CONNECTS, &connects);
  curl_easy_getinfo(message.easy_handle, CURLINFO_HTTP_VERSION, &sum.http_version);
  ++sum.requests;
  sum.connections += connects;
  if (message.data.result == CURLE_OK && status / 100 == 2)
    return;
  ++sum.failed;
  if (sum.first_failure.empty())
    sum.first_failure =
        "status " + std::to_string(status) + ", " + curl_easy_strerror(message.data.result);
}

/// From the first connect to the last answer.
tally write_all(CURLM* multi, std::vector<std::unique_ptr<lane>>& lanes,
                const std::vector<job>& jobs) {
  tally sum;
  std::size_t next = 0;
  std::size_t busy = 0;
  const auto send = [&](lane& on) {
    if (on.finished()) {
      if (next == jobs.size())
        return;
      on.take(jobs[next++]);
    }
    on.prepare();
    curl_multi_add_handle(multi, on.easy());
    ++busy;
  };
  for (auto& each : lanes) {
    if (next == jobs.size())
      break;
    each->take(jobs[next++]);
    send(*each);
  }
  while (busy > 0) {
    int running = 0;
    curl_multi_perform(multi, &running);
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi, &left)) {
      count(*message, sum);
      lane* on = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &on);
      curl_multi_remove_handle(multi, on->easy());
      --busy;
      send(*on);
    }
    if (busy > 0)
      curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  return sum;
}

std::vector<job> build(const kubernetes::secret& pattern) {
  std::vector<job> jobs;
  for (std::string ns; std::getline(std::cin, ns);) {
    kubernetes::service_account account;
    account.meta.ref = {ns, "default"};
    kubernetes::secret_manifest manifest{{ns, pattern.meta.ref.name},
                                         pattern.docker_config,
                                         pattern.labels,
                                         pattern.annotations,
                                         {},
                                         {}};
    jobs.push_back({*kubernetes::link_account(account, {pattern.meta.ref.name}),
                    kubernetes::apply_secret(manifest)});
  }
  return jobs;
}

int run(const std::string& kubeconfig, const std::string& pattern_file, std::size_t in_flight) {
  const auto cluster = kubernetes::load_kubeconfig(kubeconfig, "");
  if (!cluster) {
    std::cerr << "bench-floor: " << to_string(cluster.error()) << '\n';
    return 1;
  }
  const auto* token = std::get_if<kubernetes::fixed_token>(&cluster->credential);
  std::ifstream file{pattern_file};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto pattern = kubernetes::decode_object(kubernetes::object_kind::secret, text);
  if (!token || !pattern) {
    std::cerr << "bench-floor: needs a kubeconfig with a token, and a Secret in JSON\n";
    return 1;
  }
  const auto authorization = "Authorization: Bearer " + std::string{token->value.reveal()};
  const auto jobs = build(std::get<kubernetes::secret>(*pattern));

  curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi{curl_multi_init(),
                                                                    curl_multi_cleanup};
  curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_CONCURRENT_STREAMS, 250L); // the server's limit
  std::vector<std::unique_ptr<lane>> lanes;
  for (std::size_t i = 0; i < in_flight; ++i)
    lanes.push_back(std::make_unique<lane>(*cluster, authorization));

  const auto begun = std::chrono::steady_clock::now();
  const auto sum = write_all(multi.get(), lanes, jobs);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun;

  std::cout << boost::json::serialize(
                   boost::json::object{{"seconds", elapsed.count()},
                                       {"requests", sum.requests},
                                       {"failed", sum.failed},
                                       {"first_failure", sum.first_failure},
                                       {"connections", sum.connections},
                                       {"http2", sum.http_version == CURL_HTTP_VERSION_2_0}})
            << std::endl;
  return sum.failed == 0 ? 0 : 1;
}

} // namespace

} // namespace acr::bench

int main(int argc, char** argv) {
  CLI::App app{"Sends the two writes per namespace, and nothing else.", "bench-floor"};
  std::string kubeconfig;
  std::string pattern;
  std::size_t in_flight = 24;
  app.add_option("--kubeconfig", kubeconfig, "Kubeconfig with a bearer token")->required();
  app.add_option("--secret", pattern, "The Secret to write everywhere, as JSON")->required();
  app.add_option("--in-flight", in_flight, "Namespaces at a time")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return acr::bench::run(kubeconfig, pattern, in_flight);
}
