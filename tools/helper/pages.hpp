/// The HTTP endpoints of a running helper: /livez, /readyz, /metrics, /status.
#pragma once

#include <memory>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/admission/admission_desk.hpp"
#include "protocol/messages/status.hpp"
#include "protocol/messages/supervisor.hpp"
#include "runtime/aliyun/service_clock.hpp"
#include "runtime/observability/admin_server.hpp"
#include "runtime/observability/log.hpp"
#include "tools/helper/options.hpp"

namespace acr::helper {

/// The actors that the pages are made from.
struct page_sources {
  supervisor root;
  status_board board;
  std::shared_ptr<const aliyun::service_clock> clock;
  std::shared_ptr<const admission_desk> webhook{}; ///< Null: there is none.
};

/// The pages of a server.
struct page_choice {
  bool health = false;
  bool metrics = false;
  bool status = false;
  bool of_this_machine = false; ///< Listens on a loopback address.
};

/// The servers to open: equal addresses share one.
struct page_place {
  page_address where;
  page_choice which;
};
std::vector<page_place> places_of(const run_options& options);

/// Makes the pages from the actors' answers. An actor that does not answer within two seconds
/// counts as dead: 503.
page_maker make_pages(caf::actor_system& system, page_choice which, page_sources from);

/// The host as it stands before a port: an IPv6 address in brackets.
std::string in_a_url(const std::string& host);

using admin_servers = std::vector<std::unique_ptr<admin_server>>;

/// Listens as the options say; on ::1 where 127.0.0.1 does not exist. Errors: those of
/// `admin_server::open`.
result<admin_servers> open_pages(caf::actor_system& system, const run_options& options,
                                 const page_sources& from, const logger& log);

} // namespace acr::helper
