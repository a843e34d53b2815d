#include "actors/status_board.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/status/status_model.hpp"
#include "runtime/actor_defaults.hpp"

namespace acr {

namespace {

class status_board_state {
public:
  using pointer = status_board::stateful_pointer<status_board_state>;

  static inline const char* name = "acr.status_board";

  explicit status_board_state(pointer self) : self_{self} {}

  status_board::behavior_type make_behavior(status_board_deps deps) {
    wall_ = std::move(deps.wall);
    install_actor_defaults(self_, deps.log);
    self_->set_down_handler([this](const caf::down_msg& m) {
      std::erase_if(followers_, [&](const fact_sink& who) { return who.address() == m.source; });
    });
    model_.emplace(wall_());
    return {
        [this](const fact_reported& m) {
          model_->apply(m.what, wall_());
          for (const auto& who : followers_)
            self_->send(who, m);
        },
        [this](const follow_facts& m) {
          self_->monitor(m.follower);
          followers_.push_back(m.follower);
        },
        [this](const ask_status&) { return status_reply{model_->state()}; },
    };
  }

private:
  pointer self_;
  wall_clock wall_;
  std::optional<status_model> model_; // set once, by make_behavior
  std::vector<fact_sink> followers_;
};

status_board::behavior_type status_board_body(status_board_state::pointer self,
                                              status_board_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

status_board spawn_status_board(caf::actor_system& system, status_board_deps deps) {
  return system.spawn(status_board_body, std::move(deps));
}

} // namespace acr
