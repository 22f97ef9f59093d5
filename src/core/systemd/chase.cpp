// SPDX-License-Identifier: MIT
#include "core/systemd/chase.hpp"

namespace ollama_gpu {
namespace {

constexpr int kLinksMax = 32;  // src/basic/chase.c, CHASE_MAX

class Chaser {
 public:
  Chaser(const FileReader& files, const std::string& path, ChaseOptions options)
      : files_(files), todo_(path), options_(options) {}

  Result<std::string> run() {
    for (std::string name = take_name(); !name.empty(); name = take_name()) {
      if (name == "..") {
        done_.erase(done_.empty() ? 0 : done_.rfind('/'));
        continue;
      }
      const std::string child = done_ + "/" + name;
      const Result<FileStatus> status = files_.status(child);
      if (!status) {
        const bool missing = status.error().code == Errc::not_found;
        if (!missing || !options_.may_be_missing || climbs()) return Failure(status.error());
        return child + rest();
      }
      Result<bool> descended = step(child, *status);
      if (!descended) return Failure(descended.error());
    }
    return done_.empty() ? std::string("/") : done_;
  }

 private:
  Result<bool> step(const std::string& child, const FileStatus& status) {
    skip_slashes();
    if (status.type == FileType::symlink && (options_.follow_last || !todo_.empty())) {
      return follow(child);
    }
    if (status.type != FileType::directory && !todo_.empty()) {
      return fail(Errc::failed, "cannot follow " + child + ": not a directory");
    }
    done_ = child;
    return true;
  }

  Result<bool> follow(const std::string& link) {
    if (++links_ > kLinksMax) return fail(Errc::failed, "cannot follow " + link + ": a loop");
    const Result<std::string> target = files_.read_link(link);
    if (!target) return Failure(target.error());
    if (target->empty()) return fail(Errc::failed, "cannot follow " + link + ": an empty link");
    if (target->front() == '/') done_.clear();
    todo_ = todo_.empty() ? *target : *target + "/" + todo_;
    return true;
  }

  // Takes the next component off todo_, passing over "." and slashes; "" at the end.
  std::string take_name() {
    for (;;) {
      skip_slashes();
      const std::size_t end = std::min(todo_.find('/'), todo_.size());
      std::string name = todo_.substr(0, end);
      todo_.erase(0, end);
      if (name != ".") return name;
    }
  }

  void skip_slashes() { todo_.erase(0, std::min(todo_.find_first_not_of('/'), todo_.size())); }

  bool climbs() const { return ("/" + todo_ + "/").find("/../") != std::string::npos; }

  // What is left, without doubled slashes and ".".
  std::string rest() {
    std::string result;
    for (std::string name = take_name(); !name.empty(); name = take_name()) {
      result.append("/").append(name);
    }
    return result;
  }

  const FileReader& files_;
  std::string done_;
  std::string todo_;
  ChaseOptions options_;
  int links_ = 0;
};

}  // namespace

Result<std::string> chase(const FileReader& files, const std::string& path, ChaseOptions options) {
  return Chaser(files, path, options).run();
}

}  // namespace ollama_gpu
