#include "tools/helper/findings.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/text.hpp"

namespace acr::helper {

namespace {

namespace json = boost::json;

const char* word_of(finding_level level) {
  switch (level) {
  case finding_level::good:
    return "ok     ";
  case finding_level::note:
    return "note   ";
  case finding_level::fault:
    return "FAULT  ";
  }
  return "";
}

const char* colour_of(finding_level level) {
  switch (level) {
  case finding_level::good:
    return "\033[32m";
  case finding_level::note:
    return "\033[33m";
  case finding_level::fault:
    return "\033[1;31m";
  }
  return "";
}

const char* name_of(finding_level level) {
  switch (level) {
  case finding_level::good:
    return "ok";
  case finding_level::note:
    return "note";
  case finding_level::fault:
    return "fault";
  }
  return "";
}

} // namespace

bool any_fault(const std::vector<finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const finding& one) { return one.level == finding_level::fault; });
}

std::string general_remedy(errc code) {
  switch (code) {
  case errc::dns_failed:
    return "check the name, and the DNS servers of this machine";
  case errc::connect_failed:
  case errc::http_timeout:
  case errc::connection_lost:
  case errc::stream_idle:
    return "check the way there: address, routes, proxy (HTTPS_PROXY, NO_PROXY), network policies";
  case errc::tls_failed:
    return "check the certificates: --ca-file, the kubeconfig's authority, and what is in between";
  case errc::denied:
    return "give the caller that permission";
  case errc::not_found:
    return "correct its name, or create it";
  case errc::credentials_bad:
    return "log in again, or correct the credentials";
  case errc::throttled:
    return "try again in a while";
  case errc::clock_skew:
    return "synchronise the clock of this machine (NTP)";
  case errc::parameter_bad:
  case errc::config_bad:
    return "correct it; acr-credential-helper check tells all that is wrong with a configuration";
  case errc::unavailable:
    return "give it an identity: an AccessKey in the environment or in a Secret, RRSA, or a role "
           "(docs/identities.md)";
  case errc::file_failed:
    return "check the name of the file, and that it may be read";
  default:
    return "try again; if it stays so, report this line, with its request id, to the vendor";
  }
}

finding fault_of(const std::string& about, const failure& reason) {
  finding out{finding_level::fault, about + to_string(reason),
              reason.remedy.empty() ? general_remedy(reason.code) : reason.remedy};
  if (!reason.cause.empty())
    out.text += ": " + reason.cause;
  return out;
}

std::string in_words(const finding& one, bool colours) {
  std::string word = word_of(one.level);
  if (colours)
    word = colour_of(one.level) + word + "\033[0m";
  auto text = word + one_line(one.text) + "\n";
  if (!one.remedy.empty())
    text += "       -> " + one_line(one.remedy) + "\n";
  return text;
}

std::string to_json(std::string_view name, const std::vector<finding>& findings,
                    std::optional<bool> verdict) {
  json::array list;
  for (const auto& one : findings)
    list.push_back({{"level", name_of(one.level)}, {"text", one.text}, {"remedy", one.remedy}});
  json::object out;
  out[name] = verdict ? json::value(*verdict) : json::value(nullptr);
  out["findings"] = std::move(list);
  return json::serialize(out);
}

} // namespace acr::helper
