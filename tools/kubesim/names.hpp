/// The rules for names, labels and keys, with the server's messages: each function describes the
/// error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acr::kubesim {

using problems = std::vector<std::string>;

problems subdomain_problems(std::string_view name);    ///< Of a name of most kinds.
problems label_problems(std::string_view name);        ///< Of a namespace's name.
problems path_segment_problems(std::string_view name); ///< Of a role's name.
problems label_key_problems(std::string_view key);
problems annotation_key_problems(std::string_view key);
problems label_value_problems(std::string_view value);
problems config_key_problems(std::string_view key); ///< Of a key of a Secret or ConfigMap.

std::string join(const problems& list, std::string_view between);

} // namespace acr::kubesim
