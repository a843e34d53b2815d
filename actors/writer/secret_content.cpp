#include "actors/writer/secret_content.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>

#include "actors/refresh_policy.hpp"
#include "protocol/registry/docker_config.hpp"

namespace acr {

namespace {

/// Hashes texts including their boundaries.
class digester {
public:
  digester() : context_{EVP_MD_CTX_new()} { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
  digester(const digester&) = delete;
  digester& operator=(const digester&) = delete;
  ~digester() { EVP_MD_CTX_free(context_); }

  void add(std::string_view text) {
    const auto size = text.size();
    EVP_DigestUpdate(context_, &size, sizeof size);
    EVP_DigestUpdate(context_, text.data(), text.size());
  }
  content_digest finish() {
    content_digest digest{};
    EVP_DigestFinal_ex(context_, digest.data(), nullptr);
    return digest;
  }

private:
  EVP_MD_CTX* context_;
};

std::string_view value_of(const std::map<std::string, std::string>& map, const char* key) {
  const auto found = map.find(key);
  return found == map.end() ? std::string_view{} : found->second;
}

std::optional<instance_row> read_row(const boost::json::value& value) {
  const auto* item = value.if_object();
  const auto* name = item ? item->if_contains("instance") : nullptr;
  const auto* domains = item ? item->if_contains("domains") : nullptr;
  if (!name || !name->is_string() || !domains || !domains->is_array())
    return std::nullopt;
  instance_row row;
  row.instance = name->get_string();
  for (const auto& domain : domains->get_array())
    if (domain.is_string())
      row.domains.emplace_back(domain.get_string());
  if (const auto* end = item->if_contains("expiresAt"); end && end->is_string())
    row.expires_at = parse_rfc3339(std::string_view{end->get_string()});
  return row;
}

} // namespace

content_digest digest_of(std::string_view document, std::string_view type, std::string_view label,
                         std::string_view annotation) {
  digester sum;
  for (auto part : {document, type, label, annotation})
    sum.add(part);
  return sum.finish();
}

content_digest digest_of(const kubernetes::secret& observed) {
  return digest_of(observed.docker_config.reveal(), observed.type,
                   value_of(observed.labels, managed_by_label),
                   value_of(observed.annotations, instances_annotation));
}

std::vector<instance_row> read_rows(std::string_view annotation) {
  std::vector<instance_row> rows;
  boost::json::error_code error;
  const auto document = boost::json::parse(annotation, error);
  if (error || !document.is_array())
    return rows;
  for (const auto& item : document.get_array())
    if (auto row = read_row(item))
      rows.push_back(std::move(*row));
  return rows;
}

std::vector<instance_row> read_rows_of_others(std::string_view annotation, wall_time now) {
  auto rows = read_rows(annotation);
  for (auto& row : rows)
    if (row.expires_at)
      row.expires_at = std::min<wall_time>(*row.expires_at, now + longest_password_life);
  return rows;
}

std::string write_rows(const std::vector<instance_row>& rows) {
  boost::json::array list;
  for (const auto& row : rows) {
    boost::json::object item{{"instance", row.instance}};
    item["domains"] = boost::json::array(row.domains.begin(), row.domains.end());
    item["state"] = row.expires_at ? "valid" : "withdrawn";
    if (row.expires_at)
      item["expiresAt"] = to_rfc3339(*row.expires_at);
    list.push_back(std::move(item));
  }
  return boost::json::serialize(list);
}

secret_content content_of(const kubernetes::secret& observed) {
  secret_content made;
  made.type = observed.type;
  made.label = value_of(observed.labels, managed_by_label);
  made.annotation = value_of(observed.annotations, instances_annotation);
  made.document = observed.docker_config;
  made.digest = digest_of(observed);
  const auto entries = registry::parse_docker_config(made.document);
  made.names_hosts = entries && !entries->empty();
  const auto rows = read_rows(made.annotation);
  made.names_instances = !rows.empty();
  for (const auto& row : rows)
    if (row.expires_at)
      made.first_end = std::min(made.first_end.value_or(*row.expires_at), *row.expires_at);
  return made;
}

std::size_t content_pool::size() const {
  return static_cast<std::size_t>(std::count_if(
      known_.begin(), known_.end(), [](const auto& item) { return !item.second.expired(); }));
}

void content_pool::forget_unused() {
  if (known_.size() < check_at_)
    return;
  std::erase_if(known_, [](const auto& item) { return item.second.expired(); });
  check_at_ = std::max<std::size_t>(64, 2 * known_.size());
}

} // namespace acr
