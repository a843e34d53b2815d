/// Answers that are well formed and absurd: a `Date` of 1970, a credential for 500 years, no
/// endpoints at all. For one instance, while the others get normal answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/http.hpp"

namespace acr::faultlab {

struct absurdity {
  enum class kind {
    date,         ///< The header has the first of January of `year`.
    expiry,       ///< So has the expiry of a credential.
    no_endpoints, ///< The list of the instance's endpoints is empty.
  };
  kind what = kind::date;
  std::string instance; ///< Its id; empty: all.
  int year = 1970;
};

/// Makes an answer of the cloud absurd. `flow` is the operation and the instance, as returned by
/// `site::flow_of`.
void distort(http_response& answer, std::string_view flow, const absurdity& how);

/// "Thu, 01 Jan 1970 00:00:00 GMT": midnight of the first of January.
std::string date_of_year(int year);

} // namespace acr::faultlab
