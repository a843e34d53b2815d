/// The tools shared by all simulators, under the names used here.
#pragma once

namespace acr::simkit {}

namespace acr::cloudsim {
using namespace simkit;
} // namespace acr::cloudsim
