// SPDX-License-Identifier: MIT
#include "system/state/generation_files.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "system/files/file_exchange.hpp"
#include "system/files/file_io.hpp"
#include "system/files/os_error.hpp"
#include "system/state/generation_json.hpp"

namespace ollama_gpu::generation_files {
namespace {

using ports::FileContent;
using ports::Generation;

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;
constexpr const char* kMeta = "meta.json";
const std::string kNewMeta = ".meta.";  // what takes its place

std::vector<std::string> names_or_none(int directory) {
  return names_in(directory, "").value_or(std::vector<std::string>());
}

// Removes a directory of plain files.
void remove_flat(int parent, const std::string& name) {
  const UniqueFd directory = open_at(parent, name.c_str(), kDirectoryFlags);
  if (!directory) return;
  for (const std::string& file : names_or_none(directory.get())) {
    unlinkat(directory.get(), file.c_str(), 0);
  }
  unlinkat(parent, name.c_str(), AT_REMOVEDIR);
}

FileContent private_file(std::string bytes) {
  return FileContent{std::move(bytes), 0600, geteuid(), getegid()};
}

std::string numbered(const char* what, std::size_t number) {
  return std::string(what) + '.' + std::to_string(number);
}

Result<void> write_files(const Directory& directory, const Generation& generation) {
  const auto write_one = [&directory](const std::string& name, std::string bytes) {
    return create_content({directory.fd, name, directory.shown + '/' + name},
                          private_file(std::move(bytes)));
  };
  for (std::size_t i = 0; i < generation.files.size(); ++i) {
    const ports::ReplacedFile& file = generation.files[i];
    Result<void> written;
    if (file.former) written = write_one(numbered("former", i), file.former->bytes);
    if (written && file.written) written = write_one(numbered("written", i), file.written->bytes);
    if (!written) return written;
  }
  if (auto written = write_one(kMeta, to_json(generation)); !written) return written;
  if (const int error = sync_fd(directory.fd)) return os_failure("sync", directory.shown, error);
  return {};
}

Failure damaged(const std::string& shown) {
  return fail(Errc::failed, "cannot read " + shown + ": it is damaged");
}

Result<std::string> read_bytes(const Directory& directory, const std::string& name) {
  const std::string shown = directory.shown + '/' + name;
  auto content = load_content(directory.fd, name, shown);
  if (!content) return Failure(content.error());
  if (!*content) return damaged(shown);
  return std::move((*content)->bytes);
}

Result<void> read_file_bytes(const Directory& directory, const std::string& name,
                             std::optional<FileContent>& content, std::uint64_t size) {
  if (!content) return {};
  auto bytes = read_bytes(directory, name);
  if (!bytes) return Failure(bytes.error());
  if (bytes->size() != size) return damaged(directory.shown + '/' + name);
  content->bytes = std::move(*bytes);
  return {};
}

Result<UniqueFd> open_generation(const Directory& directory, std::uint64_t id) {
  UniqueFd fd = open_at(directory.fd, std::to_string(id).c_str(), kDirectoryFlags);
  if (!fd && errno == ENOENT) {
    return fail(Errc::not_found,
                "cannot find generation " + std::to_string(id) + " in " + directory.shown);
  }
  if (!fd) return os_failure("open", directory.shown + '/' + std::to_string(id), errno);
  return fd;
}

}  // namespace

Result<std::vector<std::uint64_t>> ids(const Directory& directory) {
  const auto names = names_in(directory.fd, directory.shown);
  if (!names) return Failure(names.error());
  // No run of ours comes near it; the number after the greatest would be nought.
  constexpr std::uint64_t kMostId = std::uint64_t{1} << 53U;
  std::vector<std::uint64_t> found;
  for (const std::string& name : *names) {
    std::uint64_t id = 0;
    const char* const end = name.data() + name.size();
    const auto result = std::from_chars(name.data(), end, id);
    if (result.ec == std::errc() && result.ptr == end && id > 0 && id < kMostId)
      found.push_back(id);
  }
  std::ranges::sort(found);
  return found;
}

Result<void> write(const Directory& directory, const Generation& generation) {
  const std::string temporary = ".new." + random_hex(16);
  const std::string shown = directory.shown + '/' + std::to_string(generation.id);
  if (mkdirat(directory.fd, temporary.c_str(), 0700) != 0) {
    return os_failure("create", shown, errno);
  }
  Result<void> written;
  {
    const UniqueFd fd = open_at(directory.fd, temporary.c_str(), kDirectoryFlags);
    written = fd ? write_files({fd.get(), shown}, generation)
                 : Result<void>(os_failure("open", shown, errno));
  }
  if (written && renameat(directory.fd, temporary.c_str(), directory.fd,
                          std::to_string(generation.id).c_str()) != 0) {
    written = os_failure("create", shown, errno);
  }
  if (!written) {
    remove_flat(directory.fd, temporary);
    return written;
  }
  if (const int error = sync_fd(directory.fd)) return os_failure("sync", directory.shown, error);
  return {};
}

Result<Generation> read(const Directory& directory, std::uint64_t id) {
  const auto fd = open_generation(directory, id);
  if (!fd) return Failure(fd.error());
  const Directory own{fd->get(), directory.shown + '/' + std::to_string(id)};
  const auto meta = read_bytes(own, kMeta);
  if (!meta) return Failure(meta.error());
  auto stored = generation_from_json(*meta);
  if (!stored || stored->generation.id != id) return damaged(own.shown + '/' + kMeta);
  for (std::size_t i = 0; i < stored->sizes.size(); ++i) {
    ports::ReplacedFile& file = stored->generation.files[i];
    auto bytes = read_file_bytes(own, numbered("former", i), file.former, stored->sizes[i].former);
    if (bytes) {
      bytes = read_file_bytes(own, numbered("written", i), file.written, stored->sizes[i].written);
    }
    if (!bytes) return Failure(bytes.error());
  }
  return std::move(stored->generation);
}

Result<void> set_result(const Directory& directory, std::uint64_t id,
                        ports::GenerationResult result) {
  auto generation = read(directory, id);
  if (!generation) return Failure(generation.error());
  const auto fd = open_generation(directory, id);
  if (!fd) return Failure(fd.error());
  generation->result = result;
  for (const std::string& name : names_or_none(fd->get())) {
    if (name.starts_with(kNewMeta)) unlinkat(fd->get(), name.c_str(), 0);
  }
  const std::string shown = directory.shown + '/' + std::to_string(id) + '/' + kMeta;
  const std::string temporary = kNewMeta + random_hex(16);
  auto written = create_content({fd->get(), temporary, shown}, private_file(to_json(*generation)));
  if (!written) return written;
  if (renameat(fd->get(), temporary.c_str(), fd->get(), kMeta) != 0) {
    const int error = errno;
    unlinkat(fd->get(), temporary.c_str(), 0);
    return os_failure("write", shown, error);
  }
  if (const int error = sync_fd(fd->get())) return os_failure("sync", shown, error);
  return {};
}

void tidy(const Directory& directory) {
  for (const std::string& name : names_or_none(directory.fd)) {
    if (name.starts_with(".new.") || name.starts_with(".old.")) remove_flat(directory.fd, name);
  }
}

void prune(const Directory& directory, std::size_t keep) {
  const auto found = ids(directory);
  if (!found || found->size() <= keep) return;
  std::size_t surplus = found->size() - keep;
  for (const std::uint64_t id : *found) {
    if (surplus-- == 0) return;
    // One that is still to be put back is kept, however old.
    const auto generation = read(directory, id);
    if (generation && generation->result == ports::GenerationResult::pending) continue;
    // Renamed first: a half removed one must not look like a generation.
    const std::string old = ".old." + random_hex(16);
    if (renameat(directory.fd, std::to_string(id).c_str(), directory.fd, old.c_str()) == 0) {
      remove_flat(directory.fd, old);
    }
  }
}

}  // namespace ollama_gpu::generation_files
