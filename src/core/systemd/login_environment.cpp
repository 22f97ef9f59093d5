// SPDX-License-Identifier: MIT
#include "core/systemd/login_environment.hpp"

#include <array>

#include "core/systemd/accounts.hpp"
#include "core/systemd/service_setting.hpp"
#include "ollama_gpu/core/contains.hpp"

namespace ollama_gpu {

namespace {

constexpr unsigned kVersionOfSetLoginEnvironment = 256;

// src/basic/user-util.c, is_nologin_shell: of such an account the shell is not told.
bool is_no_login(std::string_view shell) {
  constexpr std::array<std::string_view, 8> kNoLogin{
      "/bin/nologin", "/sbin/nologin",  "/usr/bin/nologin", "/usr/sbin/nologin",
      "/bin/false",   "/usr/bin/false", "/bin/true",        "/usr/bin/true"};
  return shell.empty() || contains(kNoLogin, shell);
}

// The setting that names the user, or makes it root; nothing: systemd sets no variable.
std::optional<ServiceSetting> login_user(const UnitSnapshot& snapshot, unsigned version) {
  auto user = service_setting(snapshot, "User");
  const auto wanted = service_setting(snapshot, "SetLoginEnvironment");
  if (!wanted || version < kVersionOfSetLoginEnvironment) return user;
  if (!is_yes(wanted->value)) return std::nullopt;
  return user ? user : ServiceSetting{"root", wanted->place, wanted->source};
}

}  // namespace

std::vector<Assignment> login_environment(const FileReader& files, const UnitSnapshot& snapshot,
                                          unsigned version) {
  const auto user = login_user(snapshot, version);
  if (!user) return {};
  const Expansion name = expand_specifiers(user->value, snapshot.specifiers.in(user->source.file));
  const auto account = find_account(files, name.text);
  if (name.status != Expansion::Status::ok || !account) return {};
  std::vector<Assignment> variables{{"LOGNAME", account->name, user->source},
                                    {"USER", account->name, user->source}};
  const auto dynamic = service_setting(snapshot, "DynamicUser");
  if (dynamic && is_yes(dynamic->value)) return variables;
  const bool has_home = account->home.starts_with('/') && account->home != "/";
  if (has_home) variables.push_back({"HOME", account->home, user->source});
  if (!is_no_login(account->shell)) variables.push_back({"SHELL", account->shell, user->source});
  return variables;
}

bool comes_from_user(const Source& source) {
  return source.directive == "User" || source.directive == "SetLoginEnvironment";
}

}  // namespace ollama_gpu
