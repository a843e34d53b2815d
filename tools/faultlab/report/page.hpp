/// One page for a run: readable without a network, in light and dark.
#pragma once

#include <string>

#include "tools/faultlab/report/chronicle.hpp"
#include "tools/faultlab/run.hpp"

namespace acr::faultlab {

/// Returns a whole HTML document. `out.trace` provides the context of a violation, if recorded.
std::string write_page(const scenario& about, const outcome& out, const chronicle& seen);

/// Runs it again for the page, and writes that to a file. Throws std::runtime_error if the file
/// cannot be written.
void write_page_of(const scenario& about, const std::string& path);

} // namespace acr::faultlab
