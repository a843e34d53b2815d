#include "tools/faultlab/stage/virtual_scheduler.hpp"

namespace acr::faultlab {

virtual_clock::time_point virtual_clock::now() const noexcept {
  ++readings_;
  if (readings_ == most_readings && on_runaway)
    on_runaway();
  if (stalls_ && stall_at_ != 0 && readings_ == stall_at_) {
    stall_at_ = 0;
    // The base class exposes its time as a plain member; only this object is changed.
    const_cast<virtual_clock*>(this)
        ->current_time += // NOLINT(cppcoreguidelines-pro-type-const-cast)
        stall_for_;
  }
  return current_time;
}

} // namespace acr::faultlab
