#define BOOST_TEST_MODULE cloudsim_registry_pull
#include <boost/test/unit_test.hpp>

// Debian's docker-registry believes our tokens, and a real image client gets them: the one thing
// about the token endpoint that cannot be shown without these two programs. Where they are missing
// the test does not run; the end-to-end tests pull, too.

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>

#include "tests/tools/cloudsim/cloud_fixture.hpp"
#include "tools/cloudsim/server.hpp"

using namespace acr;
using namespace acr::testing;
using namespace acr::cloudsim;

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream{path, std::ios::binary} << text;
}

std::string read(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A program in the search path, or where a variable says that it is.
std::string program_path(const char* variable, const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  if (const char* told = std::getenv(variable); told && *told != '\0')
    return told;
  std::istringstream list{std::getenv("PATH")}; // NOLINT(concurrency-mt-unsafe)
  for (std::string path; std::getline(list, path, ':');) {
    path.append("/").append(name);
    if (::access(path.c_str(), X_OK) == 0)
      return path;
  }
  return {};
}

std::string registry_path() { return program_path("ACR_DOCKER_REGISTRY", "docker-registry"); }
std::string skopeo_path() { return program_path("ACR_SKOPEO", "skopeo"); }

boost::test_tools::assertion_result programs_are_there(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result out{!registry_path().empty() && !skopeo_path().empty()};
  out.message() << "docker-registry or skopeo is not installed";
  return out;
}

struct scratch_folder {
  scratch_folder() {
    auto name = (fs::temp_directory_path() / "cloudsim-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~scratch_folder() { fs::remove_all(path); }
  fs::path path;
};

/// Ends the program with its owner.
class program {
public:
  program(std::vector<std::string> words, const fs::path& log) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    id_ = ::fork();
    if (id_ == 0) {
      const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      ::dup2(out, 1);
      ::dup2(out, 2);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  ~program() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  bool running() const { return ::waitpid(id_, nullptr, WNOHANG) == 0; }

private:
  pid_t id_ = -1;
};

/// An image of one empty layer in the layout of the Open Container Initiative.
void write_image(const fs::path& folder) {
  const auto put = [&](const std::string& blob, const char* type) {
    const auto digest = aliyun::sha256_hex(blob);
    write(folder / "blobs/sha256" / digest, blob);
    return json::object{{"mediaType", std::string{"application/vnd.oci.image."} + type},
                        {"digest", std::string{"sha256:"} + digest},
                        {"size", blob.size()}};
  };
  const auto layer = put(std::string(1024, '\0'), "layer.v1.tar"); // the end of a tar archive
  const auto config =
      put(json::serialize(json::object{
              {"architecture", "amd64"},
              {"os", "linux"},
              {"rootfs",
               json::object{{"type", "layers"}, {"diff_ids", json::array{layer.at("digest")}}}}}),
          "config.v1+json");
  auto manifest =
      put(json::serialize(json::object{
              {"schemaVersion", 2}, {"config", config}, {"layers", json::array{layer}}}),
          "manifest.v1+json");
  manifest["annotations"] = json::object{{"org.opencontainers.image.ref.name", "latest"}};
  write(folder / "index.json",
        json::serialize(json::object{{"schemaVersion", 2}, {"manifests", json::array{manifest}}}));
  write(folder / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
}

struct pull_fixture : cloud_fixture {
  explicit pull_fixture(
      std::shared_ptr<const token_signer> key = std::make_shared<const token_signer>())
      : cloud_fixture{key}, signer{std::move(key)} {}

  /// A password that was issued `before` now.
  std::string password(const test_key& key, std::chrono::milliseconds before = 0ms) {
    now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) - before;
    return body(token_request(key)).at("AuthorizationToken").as_string().c_str();
  }

  /// Starts a registry that takes its tokens from `auth_port`, and returns its port.
  std::string start_registry(std::uint16_t auth_port, const std::string& certificate) {
    write(folder.path / "tokens.pem", certificate);
    std::ostringstream config;
    config << "version: 0.1\nlog: {level: info}\nstorage: {filesystem: {rootdirectory: "
           << folder.path.string() << "/storage}}\nhttp: {addr: '127.0.0.1:0'}\n"
           << "auth:\n  token:\n    realm: http://127.0.0.1:" << auth_port
           << "/auth\n    service: any\n    issuer: cloudsim\n    rootcertbundle: "
           << folder.path.string() << "/tokens.pem\n";
    write(folder.path / "registry.yaml", config.str());
    const auto log = folder.path / "registry.log";
    registry = std::make_unique<program>(
        std::vector<std::string>{registry_path(), "serve",
                                 (folder.path / "registry.yaml").string()},
        log);
    const std::string mark = "listening on 127.0.0.1:";
    while (registry->running()) {
      const auto text = read(log);
      const auto at = text.find(mark);
      const auto end = at == std::string::npos ? at : text.find_first_of("\" ", at + mark.size());
      if (end != std::string::npos)
        return text.substr(at + mark.size(), end - at - mark.size());
      std::this_thread::yield();
    }
    BOOST_FAIL("docker-registry did not start: " + read(log));
    return {};
  }

  bool skopeo(const std::string& words) {
    const auto log = (folder.path / "skopeo.log").string();
    const auto line = skopeo_path() + " --insecure-policy " + words + " >" + log + " 2>&1";
    const bool good = std::system(line.c_str()) == 0; // NOLINT(cert-env33-c,concurrency-mt-unsafe)
    said = read(log);
    BOOST_TEST_MESSAGE(said);
    return good;
  }

  bool pull(const std::string& image, const std::string& with) {
    fs::remove_all(folder.path / "pulled");
    return skopeo("copy --src-tls-verify=false " +
                  (with.empty() ? "--src-no-creds " : "--src-creds 'cr_temp_user:" + with + "' ") +
                  image + " oci:" + folder.path.string() + "/pulled:latest") &&
           fs::exists(folder.path / "pulled/index.json");
  }

  bool push(const std::string& image, const std::string& with) {
    return skopeo("copy --dest-tls-verify=false --dest-creds 'cr_temp_user:" + with +
                  "' oci:" + folder.path.string() + "/image:latest " + image);
  }

  std::shared_ptr<const token_signer> signer;
  scratch_folder folder;
  std::unique_ptr<program> registry;
  std::string said;
};

} // namespace

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(programs_are_there))
BOOST_FIXTURE_TEST_CASE(a_registry_lets_in_who_has_a_fresh_password_and_the_permission,
                        pull_fixture) {
  // Issued first: the cloud belongs to the server's thread from then on.
  const auto fresh = password(root);
  const auto reader = password(puller);
  const auto expired = password(root, 61min);
  cloudsim::server shell{cloud, make_authority("test CA")};
  const auto port = shell.listen({"127.0.0.1", 0, listener::kind::plain, ""});
  std::thread thread{[&] { shell.run(); }};

  write_image(folder.path / "image");
  const auto base = "docker://127.0.0.1:" + start_registry(port, signer->pem().certificate);
  BOOST_TEST(!push(base + "/team/app:1", expired));
  BOOST_TEST(push(base + "/team/app:1", fresh));
  BOOST_TEST(push(base + "/team/secret:1", fresh));
  BOOST_TEST(push(base + "/open/app:1", fresh));

  BOOST_TEST(pull(base + "/team/app:1", fresh));
  BOOST_TEST(pull(base + "/team/app:1", reader));
  BOOST_TEST(!pull(base + "/team/app:1", ""));
  BOOST_TEST(!pull(base + "/team/app:1", expired));
  BOOST_TEST(!pull(base + "/team/app:1", "guess"));
  BOOST_TEST(!pull(base + "/team/secret:1", reader)); // denied by policy
  BOOST_TEST(pull(base + "/open/app:1", ""));
  BOOST_TEST(!pull(base + "/open/app:1", expired));

  shell.stop();
  thread.join();
}
