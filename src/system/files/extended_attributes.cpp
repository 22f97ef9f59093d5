// SPDX-License-Identifier: MIT
#include "system/files/extended_attributes.hpp"

#include <sys/xattr.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "system/files/os_error.hpp"

namespace ollama_gpu {
namespace {

constexpr const char* kAccessList = "system.posix_acl_access";

// Grows with what there is: it may change between the two calls.
template <class Read>
std::optional<std::string> read_whole(Read read) {
  std::string buffer(1024, '\0');
  while (true) {
    const ssize_t size = read(buffer.data(), buffer.size());
    if (size >= 0) return buffer.substr(0, static_cast<std::size_t>(size));
    if (errno != ERANGE || buffer.size() > (1U << 20U)) return std::nullopt;
    buffer.resize(buffer.size() * 4);
  }
}

std::optional<std::string> value_of_attribute(int fd, const char* name) {
  return read_whole([&](char* data, std::size_t size) { return fgetxattr(fd, name, data, size); });
}

// Of the contents, which are new.
bool is_signature(const std::string& name) {
  return name == "security.ima" || name == "security.evm";
}

std::vector<std::string> attribute_names(int fd) {
  const auto list =
      read_whole([&](char* data, std::size_t size) { return flistxattr(fd, data, size); });
  std::vector<std::string> names;
  for (std::size_t start = 0; list && start < list->size();) {
    names.emplace_back(list->c_str() + start);
    start += names.back().size() + 1;
  }
  return names;
}

}  // namespace

Result<void> copy_extended_attributes(int from, int to, const std::string& shown) {
  for (const std::string& name : attribute_names(from)) {
    const auto value = value_of_attribute(from, name.c_str());
    if (is_signature(name) || !value || value == value_of_attribute(to, name.c_str())) continue;
    if (fsetxattr(to, name.c_str(), value->data(), value->size(), 0) == 0) continue;
    return fail(Errc::conflict,
                "cannot replace " + shown + ": its " +
                    (name == kAccessList ? "access control list" : "attribute " + name) +
                    " could not be kept: " + errno_text(errno),
                "change the file by hand, or take that away from it");
  }
  return {};
}

bool has_access_control_list(int fd) { return fgetxattr(fd, kAccessList, nullptr, 0) > 0; }

}  // namespace ollama_gpu
