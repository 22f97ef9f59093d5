// SPDX-License-Identifier: MIT
#include "system/files/sysfs.hpp"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "system/files/directory_stream.hpp"
#include "system/files/file_io.hpp"

namespace ollama_gpu::sysfs {
std::vector<std::string> sorted_names(const std::string& path) {
  std::vector<std::string> names;
  const DirectoryStream stream(opendir(path.c_str()));
  if (!stream) return names;
  // The kernel's directories end without an error; what is hidden is none of theirs.
  for_each_entry(stream.get(), [&names](const dirent& entry) {
    if (entry.d_name[0] != '.') names.emplace_back(entry.d_name);
  });
  std::ranges::sort(names);
  return names;
}

std::string field(const std::string& path) {
  return std::string(stripped(read_small_file(path).value_or("")));
}

std::optional<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, base);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

std::string link_target(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  if (realpath(path.c_str(), buffer.data()) == nullptr) return {};
  return buffer.data();
}

std::string link_name(const std::string& path) {
  const std::string target = link_target(path);
  return target.substr(target.find_last_of('/') + 1);
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace ollama_gpu::sysfs
