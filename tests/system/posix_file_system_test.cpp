// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/files/posix_file_system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

ports::FileContent ours(std::string bytes) {
  return ports::FileContent{std::move(bytes), 0644, geteuid(), getegid()};
}

TEST(PosixFileSystem, reads_files_links_and_directories) {
  const TempDir dir;
  dir.write("a/file", "text", 0640);
  dir.link("file", "a/link");
  const PosixFileSystem files;
  EXPECT_EQ(files.read(dir.at("a/link")), "text");
  EXPECT_EQ(files.read_link(dir.at("a/link")), "file");
  const auto status = files.status(dir.at("a/file"));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->type, FileType::regular);
  EXPECT_EQ(status->mode, 0640U);
  EXPECT_EQ(status->size, 4U);
  EXPECT_GT(status->mtime_ns, 1'500'000'000'000'000'000);
  EXPECT_EQ(files.status(dir.at("a/link"))->type, FileType::symlink);
  EXPECT_EQ(files.status(dir.at("a"))->type, FileType::directory);
  std::vector<std::string> names;
  const auto entries = files.list(dir.at("a"));
  ASSERT_TRUE(entries);
  for (const auto& entry : *entries) {
    names.push_back(entry.name);
    EXPECT_EQ(entry.type, entry.name == "link" ? FileType::symlink : FileType::regular);
  }
  EXPECT_THAT(names, UnorderedElementsAre("file", "link"));
}

TEST(PosixFileSystem, says_what_is_not_there) {
  const TempDir dir;
  const PosixFileSystem files;
  const auto missing = files.read(dir.at("none"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_EQ(missing.error().message,
            "cannot open " + dir.at("none") + ": No such file or directory");
  EXPECT_EQ(files.list(dir.at("none")).error().code, Errc::not_found);
  EXPECT_EQ(files.status(dir.at("none")).error().code, Errc::not_found);
  EXPECT_EQ(files.resolve(dir.at("none")).error().code, Errc::not_found);
  EXPECT_EQ(*files.load(dir.at("none/file")), std::nullopt);
  EXPECT_EQ(files.read(dir.path()).error().code, Errc::conflict);
  EXPECT_EQ(files.read("relative").error().code, Errc::failed);
  EXPECT_EQ(files.read(std::string("/etc/passwd\0x", 13)).error().code, Errc::failed);
}

TEST(PosixFileSystem, never_waits_for_a_fifo) {
  const TempDir dir;
  ASSERT_EQ(mkfifo(dir.at("fifo").c_str(), 0644), 0);
  const PosixFileSystem files;
  EXPECT_THAT(files.read(dir.at("fifo")).error().message, HasSubstr("not a regular file"));
  EXPECT_EQ(files.read("/dev/null"), "");
  EXPECT_THAT(files.read("/dev/zero").error().message, HasSubstr("not a regular file"));
}

TEST(PosixFileSystem, refuses_files_without_end) {
  const TempDir dir;
  dir.write("large", std::string((16U << 20U) + 1, 'x'));
  EXPECT_THAT(PosixFileSystem().read(dir.at("large")).error().message, HasSubstr("too large"));
}

TEST(PosixFileSystem, resolves_every_link) {
  const TempDir dir;
  dir.write("real/file", "");
  dir.link("real", "one");
  dir.link(dir.at("one/../one"), "two");
  const PosixFileSystem files;
  EXPECT_EQ(files.resolve(dir.at("two/./file")),
            std::filesystem::canonical(dir.at("real/file")).string());
  dir.link("loop", "loop");
  EXPECT_EQ(files.resolve(dir.at("loop")).error().code, Errc::conflict);
  EXPECT_EQ(files.resolve("/"), "/");
}

class InRoot : public testing::Test {
 protected:
  InRoot() : files_(root_.path()) {
    outside_.write("secret", "secret");
    root_.write("etc/inside", "inside");
  }
  TempDir outside_;
  TempDir root_;
  PosixFileSystem files_;
};

TEST_F(InRoot, sees_paths_from_its_root) {
  EXPECT_EQ(files_.read("/etc/inside"), "inside");
  root_.link("/etc/inside", "absolute");
  EXPECT_EQ(files_.read("/absolute"), "inside");
  EXPECT_EQ(files_.resolve("/absolute"), "/etc/inside");
  ASSERT_TRUE(files_.exchange("/etc/x.d/zz.conf", {}, ours("new")));
  EXPECT_EQ(root_.read("etc/x.d/zz.conf"), "new");
  EXPECT_THAT(files_.read("/none").error().message, HasSubstr(root_.path() + "/none"));
}

TEST_F(InRoot, no_path_leaves_it) {
  EXPECT_EQ(files_.read("/../../.." + outside_.at("secret")).error().code, Errc::not_found);
  EXPECT_EQ(files_.read(outside_.at("secret")).error().code, Errc::not_found);
  EXPECT_EQ(files_.resolve("/../../etc/inside"), "/etc/inside");
}

TEST_F(InRoot, no_link_leaves_it) {
  root_.link(outside_.path(), "absolute");
  root_.link("../../../../../.." + outside_.path(), "relative");
  root_.link("/proc/self/root", "magic");
  for (const char* name : {"absolute", "relative", "magic"}) {
    const std::string path = std::string("/") + name;
    EXPECT_FALSE(files_.read(path + "/secret")) << name;
    EXPECT_FALSE(files_.list(path)) << name;
    EXPECT_FALSE(files_.resolve(path)) << name;
    EXPECT_FALSE(files_.exchange(path + "/planted", {}, ours("x"))) << name;
    EXPECT_FALSE(files_.exchange(path + "/deeper/planted", {}, ours("x"))) << name;
    EXPECT_TRUE(files_.remove_empty_directory(path + "/secret")) << name;
  }
  EXPECT_EQ(outside_.names(), std::vector<std::string>{"secret"});
}

TEST_F(InRoot, a_link_above_the_target_stays_inside_too) {
  // /etc/systemd -> /tmp/...: absolute, so it means a directory of the image.
  root_.link(outside_.path(), "etc/systemd");
  const auto done = files_.exchange("/etc/systemd/system/x.service.d/zz.conf", {}, ours("x"));
  EXPECT_FALSE(done);
  EXPECT_EQ(outside_.names(), std::vector<std::string>{"secret"});
}

TEST(PosixFileSystem, a_root_that_is_not_there_is_said) {
  PosixFileSystem files("/no/such/root");
  const auto found = files.read("/etc/passwd");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "cannot open /no/such/root: No such file or directory");
  EXPECT_FALSE(files.exchange("/a/b", {}, ours("x")));
}

}  // namespace
}  // namespace ollama_gpu
