#include "runtime/kubernetes/exec_plugin.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
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

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

#include "protocol/text.hpp"

namespace acr::kubernetes {

namespace {

// glibc 2.36 declares pidfd_open without C linkage, so that C++ cannot link it.
int open_process(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

constexpr std::size_t max_output = std::size_t{256} << 10;
constexpr std::size_t max_words = 4096; ///< The end of its standard error.
constexpr std::size_t max_shown = 300;  ///< Of its last line there.

/// Closes its descriptor.
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

/// Our end does not block, that of the process does: each end has flags of its own.
struct pipe {
  descriptor read_end;
  descriptor write_end;

  /// Errors: false, and errno.
  bool open() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
      return false;
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    return ::fcntl(write_end.get(), F_SETFL, 0) == 0;
  }
};

/// Arguments for a process: texts, and the null-terminated list of pointers that C needs.
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

/// Where to find the program, or why it is not run.
struct program {
  std::string path; ///< Empty: refused.
  std::string refusal;
};

/// As Go's exec.LookPath, which client-go uses: a name without a slash is looked up in PATH, and a
/// match in the working directory is refused. Otherwise anyone who can write a file there could act
/// as us.
program find_program(const std::string& command) {
  if (command.find('/') != std::string::npos)
    return {command, {}};
  const char* given = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): nothing here sets it
  const std::string path = given != nullptr ? given : "";
  std::vector<std::string> folders;
  if (!path.empty())
    boost::algorithm::split(folders, path, [](char c) { return c == ':'; });
  for (const auto& name : folders) {
    const std::filesystem::path folder{name.empty() ? "." : name};
    const auto file = (folder / command).string();
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored) || ::access(file.c_str(), X_OK) != 0)
      continue;
    if (folder.is_absolute())
      return {file, {}};
    return {
        {},
        "is in a folder of PATH that is relative to the working directory, which is not searched: "
        "give its path"};
  }
  return {{}, std::generic_category().message(ENOENT) + " (it is not in PATH)"};
}

/// Starts it with its output in `output` and its standard error in `words`, as the leader of a
/// process group. Returns an errno.
int start(const exec_plugin& plugin, const exec_cluster& cluster, const std::string& path,
          int output, int words, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, words, STDERR_FILENO);
  // libcurl and Asio open their sockets without CLOEXEC: children that the plugin leaves behind
  // would keep them.
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
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
  const int error =
      posix_spawn(&pid, path.c_str(), &files, &attributes, arguments.data(), variables.data());
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
    const auto found = find_program(plugin_.command);
    if (found.path.empty())
      return cannot_start(found.refusal);
    pipe output;
    pipe words;
    if (!output.open() || !words.open())
      return cannot_start(std::generic_category().message(errno));
    pid_t pid = -1;
    const int error =
        start(plugin_, cluster_, found.path, output.write_end.get(), words.write_end.get(), pid);
    output.write_end.reset();
    words.write_end.reset();
    if (error != 0)
      return cannot_start(std::generic_category().message(error));
    std::string text;
    text.reserve(max_output);
    std::string said;
    const auto how = wait_for(pid, output.read_end.get(), words.read_end.get(), text, said);
    if (how != ending::exited)
      ::kill(-pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    report(how, status, text, said);
    wipe(text);
  }

  void cannot_start(const std::string& why) {
    fail(errc::credentials_bad,
         "cannot be started: " + why +
             (plugin_.install_hint.empty() ? "" : "; " + plugin_.install_hint));
  }

  /// Reads until the process ends, although its children may still hold its output.
  ending wait_for(pid_t pid, int output, int words, std::string& text, std::string& said) const {
    using clock = std::chrono::steady_clock;
    const auto deadline = clock::now() + timeout_;
    const descriptor process{open_process(pid)};
    std::array<pollfd, 4> what{pollfd{stop_.get(), POLLIN, 0}, pollfd{output, POLLIN, 0},
                               pollfd{words, POLLIN, 0}, pollfd{process.get(), POLLIN, 0}};
    for (;;) {
      auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
      if (left <= 0)
        return ending::timed_out;
      if (process.get() < 0) // seccomp or a kernel before 5.3: no notification of its end
        left = std::min<decltype(left)>(left, 20);
      if (::poll(what.data(), what.size(), static_cast<int>(left)) < 0)
        continue; // EINTR
      if (what[0].revents != 0)
        return ending::stopped;
      if (what[1].revents != 0 && !read_all(output, text, max_output))
        what[1].fd = -1; // its end: only the process matters now
      if (what[2].revents != 0 && !read_tail(words, said))
        what[2].fd = -1;
      if (text.size() > max_output)
        return ending::too_big;
      if (what[3].revents != 0 || (process.get() < 0 && has_ended(pid))) {
        read_all(output, text, max_output);
        read_tail(words, said);
        return text.size() > max_output ? ending::too_big : ending::exited;
      }
    }
  }

  /// Leaves it to be waited for.
  static bool has_ended(pid_t pid) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid;
  }

  /// Reads the available data, up to `most`; false at the end.
  static bool read_all(int from, std::string& text, std::size_t most) {
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto count = ::read(from, buffer.data(), buffer.size());
      if (count > 0)
        text.append(buffer.data(), static_cast<std::size_t>(count));
      if (count == 0)
        return false;
      if (count < 0)
        return errno == EAGAIN || errno == EINTR;
      if (text.size() > most)
        return true;
    }
  }

  /// Reads a bounded part of the available data and keeps its end; false at the end.
  static bool read_tail(int from, std::string& tail) {
    const bool more = read_all(from, tail, std::size_t{16} * max_words);
    if (tail.size() > max_words)
      tail.erase(0, tail.size() - max_words);
    return more;
  }

  /// The last line that is not blank.
  static std::string last_line(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto end = text.find_last_not_of(blank);
    if (end == std::string_view::npos)
      return {};
    text = text.substr(0, end + 1);
    const auto begin = text.find_last_of("\r\n");
    return one_line(
        beginning(text.substr(begin == std::string_view::npos ? 0 : begin + 1), max_shown));
  }

  void report(ending how, int status, const std::string& output, const std::string& said) {
    const auto words = last_line(said);
    const auto with_words = [&](const std::string& text) {
      return words.empty() ? text : text + "; it says: " + words;
    };
    switch (how) {
    case ending::stopped:
      return;
    case ending::timed_out:
      fail(errc::http_timeout, with_words("did not end in time and was killed"));
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
      fail(errc::credentials_bad,
           with_words("ended with status " + std::to_string(WEXITSTATUS(status))));
    else
      fail(errc::credentials_bad,
           with_words("was killed by signal " + std::to_string(WTERMSIG(status))));
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
