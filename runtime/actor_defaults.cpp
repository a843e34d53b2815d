#include "runtime/actor_defaults.hpp"

#include <exception>
#include <string>

#include <boost/core/demangle.hpp>

#include <caf/actor_system.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/sec.hpp>

namespace acr {

namespace {

std::string describe(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return boost::core::demangle(typeid(error).name()) + ": " + error.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

} // namespace

void install_actor_defaults(caf::scheduled_actor* self, const logger& log, log_level failures) {
  self->set_default_handler([log](caf::scheduled_actor* actor,
                                  caf::message_view&) -> caf::result<caf::message> {
    log.warning("message_unexpected", "dropped an unexpected message", {{"actor", actor->name()}});
    return caf::sec::unexpected_message;
  });
  self->set_down_handler([](caf::scheduled_actor*, caf::down_msg&) {});
  self->set_exit_handler([](caf::scheduled_actor* actor, caf::exit_msg& message) {
    if (message.reason)
      actor->quit(std::move(message.reason));
  });
  self->set_error_handler([log](caf::scheduled_actor* actor, caf::error& reason) {
    log.error("error_unhandled", "unhandled error",
              {{"actor", actor->name()}, {"reason", actor->home_system().render(reason)}});
    actor->quit(std::move(reason));
  });
  self->set_exception_handler(
      [log, failures](caf::scheduled_actor* actor, std::exception_ptr& thrown) -> caf::error {
        auto text = describe(thrown);
        const auto tell = failures == log_level::error ? &logger::error : &logger::debug;
        (log.*tell)("actor_failed", "exception in a handler; the actor ends",
                    {{"actor", actor->name()}, {"reason", text}});
        return caf::make_error(caf::sec::runtime_error, std::move(text));
      });
}

} // namespace acr
