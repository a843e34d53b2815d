/// The instances on the status page: those in trouble first.
#pragma once

#include "protocol/messages/status.hpp"
#include "runtime/observability/html.hpp"

namespace acr {

/// The state of an instance, worst first: used to sort, count and colour.
enum class instance_mood { without, troubled, waiting, good };
instance_mood mood_of(const instance_status& instance, wall_time now);

/// "3 of 403 instances without a valid credential" and the like; empty: none has trouble.
std::string instances_in_trouble(const helper_status& state, wall_time now);

/// Writes those with `wish.find` in their name or in a domain, page by page.
void write_instances(html_text& into, const helper_status& state, const page_wish& wish,
                     wall_time now);

} // namespace acr
