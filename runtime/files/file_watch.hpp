/// Tells when a file may have changed, however it is replaced.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace acr {

/// Watches the folder of a file by inotify, and that of what it links to: an editor renames, the
/// kubelet swaps the link `..data`, and a watch on the file itself would miss both. It does not
/// look at the file: the receiver reads it and compares.
/// Caveat: while the folder itself is missing, it is looked for once a second.
class file_watch {
public:
  /// `changed` is called from a thread of its own, also for other files of the folder; once at the
  /// start of the watch, so that nothing is missed. Throws std::system_error where the system
  /// allows no further watches.
  file_watch(std::string path, std::function<void()> changed);
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;
  /// Waits for the thread; `changed` is not called any more.
  ~file_watch();

private:
  void follow(const std::string& path, const std::function<void()>& changed) const;

  int events_ = -1;
  int stop_ = -1;
  std::thread thread_;
};

} // namespace acr
