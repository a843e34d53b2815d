/// Runs an exec credential plugin as a process, on its own thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "runtime/kubernetes/session.hpp"

namespace acr::kubernetes {

/// A plugin that takes longer than this (waiting for an interactive login) is killed.
inline constexpr std::chrono::milliseconds plugin_timeout = std::chrono::seconds{60};

/// Flow: the process gets our environment, the additions of the kubeconfig, and
/// KUBERNETES_EXEC_INFO; its input is empty, its output is read; a failure quotes the last line of
/// its standard error. `done` is called once, from the thread. Destroying the result kills the
/// process with its group and joins the thread, at once; `done` is then not called any more.
/// Errors: `credentials_bad` (it failed, or could not be started), `http_timeout` (killed),
/// `malformed_answer` (its output is not a credential), `response_too_big` (more than 256 KiB).
std::unique_ptr<running_plugin> run_exec_plugin(const exec_plugin& plugin,
                                                const exec_cluster& cluster,
                                                std::function<void(result<exec_credential>)> done,
                                                std::chrono::milliseconds timeout = plugin_timeout);

} // namespace acr::kubernetes
