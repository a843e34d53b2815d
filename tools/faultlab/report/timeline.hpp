/// The picture of a run: its faults, and for each instance where pulls worked.
#pragma once

#include <string>

#include "tools/faultlab/report/chronicle.hpp"
#include "tools/faultlab/run.hpp"

namespace acr::faultlab {

/// An SVG element, styled by the classes of the surrounding page.
std::string draw_timeline(const scenario& about, const outcome& out, const chronicle& seen);

} // namespace acr::faultlab
