/// A SecretWriter before an API server that is scripted.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/secret_writer.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_api.hpp"

namespace acr::testing {

struct writer_fixture : actor_fixture {
  writer_fixture() {
    api.on_call = [this](const http_request& m) { return answer(m); };
    deps.api = track(system.spawn(fake_api, &api));
    deps.wall = wall();
    deps.seed = 42;
    deps.log = logger{
        [this](const log_record& r) { lines.push_back(format_line(r, now(), log_format::text)); },
        log_level::debug};
  }

  std::optional<http_response> answer(const http_request& m) {
    if (silent)
      return std::nullopt;
    if (status != 200)
      return http_response{status, headers, secret_string{std::string_view{body}}};
    return success(m);
  }

  /// As a server that accepts every write: a patched account comes back with its list.
  http_response success(const http_request& m) {
    ++version;
    if (m.url.find("/serviceaccounts/") != std::string::npos)
      return {200,
              {},
              secret_string{
                  R"({"metadata":{"name":"default","namespace":")" + namespace_in(m.url) +
                  R"(","uid":"u","resourceVersion":")" + std::to_string(version) +
                  R"("},"imagePullSecrets":[{"name":"acr-credential-secret-aggregation"}]})"}};
    return {200,
            {},
            secret_string{R"({"metadata":{"name":"x","namespace":"y","uid":"u",)"
                          R"("resourceVersion":")" +
                          std::to_string(version) + R"("}})"}};
  }

  static std::string namespace_in(const std::string& url) {
    const std::string before = "/namespaces/";
    const auto from = url.find(before) + before.size();
    return url.substr(from, url.find('/', from) - from);
  }

  secret_writer start() {
    writer = track(spawn_secret_writer(system, deps));
    return writer;
  }

  template <class Message>
  void tell(Message m) {
    caf::anon_send(writer, std::move(m));
    drain();
  }

  void issue(const std::string& password = "secret") {
    tell(token_issued{"a",
                      {"cr_temp_user",
                       secret_string{std::string_view{password}},
                       now() + std::chrono::hours{1},
                       {"a.example"}},
                      now() + std::chrono::minutes{45}});
  }

  static std::vector<scope_event> space(const std::string& ns) {
    kubernetes::service_account account;
    account.meta = {{ns, "default"}, "u", "1"};
    return {namespace_seen{ns, false}, account_seen{account, true}};
  }

  void serve(int count) {
    scope_changed all;
    for (int i = 0; i < count; ++i)
      for (auto& event : space("team-" + std::to_string(i)))
        all.events.push_back(std::move(event));
    all.events.emplace_back(scope_synced{});
    tell(all);
  }

  /// "PATCH sa team-0", "PATCH secret team-0" ...
  std::vector<std::string> writes() const {
    std::vector<std::string> found;
    for (const auto& call : api.calls) {
      const bool account = call.url.find("/serviceaccounts/") != std::string::npos;
      const auto ns = call.url.substr(call.url.find("team-"));
      found.push_back(call.method + (account ? " sa " : " secret ") + ns.substr(0, ns.find('/')));
    }
    return found;
  }

  std::size_t logged(const std::string& text) const {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
          return line.find(text) != std::string::npos;
        }));
  }

  api_script api;
  secret_writer_deps deps;
  secret_writer writer;
  std::vector<std::string> lines;
  int version = 100;
  int status = 200;
  std::vector<http_header> headers;
  std::string body;
  bool silent = false;
};

struct started_writer : writer_fixture {
  started_writer() {
    start();
    tell(expect_instances{{{"a", {}}}, ""});
  }
};

} // namespace acr::testing
