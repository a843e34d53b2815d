// The document in our Secret, which anyone with access to the namespace may have changed.
#include <algorithm>

#include "protocol/registry/docker_config.hpp"
#include "protocol/registry/host.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  const auto entries = registry::parse_docker_config(secret_string{input});
  check_result(entries);
  if (!entries)
    return;
  const auto written = registry::render_docker_config(*entries);
  const auto again = registry::parse_docker_config(written);
  FUZZ_CHECK(again);
  // Whatever we write, we write the same way again.
  FUZZ_CHECK(registry::render_docker_config(*again) == written);
  for (const auto& entry : *again) {
    FUZZ_CHECK(registry::valid_host(entry.host));
    FUZZ_CHECK(std::any_of(entries->begin(), entries->end(), [&](const auto& original) {
      return original.host == entry.host && original.password == entry.password;
    }));
  }
}
