#include "tools/helper/pages.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <boost/json/serialize.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "runtime/actor_defaults.hpp"
#include "runtime/observability/exposition.hpp"
#include "runtime/observability/metrics.hpp"
#include "runtime/observability/status_json.hpp"
#include "runtime/observability/status_page.hpp"
#include "tools/helper/webhook.hpp"

namespace acr::helper {

namespace {

using done = std::function<void(page)>;

// Two of these in a row are shorter than the five seconds that the chart's liveness probe allows,
// one than the three of readiness. The startup probe has one second, and is repeated.
constexpr auto sign_of_life = std::chrono::seconds{2};
// The actor with the list may be busy; the rest of the page is shown without it.
constexpr auto list_patience = std::chrono::milliseconds{800};

page plain(int status, std::string text) {
  return {status, "text/plain; charset=utf-8", std::move(text)};
}

page not_alive() { return plain(503, "the program does not answer\n"); }

page not_trusted() {
  return plain(503,
               "the certificate of the API server has not been trusted for five minutes: see "
               "that the CA of the cluster, in the kubeconfig or the Pod, is that of the server\n");
}

/// Alive means that handlers run: those of the supervisor, and with them all that it would restart,
/// and those of the board, which it would not; and that the API server's certificate is trusted.
void tell_life(caf::event_based_actor* self, const page_sources& from, const done& then) {
  self->request(from.root, sign_of_life, are_you_there{})
      .then(
          [self, board = from.board, then](const here_i_am&) {
            self->request(board, sign_of_life, ask_status{})
                .then(
                    [then](const status_reply& answer) {
                      then(answer.value.trusts_api_server(system_now()) ? plain(200, "ok\n")
                                                                        : not_trusted());
                    },
                    [then](const caf::error&) { then(not_alive()); });
          },
          [then](const caf::error&) { then(not_alive()); });
}

/// Not ready without a configuration or before all lists are complete. The cloud does not matter:
/// failing readiness would not bring it back.
page readiness(const helper_status& state) {
  std::string text = state.ready() ? "ready\n" : "not ready\n";
  text += state.configuration.in_force ? "configuration: in force\n" : "configuration: none yet\n";
  text += state.writing.warm ? "caches: complete\n" : "caches: not complete yet\n";
  return plain(state.ready() ? 200 : 503, std::move(text));
}

template <class Make>
void tell_state(caf::event_based_actor* self, const page_sources& from, const done& then,
                Make make) {
  self->request(from.board, sign_of_life, ask_status{})
      .then([then, make](const status_reply& answer) { then(make(answer.value)); },
            [then](const caf::error&) { then(not_alive()); });
}

/// The view that the URL requests; an invalid number means the first page.
page_wish wish_in(const page_request& wanted) {
  page_wish wish;
  const auto text = [&wanted](const char* key) {
    const auto found = wanted.query.find(key);
    return found == wanted.query.end() ? std::string{} : found->second;
  };
  const auto number = [&text](const char* key) {
    const auto digits = text(key);
    std::size_t value = 1;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return std::clamp<std::size_t>(value, 1, 100'000);
  };
  wish.find = text("find");
  if (wish.find.empty())
    wish.find = text("namespace"); // its former name
  wish.instances = number("instances");
  wish.namespaces = number("namespaces");
  wish.live = text("live") == "1";
  return wish;
}

/// The page for people: without a list of namespaces while the component that has it restarts.
void tell_people(caf::event_based_actor* self, const page_sources& from, const page_request& wanted,
                 const done& then) {
  const auto wish = wish_in(wanted);
  const auto show = [self, from, then, wish](std::optional<namespaces_reply> found) {
    tell_state(self, from, then,
               [shown = namespaces_shown{wish, std::move(found)}](const helper_status& state) {
                 return page{200, "text/html; charset=utf-8",
                             status_page(state, shown, ACR_VERSION, system_now())};
               });
  };
  ask_namespaces question{wish.find, namespaces_on_a_page,
                          (wish.namespaces - 1) * namespaces_on_a_page};
  self->request(from.root, list_patience, std::move(question))
      .then([show](namespaces_reply& found) { show(std::move(found)); },
            [show](const caf::error&) { show(std::nullopt); });
}

std::optional<process_usage> usage_by(const aliyun::service_clock& clock) {
  auto usage = measure_process();
  if (usage)
    usage->clock_behind_seconds = std::chrono::duration<double>(clock.offset()).count();
  return usage;
}

void make_page(caf::event_based_actor* self, const page_request& wanted, page_choice which,
               const page_sources& from, const done& then) {
  const auto& path = wanted.path;
  if (which.health && (path == "/livez" || path == "/healthz"))
    return tell_life(self, from, then);
  if (which.health && path == "/readyz")
    return tell_state(self, from, then, readiness);
  if (which.metrics && path == "/metrics")
    return tell_state(self, from, then,
                      [clock = from.clock, webhook = from.webhook](const helper_status& state) {
                        return page{200, exposition_type,
                                    metrics_text(state, ACR_VERSION, usage_by(*clock)) +
                                        (webhook ? metrics_of(*webhook) : "")};
                      });
  // Names and errors are for users of this machine, not for a foreign page in their browser.
  if (which.status && which.of_this_machine && (path == "/" || path == "/status") &&
      !names_this_machine(wanted.host))
    return then(plain(421, "ask by an address, or as localhost\n"));
  if (which.status && path == "/status")
    return tell_state(self, from, then, [](const helper_status& state) {
      return page{200, "application/json",
                  boost::json::serialize(status_json(state, ACR_VERSION, system_now()))};
    });
  if (which.status && path == "/")
    return tell_people(self, from, wanted, then);
  then(plain(404, "there is no such page\n"));
}

} // namespace

page_maker make_pages(caf::actor_system& system, page_choice which, page_sources from) {
  return [&system, which, from = std::move(from)](const page_request& wanted, const done& then) {
    // An actor for each page: it ends when its request is answered.
    system.spawn(
        [](caf::event_based_actor* self, const page_request& what, page_choice choice,
           const page_sources& sources, const done& answer) {
          install_actor_defaults(self, {});
          make_page(self, what, choice, sources, answer);
        },
        wanted, which, from, then);
  };
}

std::vector<page_place> places_of(const run_options& options) {
  std::vector<page_place> places;
  const auto add = [&](const std::optional<page_address>& where, bool page_choice::*what) {
    if (!where)
      return;
    const auto same = std::find_if(places.begin(), places.end(), [&](const page_place& place) {
      // Port 0 is a different one each time.
      return where->port != 0 && place.where.port == where->port && place.where.host == where->host;
    });
    auto& place = same == places.end() ? places.emplace_back(page_place{*where, {}}) : *same;
    place.which.*what = true;
  };
  add(options.health, &page_choice::health);
  add(options.metrics, &page_choice::metrics);
  add(options.status, &page_choice::status);
  return places;
}

std::string in_a_url(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

namespace {

/// Listens, on ::1 in place of 127.0.0.1 on a machine without IPv4: the chart asks for the latter.
result<std::unique_ptr<admin_server>> open_page(caf::actor_system& system, page_address& where,
                                                page_choice which, const page_sources& from) {
  auto server = admin_server::open(where, make_pages(system, which, from));
  if (server || where.host != "127.0.0.1" ||
      server.error().message != std::generic_category().message(EADDRNOTAVAIL))
    return server;
  where.host = "::1";
  return admin_server::open(where, make_pages(system, which, from));
}

} // namespace

result<admin_servers> open_pages(caf::actor_system& system, const run_options& options,
                                 const page_sources& from, const logger& log) {
  admin_servers servers;
  for (auto [where, which] : places_of(options)) {
    which.of_this_machine =
        where.host == "::1" || where.host.starts_with("127."); // an address, as parsed
    auto server = open_page(system, where, which, from);
    if (!server)
      return server.error();
    log.info("listening", "answers operators",
             {{"address", in_a_url(where.host) + ":" + std::to_string((*server)->port())},
              {"health", which.health},
              {"metrics", which.metrics},
              {"status", which.status}});
    servers.push_back(std::move(*server));
  }
  return servers;
}

} // namespace acr::helper
