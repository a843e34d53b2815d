/// Parts shared by all requests to a Kubernetes API server.
#pragma once

#include <string>
#include <string_view>

#include "protocol/http.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/objects.hpp"

namespace acr::kubernetes {

/// Percent-encoded (RFC 3986): all but letters, digits and `-._~`.
std::string escaped(std::string_view text);

/// `/api/v1/namespaces/NS/RESOURCE`; without the namespace where it is empty.
std::string collection(const char* resource, const std::string& ns,
                       const char* group_path = "/api/v1/");
std::string collection(object_kind kind, const std::string& ns);
std::string path_of(object_kind kind, const object_ref& ref);

/// A query under construction.
class query {
public:
  query& add(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? '?' : '&';
    text_ += name;
    text_ += '=';
    text_ += escaped(value);
    return *this;
  }
  const std::string& text() const { return text_; }

private:
  std::string text_;
};

http_request get(std::string url);

/// Requests only the metadata of the written object.
http_request write(std::string method, std::string url, std::string type, std::string body);

} // namespace acr::kubernetes
