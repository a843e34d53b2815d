// A watch as bytes: however they are cut, the same is understood.
#include <string>
#include <variant>

#include "runtime/kubernetes/watch_machine.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace acr;
using namespace acr::kubernetes;

/// What happened, without delays: those are random.
std::string follow(std::string_view bytes, std::size_t piece) {
  watch_tuning tuning;
  tuning.max_line = 4096;
  watch_machine machine{{object_kind::secret, "", "metadata.name=acr"}, tuning, 1};
  std::string seen;
  std::uint64_t stream = 0;
  const auto take = [&](const watch_actions& actions) {
    for (const auto& action : actions)
      if (const auto* opened = std::get_if<start_stream>(&action)) {
        stream = opened->stream;
      } else if (const auto* page = std::get_if<send_page>(&action)) {
        seen.append("page ").append(page->request.url).append("\n");
      } else if (const auto* trouble = std::get_if<emit_trouble>(&action)) {
        fuzz::check_failure(trouble->reason);
        seen.append("trouble ").append(to_string(trouble->reason)).append("\n");
      } else if (const auto* events = std::get_if<emit_events>(&action)) {
        for (const auto& event : events->events) {
          seen.append("event ").append(std::to_string(static_cast<int>(event.kind)));
          if (event.kind != watch_event_kind::init && event.kind != watch_event_kind::init_done) {
            const auto& meta = meta_of(event.object);
            seen.append(meta.ref.name).append(meta.resource_version);
          }
          seen.append("\n");
        }
      }
  };
  take(machine.start());
  const auto first = stream;
  take(machine.stream_opened(first));
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    take(machine.stream_data(first, bytes.substr(at, piece)));
  take(machine.stream_closed(first, std::nullopt));
  return seen;
}

} // namespace

void acr::fuzz::target(std::string_view input) {
  const auto whole = follow(input, input.size() + 1);
  FUZZ_CHECK(follow(input, 1) == whole);
  FUZZ_CHECK(follow(input, 7) == whole);
}
