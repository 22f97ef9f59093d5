// SPDX-License-Identifier: MIT
#include "system/processes/cgroup_mount.hpp"

#include <sstream>
#include <vector>

#include "system/files/file_io.hpp"

namespace ollama_gpu {
namespace {

// Blanks in mount points are written as \040 (proc(5)).
std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i + 1, 3);
    if (text[i] == '\\' && digits.size() == 3 &&
        digits.find_first_not_of("01234567") == std::string_view::npos) {
      result += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + digits[2] - '0');
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

struct MountLine {
  std::string directory;
  std::string type;
};

// "36 35 98:0 /root /directory rw,noatime master:1 - type source options"
std::optional<MountLine> parse_line(const std::string& line) {
  const std::size_t separator = line.find(" - ");
  if (separator == std::string::npos) return std::nullopt;
  std::istringstream before(line.substr(0, separator));
  std::istringstream after(line.substr(separator + 3));
  std::string skipped;
  MountLine mount;
  before >> skipped >> skipped >> skipped >> skipped >> mount.directory;
  after >> mount.type;
  if (!before || mount.type.empty()) return std::nullopt;
  mount.directory = unescape(mount.directory);
  return mount;
}

}  // namespace

std::optional<std::string> find_cgroup_mount(const std::string& proc) {
  std::istringstream text(read_small_file(proc + "/self/mountinfo").value_or(""));
  for (std::string line; std::getline(text, line);) {
    const auto mount = parse_line(line);
    if (mount && mount->type == "cgroup2") return mount->directory;
  }
  return std::nullopt;
}

std::string control_group_in(std::string_view text) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kUnified = "0::";
    if (!line.starts_with(kUnified)) continue;
    std::string group = line.substr(kUnified.size());
    constexpr std::string_view kDeleted = " (deleted)";
    if (group.ends_with(kDeleted)) group.resize(group.size() - kDeleted.size());
    return group;
  }
  return {};
}

}  // namespace ollama_gpu
