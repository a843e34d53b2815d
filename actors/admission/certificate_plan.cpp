#include "actors/admission/certificate_plan.hpp"

#include <algorithm>
#include <utility>

namespace acr {

namespace {

using namespace std::chrono_literals;

// Clocks of other machines may be behind ours.
constexpr auto backdated = 5min;
// The API server learns of a new `caBundle` by a watch, within moments.
constexpr std::chrono::milliseconds longest_settling = 1min;
// How soon another replica looks for the first certificate, which the leader makes.
constexpr std::chrono::milliseconds until_the_first = 3s;
// How long another client's change may stay unnoticed if no client complains.
constexpr std::chrono::milliseconds longest_rest = 5min;

x509::validity valid_from(wall_time now, std::chrono::milliseconds life) {
  return {now - backdated, now + life};
}

/// The authorities in `others` that are still valid, after `first`.
std::string bundle(std::string first, const std::string& others, wall_time now) {
  for (const auto& one : split_bundle(others)) {
    const auto facts = x509::read_certificate(one);
    if (facts && facts->when.until > now && first.find(one) == std::string::npos)
      first += one;
  }
  return first;
}

} // namespace

std::vector<std::string> split_bundle(const std::string& pem) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  std::vector<std::string> found;
  for (std::size_t from = 0; (from = pem.find(begin, from)) != std::string::npos;) {
    const auto to = pem.find(end, from);
    if (to == std::string::npos)
      break;
    found.push_back(pem.substr(from, to + end.size() - from) + "\n");
    from = to;
  }
  return found;
}

certificate_plan::certificate_plan(std::vector<std::string> names, std::chrono::milliseconds life,
                                   maker make)
    : names_{std::move(names)}, life_{life}, make_{std::move(make)} {}

void certificate_plan::secret_is(std::optional<kubernetes::webhook_secret> seen) {
  secret_known_ = true;
  if (!seen || !secret_ || seen->content.authorities != secret_->content.authorities)
    trusted_since_.reset();
  secret_ = std::move(seen);
  facts_ = secret_ ? x509::read_certificate(secret_->content.current.certificate) : std::nullopt;
}

void certificate_plan::configuration_is(std::optional<kubernetes::webhook_configuration> seen,
                                        wall_time now) {
  configuration_known_ = true;
  configuration_ = std::move(seen);
  if (!configuration_ || !secret_ || !configuration_->trusts(authorities()))
    trusted_since_.reset();
  else if (!trusted_since_)
    trusted_since_ = now;
}

const kubernetes::webhook_pair* certificate_plan::serving() const {
  return facts_ ? &secret_->content.current : nullptr;
}

bool certificate_plan::usable(wall_time now) const {
  return facts_ && facts_->when.until > now && !split_bundle(authorities()).empty();
}

wall_time certificate_plan::renewal_due() const {
  if (facts_->names != names_)
    return {};
  return std::min(facts_->when.until, facts_->when.from + backdated + life_) - life_ / 3;
}

std::chrono::milliseconds certificate_plan::look_again_after() const {
  return std::min(longest_rest, life_ / 24);
}

certificate_plan::action certificate_plan::make(wall_time now) {
  auto made = make_(names_, valid_from(now, life_));
  return {step::write_secret,
          {{std::move(made.certificate), std::move(made.key)},
           std::nullopt,
           bundle(std::move(made.authority), secret_ ? authorities() : "", now)},
          "created"};
}

certificate_plan::action certificate_plan::renew(wall_time now) const {
  auto made = make_(names_, valid_from(now, life_));
  auto content = secret_->content;
  content.next = kubernetes::webhook_pair{std::move(made.certificate), std::move(made.key)};
  content.authorities = bundle(std::move(made.authority), content.authorities, now);
  return {step::write_secret, std::move(content), "renewal begun"};
}

certificate_plan::action certificate_plan::next(wall_time now) {
  if (!secret_known_)
    return {step::read_secret};
  const auto later = now + look_again_after();
  if (!leads_) {
    // The leader fills the Secret as soon as it leads: until then this replica answers no request.
    if (secret_ && !usable(now))
      return {.until = now + std::min(until_the_first, look_again_after())};
    // The leader starts at the same time and needs a moment.
    const bool soon = !usable(now) || renewal_due() <= now;
    return {.until = soon ? later : renewal_due() + look_again_after()};
  }
  if (!usable(now))
    return make(now);
  if (!configuration_known_)
    return {step::read_configuration};
  if (configuration_ && !configuration_->trusts(authorities()))
    return {step::trust};
  if (secret_->content.next) {
    const auto settled = !configuration_ ? now // the API server does not call us
                         : !trusted_since_
                             ? later
                             : *trusted_since_ + std::min(longest_settling, life_ / 12);
    if (settled > now)
      return {.until = settled};
    auto content = secret_->content;
    content.current = *std::exchange(content.next, std::nullopt);
    return {step::write_secret, std::move(content), "renewed"};
  }
  if (renewal_due() <= now)
    return renew(now);
  return {.until = std::min(later, renewal_due())};
}

} // namespace acr
