#include "tools/cloudsim/policy.hpp"

#include <algorithm>
#include <array>

#include "tools/cloudsim/kit.hpp"
#include "tools/simkit/form.hpp"

namespace acr::cloudsim {

namespace {

struct test_kind {
  std::string_view name;
  bool negated;
  bool pattern;
  bool fold;
};

constexpr std::array tests{
    test_kind{"StringEquals", false, false, false},
    test_kind{"StringNotEquals", true, false, false},
    test_kind{"StringEqualsIgnoreCase", false, false, true},
    test_kind{"StringNotEqualsIgnoreCase", true, false, true},
    test_kind{"StringLike", false, true, false},
    test_kind{"StringNotLike", true, true, false},
};

const test_kind* find_test(std::string_view name) {
  for (const auto& kind : tests)
    if (kind.name == name)
      return &kind;
  return nullptr;
}

bool same(const test_kind& kind, const std::string& wanted, const std::string& got) {
  if (kind.pattern)
    return matches(wanted, got, kind.fold);
  return kind.fold ? same_word(wanted, got) : wanted == got;
}

bool holds(const condition& rule, const policy_context& about) {
  const auto* kind = find_test(rule.test);
  if (!kind)
    return false;
  // One of the request's values must equal one of the policy's.
  const bool found = std::any_of(about.begin(), about.end(), [&](const auto& item) {
    return same_word(item.first, rule.key) &&
           std::any_of(rule.values.begin(), rule.values.end(),
                       [&](const std::string& wanted) { return same(*kind, wanted, item.second); });
  });
  return found != kind->negated;
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view text, bool fold) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, text, fold); });
}

template <class Applies>
verdict decide(const policy& rules, std::string_view action, const policy_context& about,
               Applies applies) {
  auto out = verdict::denied_implicitly;
  for (const auto& rule : rules.statements) {
    const bool hit = any_matches(rule.actions, action, true) && applies(rule) &&
                     std::all_of(rule.conditions.begin(), rule.conditions.end(),
                                 [&](const condition& test) { return holds(test, about); });
    if (hit && !rule.allow)
      return verdict::denied_explicitly;
    if (hit)
      out = verdict::allowed;
  }
  return out;
}

} // namespace

bool matches(std::string_view pattern, std::string_view text, bool fold) {
  std::size_t p = 0;
  std::size_t t = 0;
  auto star = std::string_view::npos; // where to continue after a wrong guess
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() &&
               (pattern[p] == '?' || pattern[p] == text[t] ||
                (fold && same_word(pattern.substr(p, 1), text.substr(t, 1))))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

verdict evaluate(const policy& rules, std::string_view action, std::string_view resource,
                 const policy_context& about) {
  return decide(rules, action, about, [&](const statement& rule) {
    return any_matches(rule.resources, resource, false);
  });
}

verdict trusts_ram(const policy& trust, const std::vector<std::string>& arns,
                   const policy_context& about) {
  return decide(trust, "sts:AssumeRole", about, [&](const statement& rule) {
    return std::any_of(arns.begin(), arns.end(), [&](const std::string& arn) {
      return std::find(rule.ram.begin(), rule.ram.end(), arn) != rule.ram.end();
    });
  });
}

verdict trusts_federated(const policy& trust, std::string_view provider_arn,
                         const policy_context& about) {
  return decide(trust, "sts:AssumeRole", about, [&](const statement& rule) {
    return std::find(rule.federated.begin(), rule.federated.end(), provider_arn) !=
           rule.federated.end();
  });
}

bool known_test(std::string_view name) { return find_test(name) != nullptr; }

} // namespace acr::cloudsim
