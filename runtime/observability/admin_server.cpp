#include "runtime/observability/admin_server.hpp"

#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/ip/address.hpp>

#include "protocol/aliyun/signature.hpp"

namespace acr {

namespace {

served_answer dressed(page made) {
  served_answer out{made.status,
                    {{"Content-Type", std::move(made.type)},
                     {"Cache-Control", "no-store"},
                     {"X-Frame-Options", "DENY"},
                     {"X-Content-Type-Options", "nosniff"},
                     {"Referrer-Policy", "no-referrer"},
                     {"Content-Security-Policy",
                      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                      "form-action 'self'; frame-ancestors 'none'"}},
                    std::move(made.body)};
  if (made.status == 405)
    out.headers.push_back({"Allow", "GET, HEAD"});
  return out;
}

} // namespace

page_request parse_page_target(const std::string& target) {
  const auto question = target.find('?');
  page_request out{target.substr(0, question), {}, {}};
  if (question != std::string::npos)
    for (auto& [key, value] : aliyun::form_decode(target.substr(question + 1)))
      out.query.try_emplace(std::move(key), std::move(value));
  return out;
}

bool names_this_machine(std::string_view host) {
  if (host.starts_with('['))
    host = host.substr(1, host.find(']') - 1);
  else
    host = host.substr(0, host.find(':'));
  boost::system::error_code no_address;
  boost::asio::ip::make_address(std::string{host}, no_address);
  return host.empty() || !no_address || boost::algorithm::iequals(host, "localhost");
}

result<std::unique_ptr<admin_server>> admin_server::open(const page_address& where, page_maker make,
                                                         page_limits limits) {
  server_options options;
  options.limits.connections = limits.connections;
  options.limits.per_peer = limits.per_peer;
  options.limits.header_bytes = limits.header_bytes;
  options.limits.request = limits.request;
  options.limits.answer = limits.answer;
  options.limits.transmission = limits.transmission;
  auto server = http_server::open(
      where,
      [make = std::move(make)](const served_request& asked,
                               const std::function<void(served_answer)>& done) {
        if (asked.method != "GET" && asked.method != "HEAD")
          return done(dressed({405, "text/plain; charset=utf-8", "read only: GET or HEAD\n"}));
        auto wanted = parse_page_target(asked.target);
        wanted.host = asked.host;
        make(wanted, [done](page made) { done(dressed(std::move(made))); });
      },
      std::move(options));
  if (!server)
    return server.error();
  return std::unique_ptr<admin_server>{new admin_server{std::move(*server)}};
}

} // namespace acr
