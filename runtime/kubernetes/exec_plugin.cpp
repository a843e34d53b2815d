#include "runtime/kubernetes/exec_plugin.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace acr::kubernetes {

namespace {

// glibc 2.36 declares pidfd_open without C linkage, so that C++ cannot link it.
int open_process(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

constexpr std::size_t max_output = std::size_t{256} << 10;

/// Closes what it holds.
class descriptor {
public:
  explicit descriptor(int fd = -1) : fd_{fd} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { reset(); }

  int get() const { return fd_; }
  void reset(int fd = -1) {
    if (fd_ >= 0)
      ::close(fd_);
    fd_ = fd;
  }

private:
  int fd_;
};

/// What a process is given: texts, and the null-terminated list of pointers that C wants.
class text_list {
public:
  explicit text_list(std::vector<std::string> texts) : texts_{std::move(texts)} {
    for (auto& text : texts_)
      pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char* const* data() { return pointers_.data(); }

private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

std::vector<std::string> command_line(const exec_plugin& plugin) {
  std::vector<std::string> line{plugin.command};
  line.insert(line.end(), plugin.args.begin(), plugin.args.end());
  return line;
}

std::vector<std::string> environment_of(const exec_plugin& plugin, const exec_cluster& cluster) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable{*entry};
    const auto name = variable.substr(0, variable.find('='));
    bool replaced = name == "KUBERNETES_EXEC_INFO";
    for (const auto& [key, value] : plugin.env)
      replaced = replaced || key == name;
    if (!replaced)
      variables.push_back(variable);
  }
  for (const auto& [key, value] : plugin.env)
    variables.emplace_back(key).append("=").append(value);
  variables.push_back("KUBERNETES_EXEC_INFO=" + render_exec_info(plugin, cluster));
  return variables;
}

/// Starts it with its output in `output`, as the leader of a process group. Returns an errno.
int start(const exec_plugin& plugin, const exec_cluster& cluster, int output, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(
      &attributes,
      static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
  text_list arguments{command_line(plugin)};
  text_list variables{environment_of(plugin, cluster)};
  const int error = posix_spawnp(&pid, plugin.command.c_str(), &files, &attributes,
                                 arguments.data(), variables.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

class plugin_process final : public running_plugin {
public:
  plugin_process(exec_plugin plugin, exec_cluster cluster,
                 std::function<void(result<exec_credential>)> done,
                 std::chrono::milliseconds timeout)
      : plugin_{std::move(plugin)}, cluster_{std::move(cluster)}, done_{std::move(done)},
        timeout_{timeout}, stop_{::eventfd(0, EFD_CLOEXEC)}, thread_{[this] { run(); }} {}

  ~plugin_process() override {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
    thread_.join();
  }

  plugin_process(const plugin_process&) = delete;
  plugin_process& operator=(const plugin_process&) = delete;

private:
  enum class ending : std::uint8_t { exited, timed_out, stopped, too_big };

  void run() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
      fail(errc::credentials_bad, std::generic_category().message(errno));
      return;
    }
    const descriptor read_end{ends[0]};
    descriptor write_end{ends[1]};
    // The process must not inherit O_NONBLOCK: it shares the open file with our end of writing
    // only.
    ::fcntl(write_end.get(), F_SETFL, 0);
    pid_t pid = -1;
    const int error = start(plugin_, cluster_, write_end.get(), pid);
    write_end.reset();
    if (error != 0) {
      fail(errc::credentials_bad,
           "cannot be started: " + std::generic_category().message(error) +
               (plugin_.install_hint.empty() ? "" : "; " + plugin_.install_hint));
      return;
    }
    std::string output;
    output.reserve(max_output);
    const auto how = wait_for(pid, read_end.get(), output);
    if (how != ending::exited)
      ::kill(-pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    report(how, status, output);
    wipe(output);
  }

  /// Reads until the process ends, whoever else may still hold its output.
  ending wait_for(pid_t pid, int output, std::string& text) const {
    using clock = std::chrono::steady_clock;
    const auto deadline = clock::now() + timeout_;
    const descriptor process{open_process(pid)};
    std::array<pollfd, 3> what{pollfd{stop_.get(), POLLIN, 0}, pollfd{output, POLLIN, 0},
                               pollfd{process.get(), POLLIN, 0}};
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
      if (left <= 0)
        return ending::timed_out;
      if (::poll(what.data(), what.size(), static_cast<int>(left)) < 0)
        continue; // EINTR
      if (what[0].revents != 0)
        return ending::stopped;
      if (what[1].revents != 0 && !read_all(output, text))
        what[1].fd = -1; // its end: only the process matters now
      if (text.size() > max_output)
        return ending::too_big;
      if (what[2].revents != 0) {
        read_all(output, text);
        return text.size() > max_output ? ending::too_big : ending::exited;
      }
    }
  }

  /// Reads what there is; false at the end.
  static bool read_all(int from, std::string& text) {
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto count = ::read(from, buffer.data(), buffer.size());
      if (count > 0)
        text.append(buffer.data(), static_cast<std::size_t>(count));
      if (count == 0)
        return false;
      if (count < 0)
        return errno == EAGAIN || errno == EINTR;
      if (text.size() > max_output)
        return true;
    }
  }

  void report(ending how, int status, const std::string& output) {
    switch (how) {
    case ending::stopped:
      return;
    case ending::timed_out:
      fail(errc::http_timeout, "did not end in time and was killed");
      return;
    case ending::too_big:
      fail(errc::response_too_big, "wrote more than 256 KiB");
      return;
    case ending::exited:
      break;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      done_(decode_exec_credential(plugin_, output));
    else if (WIFEXITED(status))
      fail(errc::credentials_bad, "ended with status " + std::to_string(WEXITSTATUS(status)));
    else
      fail(errc::credentials_bad, "was killed by signal " + std::to_string(WTERMSIG(status)));
  }

  void fail(errc code, const std::string& message) {
    done_(make_failure(code, "run credential plugin " + plugin_.command, message));
  }

  exec_plugin plugin_;
  exec_cluster cluster_;
  std::function<void(result<exec_credential>)> done_;
  std::chrono::milliseconds timeout_;
  descriptor stop_;
  std::thread thread_; // last: it uses all others
};

} // namespace

std::unique_ptr<running_plugin> run_exec_plugin(const exec_plugin& plugin,
                                                const exec_cluster& cluster,
                                                std::function<void(result<exec_credential>)> done,
                                                std::chrono::milliseconds timeout) {
  return std::make_unique<plugin_process>(plugin, cluster, std::move(done), timeout);
}

} // namespace acr::kubernetes
