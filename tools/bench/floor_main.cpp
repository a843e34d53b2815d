// The floor that the helper is measured against: only the two writes per namespace that it sends,
// a fixed number of namespaces at a time, on one HTTP/2 connection. No list, no watch, no cloud, no
// actor; requests are built before the clock starts. Namespaces come on stdin, one in a line.
// With --foreign it is another client, that changes ServiceAccounts at a fixed rate.

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

#include "protocol/kubernetes/request_parts.hpp"
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
/// `rate`: jobs begun in a second at most; 0: as many as there are lanes for.
tally write_all(CURLM* multi, std::vector<std::unique_ptr<lane>>& lanes,
                const std::vector<job>& jobs, double rate) {
  const auto begun = std::chrono::steady_clock::now();
  tally sum;
  std::size_t next = 0;
  std::size_t busy = 0;
  std::vector<lane*> free;
  free.reserve(lanes.size());
  for (auto& each : lanes)
    free.push_back(each.get());
  const auto send = [&](lane& on) {
    on.prepare();
    curl_multi_add_handle(multi, on.easy());
    ++busy;
  };
  const auto its_time = [&] {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun;
    return rate <= 0 || static_cast<double>(next) <= elapsed.count() * rate;
  };
  while (busy > 0 || next < jobs.size()) {
    while (!free.empty() && next < jobs.size() && its_time()) {
      free.back()->take(jobs[next++]);
      send(*free.back());
      free.pop_back();
    }
    int running = 0;
    curl_multi_perform(multi, &running);
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi, &left)) {
      count(*message, sum);
      lane* on = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &on);
      curl_multi_remove_handle(multi, on->easy());
      --busy;
      if (on->finished())
        free.push_back(on);
      else
        send(*on);
    }
    const bool next_one_waits = next < jobs.size() && !free.empty();
    if (next_one_waits ? rate > 0 : busy > 0)
      curl_multi_poll(multi, nullptr, 0, next_one_waits ? 1 : 1000, nullptr);
  }
  return sum;
}

std::vector<std::string> read_namespaces() {
  std::vector<std::string> names;
  for (std::string ns; std::getline(std::cin, ns);)
    names.push_back(ns);
  return names;
}

/// Changes of an annotation of the accounts of that name, in one namespace after the other.
std::vector<job> foreign_changes(const std::string& account, std::size_t count) {
  const auto names = read_namespaces();
  std::vector<job> jobs;
  for (std::size_t i = 0; i < count; ++i) {
    http_request request;
    request.method = "PATCH";
    request.url = kubernetes::path_of(kubernetes::object_kind::service_account,
                                      {names[i % names.size()], account});
    request.headers = {{"Content-Type", "application/merge-patch+json"}};
    request.body = R"({"metadata":{"annotations":{"changed":")" + std::to_string(i) + "\"}}}";
    jobs.push_back({std::move(request)});
  }
  return jobs;
}

std::vector<job> build(const kubernetes::secret& pattern) {
  std::vector<job> jobs;
  for (const auto& ns : read_namespaces()) {
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

struct wishes {
  std::string kubeconfig;
  std::string pattern_file;
  std::string account; ///< Of foreign changes.
  std::size_t foreign = 0;
  std::size_t in_flight = 24;
  double rate = 0;
};

int run(const wishes& what) {
  const auto cluster = kubernetes::load_kubeconfig(what.kubeconfig, "");
  if (!cluster) {
    std::cerr << "bench-floor: " << to_string(cluster.error()) << '\n';
    return 1;
  }
  const auto* token = std::get_if<kubernetes::fixed_token>(&cluster->credential);
  std::ifstream file{what.pattern_file};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto pattern = kubernetes::decode_object(kubernetes::object_kind::secret, text);
  if (!token || (!pattern && what.foreign == 0)) {
    std::cerr << "bench-floor: needs a kubeconfig with a token, and a Secret in JSON\n";
    return 1;
  }
  const auto authorization = "Authorization: Bearer " + std::string{token->value.reveal()};
  const auto jobs = what.foreign > 0 ? foreign_changes(what.account, what.foreign)
                                     : build(std::get<kubernetes::secret>(*pattern));

  curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi{curl_multi_init(),
                                                                    curl_multi_cleanup};
  curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_CONCURRENT_STREAMS, 250L); // the server's limit
  std::vector<std::unique_ptr<lane>> lanes;
  for (std::size_t i = 0; i < what.in_flight; ++i)
    lanes.push_back(std::make_unique<lane>(*cluster, authorization));

  const auto begun = std::chrono::steady_clock::now();
  const auto sum = write_all(multi.get(), lanes, jobs, what.rate);
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
  acr::bench::wishes what;
  app.add_option("--kubeconfig", what.kubeconfig, "Kubeconfig with a bearer token")->required();
  app.add_option("--secret", what.pattern_file, "The Secret to write everywhere, as JSON");
  app.add_option("--in-flight", what.in_flight, "Namespaces at a time")->capture_default_str();
  app.add_option("--rate", what.rate, "Namespaces a second; 0: as fast as possible")
      ->capture_default_str();
  app.add_option(
      "--foreign", what.foreign,
      "Instead: change an annotation of an account that often, in one namespace after the "
      "other");
  app.add_option("--account", what.account, "Name of that account");
  CLI11_PARSE(app, argc, argv);
  return acr::bench::run(what);
}
