#include "config/advice.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "config/problems.hpp"
#include "config/spelling.hpp"
#include "protocol/registry/ownership.hpp"

namespace acr::config {

namespace {

// Those that Kubernetes creates; the vendor's components run in the first.
constexpr std::array<std::string_view, 3> system_namespaces{"kube-system", "kube-public",
                                                            "kube-node-lease"};

bool selects_system(const selection& chosen) {
  return std::any_of(system_namespaces.begin(), system_namespaces.end(),
                     [&](std::string_view name) { return chosen.contains(name); });
}

std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const auto& one : all)
    text.append(text.empty() ? "" : ", ").append(one);
  return text;
}

void advise_on(const instance& entry, std::string key, problem_list& problems) {
  const auto add = [&](const std::vector<std::string>& hosts, const std::string& message) {
    if (!hosts.empty())
      problems.add(severity::warning, key, {entry.line, 0}, joined(hosts), message);
  };
  std::vector<std::string> strange;
  std::vector<std::string> fresh;
  for (const auto& domain : entry.domains)
    if (domain.find(".personal.cr.") != std::string::npos)
      fresh.push_back(domain);
    else if (!registry::of_the_vendor(domain) && !registry::of_another_vendor(domain))
      strange.push_back(domain); // hosts of other vendors were reported before
  add(strange, "no hosts of the vendor's: right only for a domain that the instance was given; "
               "the server that answers there is offered its credential");
  add(fresh, "for Personal edition instances of the new kind the vendor offers no API, and the "
             "passwords of Personal edition are not known to work there: a docker-registry Secret "
             "with the fixed password works, or Enterprise edition");
}

} // namespace

reading with_advice(reading read) {
  if (!read.value)
    return read;
  const auto& words = vocabulary_of(read.form);
  problem_list problems;
  const auto& namespaces = read.value->namespaces;
  if (selects_system(served_namespaces(*read.value)))
    problems.add(severity::warning, std::string{words.namespaces}, {}, in_words(namespaces),
                 std::string{"serves system namespaces, which the vendor advises against: their "
                             "Pods would pull with these credentials. "} +
                     (namespaces.open() ? "Exclude them: `" + in_words(namespaces) + ",!kube-*`"
                                        : "Leave them out"));
  for (const auto& entry : read.value->instances)
    advise_on(entry, std::string{words.instances}, problems);
  for (auto& problem : problems.take())
    read.problems.push_back(std::move(problem));
  return read;
}

} // namespace acr::config
