/// The part of a Secret that we determine, without its place: shared by all namespaces that hold
/// it.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/kubernetes/objects.hpp"
#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr {

/// Marks our objects; a Secret of our name with this label counts as ours.
inline constexpr const char* managed_by_label = "app.kubernetes.io/managed-by";
using kubernetes::instances_annotation;

/// SHA-256 over the part of a Secret that we determine: document, type, label and annotation.
using content_digest = std::array<unsigned char, 32>;
content_digest digest_of(const kubernetes::secret& observed);
content_digest digest_of(std::string_view document, std::string_view type, std::string_view label,
                         std::string_view annotation);

/// How one instance appears in a Secret: a row of `instances_annotation`.
struct instance_row {
  std::string instance;
  std::vector<std::string> domains;
  std::optional<wall_time> expires_at; ///< Nothing: withdrawn.

  friend bool operator==(const instance_row&, const instance_row&) = default;
};

/// Reads the annotation; malformed rows are skipped.
std::vector<instance_row> read_rows(std::string_view annotation);
/// The same for what others wrote: no expiry is believed beyond the longest lifetime, whatever the
/// annotation says (I15). What is written from that is bounded for good.
std::vector<instance_row> read_rows_of_others(std::string_view annotation, wall_time now);
std::string write_rows(const std::vector<instance_row>& rows);

/// Immutable. A cluster has thousands of namespaces and one or two contents.
struct secret_content {
  std::string type;
  std::string label;      ///< The value of `managed_by_label`.
  std::string annotation; ///< The value of `instances_annotation`.
  secret_string document;
  content_digest digest{};
  bool names_hosts = false;
  bool names_instances = false;       ///< Some that go there; with or without a password.
  std::optional<wall_time> first_end; ///< When the first credential in it expires, as it says.
};
secret_content content_of(const kubernetes::secret& observed);

/// Stores each content once, for as long as it is referenced.
class content_pool {
public:
  /// The content with that digest; `make` is called if there is none.
  template <class Make>
  std::shared_ptr<const secret_content> obtain(const content_digest& digest, Make make) {
    auto& slot = known_[digest];
    if (auto held = slot.lock())
      return held;
    std::shared_ptr<const secret_content> made = make();
    known_[digest] = made;
    forget_unused();
    return made;
  }
  /// Number of contents referenced at present.
  std::size_t size() const;

private:
  void forget_unused();

  std::map<content_digest, std::weak_ptr<const secret_content>> known_;
  std::size_t check_at_ = 64;
};

} // namespace acr
