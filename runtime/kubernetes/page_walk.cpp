#include "runtime/kubernetes/page_walk.hpp"

#include <utility>

namespace acr::kubernetes {

namespace {

// The largest clusters have some 150 000 Pods, and fewer of the objects listed here.
constexpr std::size_t most_objects = 1'000'000;
// A filter may leave a page empty, but hardly several in a row.
constexpr int most_empty_pages = 10;

} // namespace

bool page_walk::shrink() {
  if (limit_ == 1)
    return false;
  limit_ /= 2;
  return true;
}

std::optional<failure> page_walk::took(std::size_t objects, std::string next) {
  ++pages_;
  objects_ += objects;
  empty_in_a_row_ = objects == 0 ? empty_in_a_row_ + 1 : 0;
  const char* problem = nullptr;
  if (!next.empty() && next == token_)
    problem = "the server gives the same continue token again";
  else if (!next.empty() && empty_in_a_row_ >= most_empty_pages)
    problem = "the server sends one empty page after another";
  else if (!next.empty() && objects_ >= most_objects)
    problem = "the list has more than a million objects";
  token_ = std::move(next);
  if (!problem)
    return std::nullopt;
  return make_failure(errc::malformed_answer, step_, problem);
}

} // namespace acr::kubernetes
