#include <charconv>

#include <boost/json/parse.hpp>

#include "tools/cloudsim/answer.hpp"
#include "tools/cloudsim/cloud.hpp"

namespace acr::cloudsim {

namespace {

namespace json = boost::json;

response complaint(int status, const std::string& text) {
  return json_answer(status, {{"error", text}});
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<json::object> object_in(const std::string& body) {
  boost::system::error_code error;
  auto value = json::parse(body, error);
  if (error || !value.is_object())
    return std::nullopt;
  return std::move(value.as_object());
}

response put_fault(fault_table& faults, const std::string& body) {
  const auto wish = object_in(body);
  if (!wish)
    return complaint(400, "a fault is a JSON object");
  auto read = read_fault(*wish);
  if (!read)
    return complaint(400, read.error().message);
  return json_answer(201, {{"id", faults.add(std::move(*read))}});
}

response remove_faults(fault_table& faults, std::string_view path) {
  constexpr std::string_view one = "/faults/";
  if (!path.starts_with(one)) {
    faults.clear();
    return json_answer(200, {});
  }
  const auto id = number_in(path.substr(one.size()));
  return id && faults.remove(*id) ? json_answer(200, {}) : complaint(404, "no such fault");
}

} // namespace

response cloud::change_world(const std::string& text) {
  auto read = parse_world(text, "world", options_.folder);
  if (!read)
    return complaint(400, read.error().message);
  replace_world(std::move(*read));
  return json_answer(200, {});
}

response cloud::administer(const request& from) {
  const auto [path, query] = split_target(from.target);
  const auto is = [&, p = path](std::string_view method, std::string_view wanted) {
    return from.method == method && p == wanted;
  };
  if (is("GET", "/healthz"))
    return json_answer(200, {{"ok", true}});
  if (is("POST", "/faults"))
    return put_fault(faults_, from.body);
  if (is("GET", "/faults"))
    return json_answer(200, {{"faults", faults_.list()}});
  if (from.method == "DELETE" && (path == "/faults" || path.starts_with("/faults/")))
    return remove_faults(faults_, path);
  if (is("GET", "/calls"))
    return json_answer(200,
                       calls_.since(number_in(value_of(form_decode(query), "since")).value_or(0)));
  if (is("DELETE", "/calls")) {
    calls_.clear();
    return json_answer(200, {});
  }
  if (is("GET", "/passwords/count"))
    return json_answer(200, {{"issued", given_.passwords_issued()},
                             {"valid", given_.passwords_valid(from.now + offset_)}});
  if (is("POST", "/world"))
    return change_world(from.body);
  if (is("POST", "/clock")) {
    const auto wish = object_in(from.body);
    const auto* seconds = wish ? wish->if_contains("offset_s") : nullptr;
    if (!seconds || !seconds->is_number())
      return complaint(400, "offset_s must be a number");
    offset_ =
        std::chrono::milliseconds{static_cast<std::int64_t>(seconds->to_number<double>() * 1000)};
    return json_answer(200, {{"offset_ms", offset_.count()}});
  }
  return complaint(404, "see README.md of the simulated cloud");
}

} // namespace acr::cloudsim
