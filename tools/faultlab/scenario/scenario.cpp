#include "tools/faultlab/scenario/scenario.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/algorithm/string/join.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <yaml-cpp/yaml.h>

namespace acr::faultlab {

namespace {

using std::chrono::milliseconds;

constexpr std::array<std::pair<const char*, std::int64_t>, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

const std::vector<std::string> places{"cloud", "api", "helper", "webhook", "do", "rival"};

[[noreturn]] void complain(const YAML::Node& at, const std::string& what) {
  throw std::runtime_error{"line " + std::to_string(at.Mark().line + 1) + ", column " +
                           std::to_string(at.Mark().column + 1) + ": " + what};
}

milliseconds span_of(const YAML::Node& from) {
  const auto span = read_span(from.as<std::string>());
  if (!span)
    complain(from, span.error().message);
  return *span;
}

template <class Number>
Number number_of(const YAML::Node& from) {
  const auto text = from.as<std::string>();
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    complain(from, "a number is expected, not \"" + text + "\"");
  return value;
}

world_spec world_of(const YAML::Node& from) {
  world_spec out;
  for (const auto& item : from) {
    const auto key = item.first.as<std::string>();
    const auto& value = item.second;
    if (key == "instances")
      out.instances = number_of<int>(value);
    else if (key == "replicas")
      out.replicas = number_of<int>(value);
    else if (key == "elect")
      out.elect = value.as<bool>();
    else if (key == "namespaces")
      out.namespaces = number_of<int>(value);
    else if (key == "identity")
      out.identity = value.as<std::string>();
    else if (key == "scope")
      out.scope = value.as<std::string>();
    else if (key == "accounts")
      out.accounts = value.as<std::string>();
    else if (key == "threshold")
      out.threshold = std::chrono::duration_cast<std::chrono::seconds>(span_of(value));
    else if (key == "password")
      out.password = std::chrono::duration_cast<std::chrono::seconds>(span_of(value));
    else if (key == "delay")
      out.delay_most = span_of(value);
    else if (key == "names-domains")
      out.names_domains = value.as<bool>();
    else if (key == "shared-domain")
      out.shared_domain = value.as<bool>();
    else if (key == "removes")
      out.removes = value.as<bool>();
    else if (key == "limits")
      out.limits = value.as<std::string>();
    else if (key == "webhook")
      out.webhook = value.as<bool>();
    else if (key == "labels")
      out.labels = value.as<bool>();
    else
      complain(item.first, "no such key: " + key);
  }
  if (out.identity != "key" && out.identity != "rrsa" && out.identity != "chain" &&
      out.identity != "mixed")
    complain(from, "identity must be key, rrsa, chain or mixed");
  return out;
}

lab_event happening_of(const YAML::Node& from) {
  lab_event out;
  for (const auto& item : from) {
    const auto key = item.first.as<std::string>();
    if (key == "at")
      out.at = span_of(item.second);
    else if (key == "for")
      out.lasts = span_of(item.second);
    else if (std::find(places.begin(), places.end(), key) != places.end()) {
      out.where = key;
      out.how = item.second.as<std::string>();
    } else {
      out.with[key] = item.second.as<std::string>();
    }
  }
  if (out.where.empty())
    complain(from, "one of " + boost::algorithm::join(places, ", ") + " is missing");
  return out;
}

/// Plain where that is safe, also within braces.
std::string in_quotes(const std::string& text) {
  const bool plain =
      !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789-_.") == std::string::npos;
  return plain ? text : boost::json::serialize(boost::json::value(text)); // JSON is YAML
}

} // namespace

std::string lab_event::param(const std::string& name, const std::string& otherwise) const {
  const auto found = with.find(name);
  return found == with.end() ? otherwise : found->second;
}

double lab_event::number(const std::string& name, double otherwise) const {
  const auto text = param(name);
  double value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string write_span(milliseconds span) {
  auto left = span.count();
  std::string out = left < 0 ? "-" : "";
  left = left < 0 ? -left : left;
  for (const auto& [unit, size] : units)
    if (left >= size) {
      out.append(std::to_string(left / size)).append(unit);
      left %= size;
    }
  return out.empty() ? "0s" : out;
}

result<milliseconds> read_span(const std::string& text) {
  const auto bad = [&] {
    return make_failure(errc::config_bad, "read a span", "\"" + text + "\" is not like 1h30m");
  };
  std::string_view left{text};
  const bool negative = left.starts_with('-');
  left.remove_prefix(negative ? 1 : 0);
  std::int64_t sum = 0;
  if (left.empty())
    return bad();
  while (!left.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(left.data(), left.data() + left.size(), number);
    if (error != std::errc{})
      return bad();
    left.remove_prefix(static_cast<std::size_t>(end - left.data()));
    const auto digits = std::min(left.find_first_of("0123456789"), left.size());
    const auto unit = left.substr(0, digits);
    const auto* known = std::find_if(units.begin(), units.end(),
                                     [&](const auto& item) { return unit == item.first; });
    if (known == units.end())
      return bad();
    sum += number * known->second;
    left.remove_prefix(digits);
  }
  return milliseconds{negative ? -sum : sum};
}

result<scenario> read_scenario(const std::string& text, const std::string& name) {
  try {
    const auto document = YAML::Load(text);
    scenario out;
    for (const auto& item : document) {
      const auto key = item.first.as<std::string>();
      const auto& value = item.second;
      if (key == "name")
        out.name = value.as<std::string>();
      else if (key == "about")
        out.about = value.as<std::string>();
      else if (key == "seed")
        out.seed = number_of<std::uint64_t>(value);
      else if (key == "lasts")
        out.lasts = span_of(value);
      else if (key == "world")
        out.world = world_of(value);
      else if (key == "timeline")
        for (const auto& one : value)
          out.timeline.push_back(happening_of(one));
      else if (key == "expect")
        for (const auto& one : value)
          out.expect.push_back({one.as<std::map<std::string, std::string>>()});
      else
        complain(item.first, "no such key: " + key);
    }
    return out;
  } catch (const std::exception& problem) {
    return make_failure(errc::config_bad, "read scenario", name + ": " + problem.what());
  }
}

result<scenario> load_scenario(const std::string& path) {
  std::ifstream in{path};
  if (!in)
    return make_failure(errc::file_failed, "read scenario", "cannot read " + path);
  std::stringstream text;
  text << in.rdbuf();
  return read_scenario(text.str(), path);
}

std::string write_scenario(const scenario& from) {
  std::ostringstream out;
  const auto& w = from.world;
  out << "name: " << in_quotes(from.name) << '\n';
  if (!from.about.empty())
    out << "about: " << in_quotes(from.about) << '\n';
  out << "seed: " << from.seed << "\nlasts: " << write_span(from.lasts) << "\nworld:\n"
      << "  instances: " << w.instances << "\n";
  if (w.replicas != 1)
    out << "  replicas: " << w.replicas << "\n";
  if (w.elect)
    out << "  elect: true\n";
  out << "  namespaces: " << w.namespaces << "\n  identity: " << w.identity
      << "\n  scope: " << in_quotes(w.scope) << "\n  accounts: " << in_quotes(w.accounts)
      << "\n  threshold: " << write_span(w.threshold) << "\n  password: " << write_span(w.password)
      << "\n  delay: " << write_span(w.delay_most)
      << "\n  names-domains: " << (w.names_domains ? "true" : "false") << '\n';
  if (w.shared_domain)
    out << "  shared-domain: true\n";
  if (w.removes)
    out << "  removes: true\n";
  if (!w.limits.empty())
    out << "  limits: " << in_quotes(w.limits) << '\n';
  if (w.webhook)
    out << "  webhook: true\n";
  if (w.labels)
    out << "  labels: true\n";
  if (!from.timeline.empty())
    out << "timeline:\n";
  for (const auto& item : from.timeline) {
    out << "  - {at: " << write_span(item.at);
    if (item.lasts.count() != 0)
      out << ", for: " << write_span(item.lasts);
    out << ", " << item.where << ": " << item.how;
    for (const auto& [key, value] : item.with)
      out << ", " << key << ": " << in_quotes(value);
    out << "}\n";
  }
  if (!from.expect.empty())
    out << "expect:\n";
  for (const auto& item : from.expect) {
    out << "  -";
    for (const auto& [key, value] : item.with)
      out << ' ' << key << ": " << in_quotes(value) << '\n';
  }
  return out.str();
}

} // namespace acr::faultlab
