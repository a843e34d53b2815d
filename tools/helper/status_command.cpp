#include "tools/helper/status_command.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "protocol/json.hpp"
#include "protocol/time.hpp"

namespace acr::helper {

namespace {

namespace json = boost::json;
namespace beast = boost::beast;
namespace http = beast::http;
namespace asio = boost::asio;

constexpr auto patience = std::chrono::seconds{5};
constexpr std::uint64_t most_bytes = 16U << 20U;

/// Asks once, with one deadline for all of it.
result<std::string> fetch(const page_address& where) {
  const std::string step = "ask the helper";
  asio::io_context io;
  beast::tcp_stream stream{io};
  stream.expires_after(patience);
  boost::system::error_code failed = asio::error::would_block;
  boost::system::error_code bad;
  const auto address = asio::ip::make_address(where.host.empty() ? "127.0.0.1" : where.host, bad);
  http::request<http::empty_body> request{http::verb::get, "/status", 11};
  request.set(http::field::host, "helper");
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> answer;
  answer.body_limit(most_bytes);
  stream.async_connect({address, where.port}, [&](auto error) {
    if ((failed = error))
      return;
    http::async_write(stream, request, [&](auto error_sending, std::size_t) {
      if ((failed = error_sending))
        return;
      http::async_read(stream, buffer, answer,
                       [&](auto error_reading, std::size_t) { failed = error_reading; });
    });
  });
  io.run();
  if (failed)
    return make_failure(errc::connect_failed, step, failed.message());
  if (answer.get().result_int() != 200)
    return make_failure(errc::http_status, step,
                        "it answered " + std::to_string(answer.get().result_int()));
  return answer.get().body();
}

/// Text that came from elsewhere, on one line of a terminal.
std::string clean(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      c = ' ';
  return out;
}

/// A reader of members that may be absent or of another type: then empty, zero, false.
class reader {
public:
  explicit reader(const json::value* from) : from_{from && from->is_object() ? from : nullptr} {}

  const json::value* at(std::string_view key) const {
    return from_ ? from_->as_object().if_contains(key) : nullptr;
  }
  std::string text(std::string_view key) const {
    const auto* found = at(key);
    return found && found->is_string() ? clean(std::string_view{found->as_string()}) : "";
  }
  std::string number(std::string_view key) const {
    const auto* found = at(key);
    return found && found->is_number() ? std::to_string(found->to_number<std::int64_t>()) : "0";
  }
  bool flag(std::string_view key) const {
    const auto* found = at(key);
    return found && found->is_bool() && found->as_bool();
  }
  reader in(std::string_view key) const { return reader{at(key)}; }
  std::vector<const json::value*> list(std::string_view key) const {
    std::vector<const json::value*> items;
    const auto* found = at(key);
    if (found && found->is_array())
      for (const auto& item : found->as_array())
        items.push_back(&item);
    return items;
  }

private:
  const json::value* from_;
};

/// "in 42 min", "3 h ago"; "-" for none.
std::string relative(const std::string& time, const std::optional<wall_time>& now) {
  const auto at = parse_rfc3339(time);
  if (!at || !now)
    return "-";
  const auto span = std::chrono::duration_cast<std::chrono::seconds>(*at - *now).count();
  const auto size = span < 0 ? -span : span;
  const auto words = size >= 7200  ? std::to_string(size / 3600) + " h"
                     : size >= 120 ? std::to_string(size / 60) + " min"
                                   : std::to_string(size) + " s";
  return span < 0 ? words + " ago" : "in " + words;
}

using row = std::vector<std::string>;

std::string table(const std::vector<row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& cells : rows)
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (widths.size() <= i)
        widths.push_back(0);
      widths[i] = std::max(widths[i], cells[i].size());
    }
  std::string text;
  for (const auto& cells : rows) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i)
      line += cells[i] + std::string(widths[i] - cells[i].size() + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string first_of(const std::vector<const json::value*>& list) {
  if (list.empty() || !list.front()->is_string())
    return "-";
  auto text = clean(std::string_view{list.front()->as_string()});
  if (list.size() > 1)
    text += " +" + std::to_string(list.size() - 1);
  return text;
}

} // namespace

result<std::string> status_in_words(const std::string& text) {
  const auto document = parse_json_object(text);
  if (!document)
    return make_failure(errc::malformed_answer, "read the status", "that is no JSON object");
  const json::value whole(*document);
  const reader all{&whole};
  const auto now = parse_rfc3339(all.text("now"));
  const auto config = all.in("configuration");
  const auto spaces = all.in("namespaces");
  std::string out = std::string{all.flag("ready") ? "ready" : "NOT READY"} + ", version " +
                    all.text("version") + ", started " + relative(all.text("startedAt"), now) +
                    (all.flag("leads") ? "" : ", standing by") + "\n";
  out += "configuration " + config.text("source") + ": " + config.text("state");
  if (config.text("state") != "accepted" && config.flag("inForce"))
    out += ", the last good one is in force";
  out += "\n";
  for (const auto* problem : config.list("problems"))
    if (problem->is_string())
      out += "  " + clean(std::string_view{problem->as_string()}) + "\n";
  out += "namespaces: " + spaces.number("served") + " of " + spaces.number("inScope") +
         " served, " + spaces.number("failing") + " failing, " + spaces.number("foreignSecrets") +
         " foreign Secrets; service accounts: " + spaces.number("serviceAccountsLinked") + " of " +
         spaces.number("serviceAccounts") + " linked\n\n";
  std::vector<row> rows{{"INSTANCE", "STATE", "EXPIRES", "NEXT ATTEMPT", "FAILURES", "DOMAINS"}};
  std::string troubles;
  for (const auto* item : all.list("instances")) {
    const reader one{item};
    rows.push_back({one.text("name"), one.text("state"), relative(one.text("expiresAt"), now),
                    relative(one.text("nextAttemptAt"), now), one.number("failuresInARow"),
                    first_of(one.list("domains"))});
    for (const auto* tried : one.list("logins"))
      if (const reader login{tried}; login.text("verdict") == "refused")
        troubles += "\n" + one.text("name") + ": " + login.in("reason").text("cause") +
                    "\n  remedy: " + login.in("reason").text("remedy") + "\n";
    const auto why = one.in("lastFailure");
    if (why.text("reason").empty())
      continue;
    const auto code = why.text("serviceCode");
    troubles += "\n" + one.text("name") + ": " + why.text("step") + ": " +
                (code.empty() ? why.text("reason") : code) + ": " + why.text("message") + "\n";
    if (!why.text("cause").empty())
      troubles += "  cause:  " + why.text("cause") + "\n  remedy: " + why.text("remedy") + "\n";
  }
  return out + (rows.size() > 1 ? table(rows) : "no instances\n") + troubles;
}

exit_code show_status(const status_options& options) {
  const auto text = fetch(options.address);
  const auto shown = !text          ? result<std::string>{text.error()}
                     : options.json ? result<std::string>{*text + "\n"}
                                    : status_in_words(*text);
  if (!shown) {
    std::cerr << to_string(shown.error())
              << "\nDoes it run with --status-address? In a cluster: kubectl exec -n kube-system "
                 "deploy/acr-credential-helper -- acr-credential-helper status\n";
    return exit_code::cannot_start;
  }
  std::cout << *shown;
  return exit_code::orderly;
}

} // namespace acr::helper
