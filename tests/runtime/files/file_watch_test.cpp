#define BOOST_TEST_MODULE file_watch
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/files/file_watch.hpp"
#include "runtime/shutdown.hpp"

using namespace acr;
namespace fs = std::filesystem;

namespace {

struct folder {
  folder() {
    std::string pattern = (fs::temp_directory_path() / "acr-watch-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~folder() { fs::remove_all(path); }

  fs::path path;
};

void put(const fs::path& file, const std::string& text) { std::ofstream{file} << text; }

std::string content(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

/// Reads the file whenever it is told, and waits until it has seen a certain content.
class follower {
public:
  explicit follower(const fs::path& file)
      : watch_{file.string(), [this, file] {
                 const std::lock_guard lock{mutex_};
                 seen_ = content(file);
                 changed_.notify_all();
               }} {}

  /// False after half a minute without it.
  bool sees(const std::string& text) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return seen_ == text; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string seen_ = "nothing yet";
  file_watch watch_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_watch_suite, folder)

BOOST_AUTO_TEST_CASE(sees_the_file_as_it_is_at_the_start) {
  put(path / "a", "one");
  follower reader{path / "a"};
  BOOST_TEST(reader.sees("one"));
}

BOOST_AUTO_TEST_CASE(sees_a_file_written_in_place) {
  put(path / "a", "one");
  follower reader{path / "a"};
  BOOST_TEST(reader.sees("one"));
  put(path / "a", "two");
  BOOST_TEST(reader.sees("two"));
}

BOOST_AUTO_TEST_CASE(sees_a_file_replaced_by_rename) {
  put(path / "a", "one");
  fs::create_directory(path / "new"); // made elsewhere, and before: only the rename is to be seen
  put(path / "new" / "a", "two");
  follower reader{path / "a"};
  BOOST_TEST(reader.sees("one"));
  fs::rename(path / "new" / "a", path / "a");
  BOOST_TEST(reader.sees("two"));
}

BOOST_AUTO_TEST_CASE(sees_a_file_that_is_deleted_and_comes_back) {
  put(path / "a", "one");
  follower reader{path / "a"};
  BOOST_TEST(reader.sees("one"));
  fs::remove(path / "a");
  BOOST_TEST(reader.sees(""));
  put(path / "a", "two");
  BOOST_TEST(reader.sees("two"));
}

BOOST_AUTO_TEST_CASE(sees_the_link_that_a_kubelet_swaps) {
  fs::create_directory(path / "..1");
  fs::create_directory(path / "..2");
  put(path / "..1" / "a", "one");
  put(path / "..2" / "a", "two");
  fs::create_directory_symlink("..1", path / "..data");
  fs::create_symlink("..data/a", path / "a");
  follower reader{path / "a"};
  BOOST_TEST(reader.sees("one"));
  fs::create_directory_symlink("..2", path / "..data.new");
  fs::rename(path / "..data.new", path / "..data");
  BOOST_TEST(reader.sees("two"));
}

BOOST_AUTO_TEST_CASE(sees_a_change_behind_a_link_to_another_folder) {
  fs::create_directory(path / "real");
  fs::create_directory(path / "links");
  put(path / "real" / "a", "one");
  fs::create_symlink(path / "real" / "a", path / "links" / "a");
  follower reader{path / "links" / "a"};
  BOOST_TEST(reader.sees("one"));
  put(path / "real" / "a", "two");
  BOOST_TEST(reader.sees("two"));
}

BOOST_AUTO_TEST_CASE(waits_for_a_folder_that_does_not_exist_yet) {
  follower reader{path / "later" / "a"};
  BOOST_TEST(reader.sees(""));
  fs::create_directory(path / "later");
  put(path / "later" / "a", "one");
  BOOST_TEST(reader.sees("one"));
}

BOOST_AUTO_TEST_CASE(ends_though_the_system_does_not_let_it_wait) {
  put(path / "a", "one");
  const auto child = fork();
  if (child == 0) {
    const watchdog guard{std::chrono::seconds{30}, exit_code::stuck};
    {
      std::atomic<int> calls = 0; // sanitizers need files for their checks of a promise
      file_watch watch{(path / "a").string(), [&calls] {
                         ++calls;
                         calls.notify_all();
                       }};
      calls.wait(0);
      const rlimit one_file{1, 1}; // the kernel polls no more than that
      setrlimit(RLIMIT_NOFILE, &one_file);
      fs::remove(path / "a");
      calls.wait(1);
    }
    _exit(7);
  }
  int status = 0;
  waitpid(child, &status, 0);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 7);
}

BOOST_AUTO_TEST_SUITE_END()
