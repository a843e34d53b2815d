/// The tools that every simulator uses, under the names that this one knows them by.
#pragma once

namespace acr::simkit {}

namespace acr::cloudsim {
using namespace simkit;
} // namespace acr::cloudsim
