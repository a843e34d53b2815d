#include "protocol/kubernetes/kubeconfig.hpp"

#include <filesystem>
#include <optional>

#include <yaml-cpp/yaml.h>

#include "protocol/base64.hpp"

namespace acr::kubernetes {

namespace {

/// Thrown and caught in this file only.
struct refusal {
  failure reason;
};

[[noreturn]] void refuse(const std::string& path, const YAML::Mark& mark, const std::string& what) {
  std::string message;
  if (!mark.is_null())
    message = "line " + std::to_string(mark.line + 1) + ", column " +
              std::to_string(mark.column + 1) + ": ";
  throw refusal{make_failure(errc::config_bad, "read kubeconfig " + path, message + what)};
}

/// A mapping of a document, with the context for error messages.
struct section {
  const std::string* path = nullptr; ///< Of the document.
  YAML::Node node;
  std::string what; ///< "user \"admin\""

  [[noreturn]] void refuse_at(const YAML::Node& where, const std::string& text) const {
    refuse(*path, where.Mark(), what + ": " + text);
  }

  YAML::Node member(const char* key) const {
    return node.IsMap() ? node[key] : YAML::Node{YAML::NodeType::Undefined};
  }
  /// Whether it has content: null, an empty text and an empty list are omitted by client-go, too,
  /// and common in generated files.
  bool has(const char* key) const {
    const auto found = member(key);
    return found.IsDefined() && !found.IsNull() && (found.IsMap() || !is_empty(found));
  }
  static bool is_empty(const YAML::Node& found) {
    return found.IsScalar() ? found.Scalar().empty() : found.size() == 0;
  }
  std::string text(const char* key) const {
    if (!has(key))
      return {};
    const auto found = member(key);
    if (!found.IsScalar())
      refuse_at(found, std::string{"`"} + key + "` must be a text");
    return found.Scalar();
  }
  bool flag(const char* key) const {
    if (!has(key))
      return false;
    const auto found = member(key);
    bool value = false;
    if (!found.IsScalar() || !YAML::convert<bool>::decode(found, value))
      refuse_at(found, std::string{"`"} + key + "` must be true or false");
    return value;
  }
  /// Relative paths are relative to the document's folder.
  std::string resolved(const std::string& file) const {
    const std::filesystem::path given{file};
    if (file.empty() || given.is_absolute())
      return file;
    return (std::filesystem::path{*path}.parent_path() / given).lexically_normal().string();
  }
  /// As kubectl: the data counts if both are present.
  pem_source pem(const char* file_key, const char* data_key) const {
    pem_source source;
    if (const auto encoded = text(data_key); !encoded.empty()) {
      auto decoded = decode_base64(encoded);
      if (!decoded)
        refuse_at(member(data_key), std::string{"`"} + data_key + "` must be base64");
      source.data = secret_string{std::move(*decoded)};
    } else {
      source.path = resolved(text(file_key));
    }
    return source;
  }
};

/// The documents, merged on demand.
class merged {
public:
  explicit merged(const std::vector<kubeconfig_document>& documents) {
    for (const auto& document : documents) {
      try {
        roots_.push_back({&document.path, YAML::Load(std::string{document.text.reveal()}), {}});
      } catch (const YAML::Exception& e) {
        // The text after a colon in yaml-cpp's messages is quoted from the document.
        refuse(document.path, e.mark, "not YAML: " + e.msg.substr(0, e.msg.find(':')));
      }
      const auto& root = roots_.back().node;
      if (!root.IsMap() && !root.IsNull())
        refuse(document.path, root.Mark(), "must be a mapping with clusters, users and contexts");
    }
  }

  std::string current_context() const {
    for (const auto& root : roots_)
      if (auto name = root.text("current-context"); !name.empty())
        return name;
    return {};
  }

  /// The first entry with that name in the list `clusters`, `users` or `contexts`.
  std::optional<section> find(const char* list, const char* kind, const std::string& name) const {
    std::optional<section> found;
    each(list, kind, [&](const section& entry, const std::string& its_name) {
      if (!found && its_name == name)
        found = entry;
    });
    return found;
  }

  std::string names(const char* list, const char* kind) const {
    std::string text;
    each(list, kind, [&](const section&, const std::string& name) {
      text += (text.empty() ? "" : ", ") + name;
    });
    return text.empty() ? "there is none" : "there are: " + text;
  }

  [[noreturn]] void refuse_all(const std::string& what) const {
    refuse(roots_.empty() ? std::string{} : *roots_.front().path, YAML::Mark::null_mark(), what);
  }

private:
  template <class Visit>
  void each(const char* list, const char* kind, Visit visit) const {
    for (const auto& root : roots_) {
      if (!root.has(list))
        continue;
      const auto entries = root.member(list);
      if (!entries.IsSequence())
        refuse(*root.path, entries.Mark(), std::string{"`"} + list + "` must be a list");
      for (const auto& element : entries) {
        const YAML::Node& item = element; // which is more than a node: assigning would slice it
        const section entry{root.path, item, std::string{"an entry of `"} + list + "`"};
        // Only errors in the chosen entry count; one without a name cannot be chosen.
        const auto name = entry.member("name");
        if (!name.IsDefined() || !name.IsScalar() || name.Scalar().empty())
          continue;
        const auto what = std::string{kind} + " \"" + name.Scalar() + "\"";
        auto body = entry.has(kind) ? entry.member(kind) : YAML::Node{YAML::NodeType::Map};
        visit(section{root.path, body, what}, name.Scalar());
      }
    }
  }

  std::vector<section> roots_;
};

exec_plugin plugin_from(const section& user) {
  const section from{user.path, user.member("exec"), user.what + ", exec"};
  if (!from.node.IsMap())
    user.refuse_at(from.node, "`exec` must be a mapping");
  exec_plugin plugin;
  plugin.command = from.text("command");
  if (plugin.command.empty())
    from.refuse_at(from.node, "must have a `command`");
  // A bare name is looked up in PATH.
  if (plugin.command.find('/') != std::string::npos)
    plugin.command = from.resolved(plugin.command);
  plugin.api_version = from.text("apiVersion");
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1")
    from.refuse_at(from.has("apiVersion") ? from.member("apiVersion") : from.node,
                   "`apiVersion` must be client.authentication.k8s.io/v1 or .../v1beta1");
  // As client-go: v1 has no default.
  const auto mode = from.text("interactiveMode");
  const bool may_be_missing = plugin.api_version.ends_with("v1beta1");
  if (mode != "Never" && mode != "IfAvailable" && !(mode.empty() && may_be_missing))
    from.refuse_at(mode.empty() ? from.node : from.member("interactiveMode"),
                   "`interactiveMode` must be Never or IfAvailable: there is no terminal");
  plugin.install_hint = from.text("installHint");
  plugin.provide_cluster_info = from.flag("provideClusterInfo");
  if (from.has("args")) {
    const auto args = from.member("args");
    if (!args.IsSequence())
      from.refuse_at(args, "`args` must be a list of texts");
    for (const auto& arg : args) {
      if (!arg.IsScalar())
        from.refuse_at(arg, "`args` must be a list of texts");
      plugin.args.push_back(arg.Scalar());
    }
  }
  if (from.has("env")) {
    const auto env = from.member("env");
    if (!env.IsSequence())
      from.refuse_at(env, "`env` must be a list of name and value");
    for (const auto& element : env) {
      const YAML::Node& item = element;
      const section variable{user.path, item, from.what + ", env"};
      const auto name = variable.text("name");
      if (name.empty() || name.find('=') != std::string::npos)
        variable.refuse_at(item, "must have a `name` without `=`");
      plugin.env.emplace_back(name, variable.text("value"));
    }
  }
  return plugin;
}

constexpr const char* impersonation =
    "impersonation is not supported: name a user with permissions of its own";

credential_source credential_from(const section& user) {
  if (!user.node.IsMap())
    user.refuse_at(user.node, "must be a mapping");
  // Without these the request would silently be made as another user.
  for (const auto& [key, advice] :
       {std::pair{"auth-provider", "was removed from Kubernetes 1.26: use `exec`"},
        std::pair{"username", "basic authentication was removed from Kubernetes 1.19"},
        std::pair{"as", impersonation}, std::pair{"as-uid", impersonation},
        std::pair{"as-groups", impersonation}, std::pair{"as-user-extra", impersonation}})
    if (user.has(key) && !(user.member(key).IsMap() && user.member(key).size() == 0))
      user.refuse_at(user.member(key), std::string{"`"} + key + "`: " + advice);
  if (user.has("tokenFile"))
    return token_file{user.resolved(user.text("tokenFile"))};
  if (user.has("token"))
    return fixed_token{secret_string{user.text("token")}};
  if (const auto exec = user.member("exec"); exec.IsDefined() && !exec.IsNull())
    return plugin_from(user);
  return no_credential{};
}

void read_cluster(const section& cluster, kubeconfig_access& access) {
  access.server = cluster.text("server");
  while (access.server.ends_with('/'))
    access.server.pop_back();
  if (!access.server.starts_with("https://") && !access.server.starts_with("http://"))
    cluster.refuse_at(cluster.has("server") ? cluster.member("server") : cluster.node,
                      "`server` must be given, as https://host:port");
  const auto authority = access.server.find("://") + 3;
  if (access.server.substr(0, access.server.find_first_of("/?#", authority)).find('@') !=
      std::string::npos)
    cluster.refuse_at(
        cluster.member("server"),
        "`server` must hold neither user nor password: they belong to the `user`, as a "
        "token, a client certificate or a plugin");
  access.ca = cluster.pem("certificate-authority", "certificate-authority-data");
  access.tls_server_name = cluster.text("tls-server-name");
  access.proxy_url = cluster.text("proxy-url");
  access.insecure_skip_verify = cluster.flag("insecure-skip-tls-verify");
  if (access.insecure_skip_verify && !access.ca.empty())
    cluster.refuse_at(cluster.member("insecure-skip-tls-verify"),
                      "`insecure-skip-tls-verify` must not be true where there is a "
                      "`certificate-authority`");
}

void read_user(const section& user, kubeconfig_access& access) {
  access.client_cert = user.pem("client-certificate", "client-certificate-data");
  access.client_key = user.pem("client-key", "client-key-data");
  if (access.client_cert.empty() != access.client_key.empty())
    user.refuse_at(user.node, "`client-certificate` and `client-key` belong together");
  access.credential = credential_from(user);
}

kubeconfig_access resolve(const merged& all, std::string context) {
  if (context.empty())
    context = all.current_context();
  if (context.empty())
    all.refuse_all("no `current-context`: name a context; " + all.names("contexts", "context"));
  const auto chosen = all.find("contexts", "context", context);
  if (!chosen)
    all.refuse_all("no context \"" + context + "\"; " + all.names("contexts", "context"));
  kubeconfig_access access;
  access.context = context;
  access.ns = chosen->text("namespace");
  const auto cluster_name = chosen->text("cluster");
  const auto cluster = all.find("clusters", "cluster", cluster_name);
  if (!cluster)
    chosen->refuse_at(chosen->node,
                      "no cluster \"" + cluster_name + "\"; " + all.names("clusters", "cluster"));
  read_cluster(*cluster, access);
  // Without a user: anonymous, as kubectl.
  if (const auto user_name = chosen->text("user"); !user_name.empty()) {
    const auto user = all.find("users", "user", user_name);
    if (!user)
      chosen->refuse_at(chosen->member("user"),
                        "no user \"" + user_name + "\"; " + all.names("users", "user"));
    read_user(*user, access);
  }
  return access;
}

} // namespace

result<kubeconfig_access> parse_kubeconfig(const std::vector<kubeconfig_document>& documents,
                                           const std::string& context) {
  try {
    return resolve(merged{documents}, context);
  } catch (const refusal& e) {
    return e.reason;
  } catch (const YAML::Exception&) {
    // Nothing above is known to throw; the exception's text could quote a token.
    return make_failure(errc::config_bad, "read kubeconfig", "not the shape of a kubeconfig");
  }
}

} // namespace acr::kubernetes
