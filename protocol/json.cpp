#include "protocol/json.hpp"

#include <cstddef>
#include <new>
#include <optional>
#include <utility>

#include <boost/json/memory_resource.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/parser.hpp>
#include <openssl/crypto.h>

namespace acr {

namespace json = boost::json;

namespace {

/// Bytes that the parser may still allocate; nothing: no document is being parsed.
thread_local std::optional<std::size_t> left_to_parser;

class budget {
public:
  explicit budget(std::size_t most) { left_to_parser = most; }
  budget(const budget&) = delete;
  budget& operator=(const budget&) = delete;
  ~budget() { left_to_parser.reset(); }
};

class cleansing_resource final : public json::memory_resource {
  // Alignments are not forwarded: Boost 1.81 allocates keys with 1 and frees them with 16, and
  // never needs more than the default.
  void* do_allocate(std::size_t bytes, std::size_t /*alignment*/) override {
    if (left_to_parser && bytes > *left_to_parser)
      throw std::bad_alloc{};
    auto* const memory = ::operator new(bytes);
    if (left_to_parser)
      *left_to_parser -= bytes;
    return memory;
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t /*alignment*/) override {
    if (left_to_parser)
      *left_to_parser += bytes;
    OPENSSL_cleanse(memory, bytes);
    ::operator delete(memory);
  }
  bool do_is_equal(const json::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

// The recursion of readers is bounded by the document's depth. managedFields nest deepest, at
// about 20.
constexpr std::size_t max_depth = 64;

} // namespace

json::storage_ptr cleansing_storage() {
  static cleansing_resource resource;
  return &resource;
}

result<json::value> parse_json(std::string_view text, std::size_t most) try {
  json::parse_options options;
  options.max_depth = max_depth;
  const budget limit{most};
  json::parser parser{cleansing_storage(), options};
  parser.reset(cleansing_storage());
  json::error_code error;
  parser.write(text, error);
  if (error)
    return malformed("not JSON: " + error.message());
  return parser.release();
} catch (const std::bad_alloc&) {
  return make_failure(errc::response_too_big, {}, "JSON of too many values");
}

result<json::object> parse_json_object(std::string_view text, std::size_t most) {
  auto value = parse_json(text, most);
  if (!value)
    return value.error();
  auto* members = value->if_object();
  if (members == nullptr)
    return malformed("not a JSON object");
  return std::move(*members);
}

const json::object* object_at(const json::object* from, std::string_view key) {
  const auto* member = from != nullptr ? from->if_contains(key) : nullptr;
  return member != nullptr ? member->if_object() : nullptr;
}

std::string string_at(const json::object* from, std::string_view key) {
  const auto* member = from != nullptr ? from->if_contains(key) : nullptr;
  const auto* text = member != nullptr ? member->if_string() : nullptr;
  return text != nullptr ? std::string{text->data(), text->size()} : std::string{};
}

failure malformed(std::string message) {
  return make_failure(errc::malformed_answer, {}, std::move(message));
}

} // namespace acr
