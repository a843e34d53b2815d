/// Reports when a file may have changed, however it is replaced.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace acr {

/// Watches the folder of a file by inotify, and that of its link target: an editor renames, the
/// kubelet swaps the link `..data`, and a watch on the file itself would miss both. It does not
/// read the file: the receiver does, and compares.
/// Caveat: while the folder itself is missing, it is checked once a second.
class file_watch {
public:
  /// `changed` is called from its own thread, also for other files of the folder; once at the start
  /// of the watch, so that nothing is missed. Throws std::system_error where the system allows no
  /// further watches.
  file_watch(std::string path, std::function<void()> changed);
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;
  /// Joins the thread; `changed` is not called any more.
  ~file_watch();

private:
  void follow(const std::string& path, const std::function<void()>& changed) const;

  int events_ = -1;
  int stop_ = -1;
  std::thread thread_;
};

} // namespace acr
