/// The picture of a run: what was disturbed when, and for each instance who could pull.
#pragma once

#include <string>

#include "tools/faultlab/report/chronicle.hpp"
#include "tools/faultlab/run.hpp"

namespace acr::faultlab {

/// An SVG element that is styled by the classes of the page around it.
std::string draw_timeline(const scenario& about, const outcome& out, const chronicle& seen);

} // namespace acr::faultlab
