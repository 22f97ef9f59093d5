// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace ollama_gpu {

// A directory of its own for one test, removed afterwards.
class TempDir {
 public:
  TempDir() {
    std::string name = std::filesystem::temp_directory_path() / "ollama-gpu-test-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string at(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file and the directories above it.
  void write(const std::string& name, const std::string& bytes, unsigned mode = 0644) const {
    const std::filesystem::path file = at(name);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    chmod(file.c_str(), mode);
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(at(name), std::ios::binary);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    return bytes.str();
  }
  bool exists(const std::string& name) const {
    struct stat status {};
    return lstat(at(name).c_str(), &status) == 0;
  }
  unsigned mode(const std::string& name) const {
    struct stat status {};
    return lstat(at(name).c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
  }
  void link(const std::string& target, const std::string& name) const {
    std::filesystem::create_directories(std::filesystem::path(at(name)).parent_path());
    std::filesystem::create_symlink(target, at(name));
  }
  // The names in a directory below, sorted.
  std::vector<std::string> names(const std::string& directory = ".") const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(at(directory))) {
      found.push_back(entry.path().filename());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::string path_;
};

}  // namespace ollama_gpu
