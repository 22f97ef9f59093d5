// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/state/file_state_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <charconv>
#include <ctime>

#include "ollama_gpu/core/text/shell_word.hpp"
#include "system/files/file_io.hpp"
#include "system/files/os_error.hpp"
#include "system/files/rooted_tree.hpp"
#include "system/state/generation_files.hpp"

namespace ollama_gpu {
namespace {

using Seconds = ports::StateStore::Seconds;

constexpr std::size_t kKeptGenerations = 20;

// A file name made of a unit's id; ids hold no slash, but nothing here relies on that.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos && name.size() < 250;
}

Failure bad_name(const std::string& name) {
  return fail(Errc::usage, "cannot keep the state of \"" + name + "\": it is no unit name");
}

// Anyone who could write here could have us put back their file as root.
Result<UniqueFd> checked(Result<UniqueFd> directory, const std::string& shown) {
  if (!directory) return directory;
  struct stat status {};
  if (fstat(directory->get(), &status) != 0) return os_failure("look at", shown, errno);
  if (status.st_uid != geteuid()) {
    return fail(Errc::conflict,
                "cannot use " + shown + ": it belongs to another user (uid " +
                    std::to_string(status.st_uid) + ")",
                "move it away");
  }
  if ((status.st_mode & 0022U) != 0) {
    return fail(Errc::conflict, "cannot use " + shown + ": other users may write to it",
                "chmod 0700 " + shell_word(shown));
  }
  return directory;
}

class FileLock final : public ports::Lock {
 public:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  ~FileLock() override {
    // Emptied, not removed: whoever waits for it has the same file open.
    if (ftruncate(fd_.get(), 0) != 0) return;
  }

 private:
  UniqueFd fd_;
};

struct LockHolder {
  int pid = 0;
  std::string command;
};

LockHolder read_holder(int fd) {
  std::array<char, 4096> buffer{};
  const ssize_t size = pread(fd, buffer.data(), buffer.size(), 0);
  const std::string_view text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  LockHolder holder;
  std::from_chars(text.data(), text.data() + text.size(), holder.pid);
  if (const auto line = text.find('\n'); line != std::string_view::npos) {
    holder.command = stripped(text.substr(line));
  }
  return holder;
}

Failure still_held(const std::string& unit_id, const LockHolder& holder) {
  std::string message = "another ollama-gpu is at work on " + unit_id;
  if (holder.pid != 0) message += ": process " + std::to_string(holder.pid);
  if (!holder.command.empty()) message += " (" + holder.command + ")";
  return fail(Errc::busy, message, "wait for it, or give a longer --lock-timeout");
}

Result<UniqueFd> open_lock(int directory, const std::string& name, const std::string& shown) {
  UniqueFd fd =
      open_at(directory, name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
  if (!fd && errno == ELOOP) {
    return fail(Errc::conflict, "cannot use " + shown + ": it is a symbolic link", "remove it");
  }
  if (!fd) return os_failure("open", shown, errno);
  return fd;
}

// Polls, because flock(2) knows no time limit. Someone may have removed the file while we waited:
// a lock on a file without a name keeps nobody out.
Result<bool> try_lock(int fd, const std::string& shown) {
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return os_failure("lock", shown, errno);
  }
  return true;
}

bool has_name(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && status.st_nlink > 0;
}

void write_holder(int fd, const std::string& command) {
  std::string text = std::to_string(getpid()) + '\n' + command.substr(0, 4000) + '\n';
  // Only for the message of those who wait; the lock holds without it.
  if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0) return;
  write_all(fd, text);
}

}  // namespace

FileStateStore::FileStateStore(std::string directory, const std::string& root, std::string command)
    : FileStateStore(std::move(directory), std::make_shared<RootedTree>(root), std::move(command)) {
}

FileStateStore::FileStateStore(std::string directory, std::shared_ptr<const RootedTree> tree,
                               std::string command)
    : tree_(std::move(tree)), directory_(std::move(directory)), command_(std::move(command)) {}

FileStateStore::~FileStateStore() = default;

Result<std::unique_ptr<ports::Lock>> FileStateStore::lock(const std::string& unit_id,
                                                          Seconds timeout, const OnWait& on_wait) {
  if (!is_plain_name(unit_id)) return bad_name(unit_id);
  const auto directory = checked(tree_->make_directory(directory_, 0700), tree_->shown(directory_));
  if (!directory) return Failure(directory.error());
  const std::string name = unit_id + ".lock";
  const std::string shown = tree_->shown(directory_ + '/' + name);
  const auto start = std::chrono::steady_clock::now();
  UniqueFd fd;
  while (true) {
    if (!fd) {
      auto opened = open_lock(directory->get(), name, shown);
      if (!opened) return Failure(opened.error());
      fd = std::move(*opened);
    }
    const auto locked = try_lock(fd.get(), shown);
    if (!locked) return Failure(locked.error());
    if (*locked && has_name(fd.get())) break;
    if (*locked || !has_name(fd.get())) {
      fd.close();
      continue;
    }
    const LockHolder holder = read_holder(fd.get());
    if (std::chrono::steady_clock::now() - start >= timeout) return still_held(unit_id, holder);
    if (on_wait && !on_wait(holder.pid, holder.command)) {
      return fail(Errc::interrupted, "cannot lock " + unit_id + ": interrupted");
    }
    constexpr timespec kPause{0, 50'000'000};
    nanosleep(&kPause, nullptr);  // a signal ends it early
  }
  write_holder(fd.get(), command_);
  tidy(unit_id);
  return std::make_unique<FileLock>(std::move(fd));
}

// What a killed run left; no other can be at work now.
void FileStateStore::tidy(const std::string& unit_id) const {
  const std::string path = directory_ + '/' + unit_id;
  const auto fd = checked(tree_->open_directory(path, false), tree_->shown(path));
  if (fd) generation_files::tidy({fd->get(), tree_->shown(path)});
}

Result<std::uint64_t> FileStateStore::store(const ports::Generation& generation) {
  if (!is_plain_name(generation.unit)) return bad_name(generation.unit);
  const std::string path = directory_ + '/' + generation.unit;
  auto parent = checked(tree_->make_directory(directory_, 0700), tree_->shown(directory_));
  if (!parent) return Failure(parent.error());
  const auto fd = checked(tree_->make_directory(path, 0700), tree_->shown(path));
  if (!fd) return Failure(fd.error());
  const generation_files::Directory directory{fd->get(), tree_->shown(path)};
  const auto ids = generation_files::ids(directory);
  if (!ids) return Failure(ids.error());
  ports::Generation numbered = generation;
  numbered.id = ids->empty() ? 1 : ids->back() + 1;
  if (auto written = generation_files::write(directory, numbered); !written) {
    return Failure(written.error());
  }
  generation_files::prune(directory, kKeptGenerations);
  return numbered.id;
}

Result<void> FileStateStore::set_result(const std::string& unit_id, std::uint64_t id,
                                        ports::GenerationResult result) {
  if (!is_plain_name(unit_id)) return bad_name(unit_id);
  const std::string path = directory_ + '/' + unit_id;
  const auto fd = checked(tree_->open_directory(path, false), tree_->shown(path));
  if (!fd) return Failure(fd.error());
  return generation_files::set_result({fd->get(), tree_->shown(path)}, id, result);
}

Result<std::vector<ports::Generation>> FileStateStore::list(
    const std::string& unit_id, std::vector<std::string>& damaged) const {
  std::vector<ports::Generation> generations;
  if (!is_plain_name(unit_id)) return bad_name(unit_id);
  const std::string path = directory_ + '/' + unit_id;
  const auto fd = checked(tree_->open_directory(path, false), tree_->shown(path));
  if (!fd && fd.error().code == Errc::not_found) return generations;
  if (!fd) return Failure(fd.error());
  const generation_files::Directory directory{fd->get(), tree_->shown(path)};
  const auto ids = generation_files::ids(directory);
  if (!ids) return Failure(ids.error());
  for (const std::uint64_t id : *ids) {
    auto generation = generation_files::read(directory, id);
    if (generation) {
      generations.push_back(std::move(*generation));
    } else {
      damaged.push_back(generation.error().message);
      ports::Generation unread;
      unread.id = id;
      unread.unit = unit_id;
      unread.result = ports::GenerationResult::damaged;
      generations.push_back(std::move(unread));
    }
  }
  return generations;
}

}  // namespace ollama_gpu
