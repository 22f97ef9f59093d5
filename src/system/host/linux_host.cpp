// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/host/linux_host.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>

#include "ollama_gpu/core/systemd/environment.hpp"
#include "system/files/file_io.hpp"
#include "system/files/rooted_tree.hpp"

namespace ollama_gpu {
namespace {

std::optional<std::string> read_in(const RootedTree& tree, const std::string& path) {
  const UniqueFd fd = tree.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return std::nullopt;
  auto text = read_all(fd.get(), path);
  if (!text) return std::nullopt;
  return std::move(*text);
}

// os-release(5) and machine-info(5) are written as environment files are.
std::map<std::string, std::string> read_fields(const std::string& path, const std::string& text) {
  constexpr unsigned kAnyVersion = 255;
  std::map<std::string, std::string> fields;
  for (const Assignment& field : parse_environment_file(path, text, kAnyVersion).assignments) {
    fields[field.name] = field.value;
  }
  return fields;
}

void add_os_release(const RootedTree& tree, SpecifierTable& table) {
  std::string path = "/etc/os-release";
  auto text = read_in(tree, path);
  if (!text) text = read_in(tree, path = "/usr/lib/os-release");
  if (!text) return;
  const auto fields = read_fields(path, *text);
  using Letter = std::pair<char, const char*>;
  for (const auto& [letter, name] :
       {Letter{'o', "ID"}, Letter{'w', "VERSION_ID"}, Letter{'B', "BUILD_ID"},
        Letter{'W', "VARIANT_ID"}, Letter{'M', "IMAGE_ID"}, Letter{'A', "IMAGE_VERSION"}}) {
    const auto field = fields.find(name);
    // A field that is not there expands to nothing.
    table[letter] = field == fields.end() ? "" : field->second;
  }
}

std::string hex_digits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != '-' && c != '\n') digits += c;
  }
  const bool valid =
      digits.size() == 32 && digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  return valid ? digits : "";
}

// systemd's own names (src/basic/architecture.c).
std::string architecture(const std::string& machine) {
  using Pair = std::pair<const char*, const char*>;
  for (const auto& [kernel, systemd] :
       {Pair{"x86_64", "x86-64"}, Pair{"i686", "x86"}, Pair{"i586", "x86"}, Pair{"i486", "x86"},
        Pair{"i386", "x86"}, Pair{"aarch64", "arm64"}, Pair{"aarch64_be", "arm64-be"},
        Pair{"ppc64le", "ppc64-le"}, Pair{"ppc64", "ppc64"}, Pair{"riscv64", "riscv64"},
        Pair{"s390x", "s390x"}, Pair{"loongarch64", "loongarch64"}}) {
    if (machine == kernel) return systemd;
  }
  return {};
}

// What only holds for the machine that runs now.
void add_running_machine(const RootedTree& tree, SpecifierTable& table) {
  utsname names{};
  if (uname(&names) == 0) {
    const std::string host = names.nodename;
    table['H'] = host;
    table['l'] = host.substr(0, host.find('.'));
    table['v'] = names.release;
    if (const std::string arch = architecture(names.machine); !arch.empty()) table['a'] = arch;
    const std::string path = "/etc/machine-info";
    const auto fields = read_fields(path, read_in(tree, path).value_or(""));
    const auto pretty = fields.find("PRETTY_HOSTNAME");
    table['q'] = pretty == fields.end() || pretty->second.empty() ? table['l'] : pretty->second;
  }
  const auto boot = read_small_file("/proc/sys/kernel/random/boot_id");
  if (const std::string id = hex_digits(boot.value_or("")); !id.empty()) table['b'] = id;
}

void add_system_manager(SpecifierTable& table) {
  table.insert({{'t', "/run"},
                {'S', "/var/lib"},
                {'C', "/var/cache"},
                {'L', "/var/log"},
                {'E', "/etc"},
                {'u', "root"},
                {'U', "0"},
                {'g', "root"},
                {'G', "0"},
                {'h', "/root"}});
}

// %S and %L of the user's manager moved in systemd 254: they are left out.
void add_user_manager(SpecifierTable& table) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr && *value == '/' ? value : "");
  };
  const passwd* user = getpwuid(getuid());
  std::string home = variable("HOME");
  if (home.empty() && user != nullptr) home = user->pw_dir;
  const auto below_home = [&](const char* name, const char* fallback) {
    const std::string value = variable(name);
    return value.empty() && !home.empty() ? home + fallback : value;
  };
  const std::map<char, std::string> values{{'h', home},
                                           {'t', variable("XDG_RUNTIME_DIR")},
                                           {'E', below_home("XDG_CONFIG_HOME", "/.config")},
                                           {'C', below_home("XDG_CACHE_HOME", "/.cache")},
                                           {'u', user != nullptr ? user->pw_name : ""},
                                           {'U', std::to_string(getuid())},
                                           {'G', std::to_string(getgid())}};
  for (const auto& [letter, value] : values) {
    if (!value.empty()) table[letter] = value;
  }
}

}  // namespace

LinuxHost::LinuxHost(const std::string& root, Manager manager)
    : LinuxHost(std::make_shared<RootedTree>(root), manager) {}

LinuxHost::LinuxHost(std::shared_ptr<const RootedTree> tree, Manager manager)
    : tree_(std::move(tree)), manager_(manager) {}

SpecifierTable LinuxHost::specifiers() const {
  SpecifierTable table{{'T', "/tmp"}, {'V', "/var/tmp"}};
  if (manager_ == Manager::system) {
    add_system_manager(table);
  } else {
    add_user_manager(table);
  }
  add_os_release(*tree_, table);
  const auto machine = read_in(*tree_, "/etc/machine-id");
  if (const std::string id = hex_digits(machine.value_or("")); !id.empty()) table['m'] = id;
  if (tree_->is_system()) add_running_machine(*tree_, table);
  return table;
}

bool LinuxHost::systemd_running() const {
  struct stat status {};
  return tree_->is_system() && lstat("/run/systemd/system", &status) == 0 &&
         S_ISDIR(status.st_mode);
}

bool LinuxHost::is_root() const { return geteuid() == 0; }

unsigned LinuxHost::user_id() const { return geteuid(); }

unsigned LinuxHost::group_id() const { return getegid(); }

Result<std::string> LinuxHost::own_program() const {
  std::array<char, 4096> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  const std::string program(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  // The kernel writes " (deleted)" behind the name of a file that was replaced.
  const bool there = !program.empty() && access(program.c_str(), X_OK) == 0;
  if (there && static_cast<std::size_t>(size) < path.size()) return program;
  return fail(Errc::failed,
              program.empty() ? "cannot tell which file this program is: /proc is not there"
                              : "cannot find the file of this program: " + program,
              "run it again: it may have been replaced just now");
}

}  // namespace ollama_gpu
