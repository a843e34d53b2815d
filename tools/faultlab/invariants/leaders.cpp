#include "tools/faultlab/invariants/leaders.hpp"

#include <string>

namespace acr::faultlab {

namespace {

/// All replicas write Events and Leases; they also request tokens, which changes nothing.
bool is_write(const traffic& seen) {
  return seen.host == "api.lab" && seen.method != "GET" &&
         seen.target.find("/token") == std::string_view::npos &&
         (seen.target.find("/secrets") != std::string_view::npos ||
          seen.target.find("/serviceaccounts/") != std::string_view::npos);
}

class leader_checker : public checker {
public:
  using checker::checker;

  void passed(const traffic& seen) override {
    if (!on_.world || !on_.about.world.elects() || seen.what != traffic::kind::sent ||
        !is_write(seen))
      return;
    const auto holder = on_.world->leader();
    for (std::size_t i = 0; i < on_.world->replicas(); ++i) {
      const auto& who = on_.world->helper(i);
      if (who.name() == seen.source && who.identity() != holder)
        on_.complain("one writer", who.identity() + " sends " + std::string{seen.method} + " " +
                                       std::string{seen.target} + ", and the Lease is of " +
                                       (holder.empty() ? "nobody" : holder));
    }
  }
};

} // namespace

std::unique_ptr<checker> check_leaders(bench& on) { return std::make_unique<leader_checker>(on); }

} // namespace acr::faultlab
