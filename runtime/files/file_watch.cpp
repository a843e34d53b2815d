#include "runtime/files/file_watch.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace acr {

namespace {

constexpr std::uint32_t interesting = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE |
                                      IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int look_again_ms = 1000;

std::string folder_of(const std::filesystem::path& path) {
  const auto folder = path.parent_path();
  return folder.empty() ? "." : folder.string();
}

/// Adds missing watches: watching a folder twice is one watch. False if the file's own folder
/// cannot be watched now.
bool add_folders(int events, const std::string& path) {
  std::error_code ignored;
  const auto target = std::filesystem::canonical(path, ignored);
  if (!target.empty())
    inotify_add_watch(events, folder_of(target).c_str(), interesting);
  return inotify_add_watch(events, folder_of(path).c_str(), interesting) >= 0;
}

} // namespace

file_watch::file_watch(std::string path, std::function<void()> changed)
    : events_{inotify_init1(IN_CLOEXEC | IN_NONBLOCK)}, stop_{eventfd(0,
                                                                      EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (events_ < 0 || stop_ < 0) {
    const int why = errno;
    close(events_);
    close(stop_);
    throw std::system_error{why, std::generic_category(), "cannot watch files"};
  }
  thread_ = std::thread{
      [this, path = std::move(path), changed = std::move(changed)] { follow(path, changed); }};
}

file_watch::~file_watch() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(stop_, &one, sizeof one);
  thread_.join();
  close(events_);
  close(stop_);
}

void file_watch::follow(const std::string& path, const std::function<void()>& changed) const {
  bool watching = add_folders(events_, path);
  changed();
  std::array<pollfd, 2> fds{{{events_, POLLIN, 0}, {stop_, POLLIN, 0}}};
  while (true) {
    const int ready = poll(fds.data(), fds.size(), watching ? -1 : look_again_ms);
    if (ready < 0 && errno == EINTR)
      continue;
    if (ready < 0) // no memory, or fewer files allowed: both are looked at now and then
      std::this_thread::sleep_for(std::chrono::milliseconds{look_again_ms});
    std::uint64_t stops = 0;
    if (read(stop_, &stops, sizeof stops) > 0)
      return;
    alignas(inotify_event) std::array<char, 4096> buffer{};
    bool any = false;
    while (read(events_, buffer.data(), buffer.size()) > 0)
      any = true;
    const bool before = std::exchange(watching, add_folders(events_, path));
    if (any || watching != before)
      changed();
  }
}

} // namespace acr
