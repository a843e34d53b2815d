#include "tools/faultlab/network/network.hpp"

#include <array>
#include <utility>

namespace acr::faultlab {

namespace {

using std::chrono::milliseconds;

// TCP retransmits lost packets: a delay, not a loss.
constexpr std::size_t smallest_piece = 1;
constexpr std::size_t largest_piece = 200;

/// The first of these that happens, by the odds given; they exclude each other.
fortune::ending ending_of(const link_quality& q, dice& chance) {
  using ending = fortune::ending;
  const std::array<std::pair<double, ending>, 6> odds{{{q.lost_request, ending::lost_request},
                                                       {q.lost_answer, ending::lost_answer},
                                                       {q.reset, ending::reset},
                                                       {q.hung_up, ending::hung_up},
                                                       {q.truncated, ending::cut_short},
                                                       {q.busy, ending::busy}}};
  auto drawn = chance.part();
  for (const auto& [probability, what] : odds) {
    if (drawn < probability)
      return what;
    drawn -= probability;
  }
  return ending::well;
}

} // namespace

void network::attach(const std::string& host, std::shared_ptr<site> server) {
  places_[host].server = std::move(server);
}

const network::place* network::place_of(std::string_view host) const {
  if (const auto found = places_.find(host); found != places_.end())
    return &found->second;
  for (auto dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1))
    if (const auto found = places_.find(std::string{"*"}.append(host.substr(dot)));
        found != places_.end())
      return &found->second;
  return nullptr;
}

site* network::find(std::string_view host) const {
  const auto* found = place_of(host);
  return found ? found->server.get() : nullptr;
}

link& network::to(const std::string& pattern) { return places_[pattern].way; }

const link& network::of(std::string_view host) const {
  static const link nobody{reach::unresolvable, {}};
  const auto* found = place_of(host);
  return found && found->server ? found->way : nobody;
}

fortune network::draw(std::string_view host, std::string_view flow) {
  auto known = drawn_.find(flow);
  if (known == drawn_.end())
    known = drawn_.emplace(flow, 0).first;
  dice chance{seed_, flow, ++known->second};
  const auto& q = of(host).quality;
  fortune out;
  out.there = chance.between(q.delay_least, q.delay_most);
  out.back = chance.between(q.delay_least, q.delay_most);
  out.end = ending_of(q, chance);
  out.framed = chance.happens(0.5);
  out.luck = chance();
  if (chance.happens(q.duplicated)) {
    out.again = chance.between(milliseconds{1}, q.late_most);
    out.back += *out.again; // a client with an answer does not retry
  }
  if (chance.happens(q.late))
    (chance.happens(0.5) ? out.there : out.back) += chance.between(milliseconds{1}, q.late_most);
  if (chance.happens(q.dripped))
    out.drip = chance.between(milliseconds{1}, q.drip_most);
  if (chance.happens(q.silent_stream))
    out.silent_after = chance.between(milliseconds{0}, q.stream_life_most);
  if (chance.happens(q.cut_stream))
    out.cut_after = chance.between(milliseconds{0}, q.stream_life_most);
  if (chance.happens(q.torn_stream))
    out.piece = static_cast<std::size_t>(chance.between(smallest_piece, largest_piece));
  return out;
}

http_response busy_answer(std::uint64_t luck) {
  const auto say = [](int status, const char* type, std::string_view body,
                      std::vector<http_header> more = {}) {
    more.push_back({"Content-Type", type});
    return http_response{status, std::move(more), secret_string{body}};
  };
  switch (luck % 5) {
  case 0:
    return say(429, "text/plain", "slow down", {{"Retry-After", std::to_string(1 + luck / 5 % 9)}});
  case 1:
    return say(502, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>");
  case 2:
    return say(503, "text/html", "<html><body>maintenance</body></html>", {{"Retry-After", "2"}});
  case 3:
    return say(504, "text/plain", "");
  default:
    return say(500, "application/json", "{");
  }
}

} // namespace acr::faultlab
