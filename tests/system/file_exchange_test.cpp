// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>

#include "ollama_gpu/system/files/posix_file_system.hpp"
#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

using ports::FileContent;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FileContent ours(std::string bytes, unsigned mode = 0644) {
  return FileContent{std::move(bytes), mode, geteuid(), getegid()};
}

class Exchange : public testing::Test {
 protected:
  std::string target() const { return dir_.at("x.service.d/zz.conf"); }
  Result<void> put(const std::optional<FileContent>& expected,
                   const std::optional<FileContent>& wanted) {
    return files_.exchange(target(), expected, wanted);
  }
  std::vector<std::string> names() const { return dir_.names("x.service.d"); }

  TempDir dir_;
  PosixFileSystem files_;
};

TEST_F(Exchange, makes_the_directory_and_the_file) {
  ASSERT_TRUE(put({}, ours("new")));
  EXPECT_EQ(dir_.read("x.service.d/zz.conf"), "new");
  EXPECT_EQ(dir_.mode("x.service.d"), 0755U);
  EXPECT_THAT(names(), ElementsAre("zz.conf"));
}

TEST_F(Exchange, makes_parents_too) {
  ASSERT_TRUE(files_.exchange(dir_.at("a/b/c.d/zz.conf"), {}, ours("new")));
  EXPECT_EQ(dir_.read("a/b/c.d/zz.conf"), "new");
}

TEST_F(Exchange, mode_does_not_depend_on_the_umask) {
  const mode_t former = umask(077);
  const auto done = put({}, ours("new", 0644));
  umask(former);
  ASSERT_TRUE(done);
  EXPECT_EQ(dir_.mode("x.service.d/zz.conf"), 0644U);
  EXPECT_EQ(dir_.mode("x.service.d"), 0755U);
}

TEST_F(Exchange, replaces_what_is_expected) {
  dir_.write("x.service.d/zz.conf", "old", 0640);
  ASSERT_TRUE(put(ours("old", 0640), ours("new", 0600)));
  EXPECT_EQ(dir_.read("x.service.d/zz.conf"), "new");
  EXPECT_EQ(dir_.mode("x.service.d/zz.conf"), 0600U);
  EXPECT_THAT(names(), ElementsAre("zz.conf"));
}

TEST_F(Exchange, brings_back_the_owner) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  dir_.write("x.service.d/zz.conf", "old");
  FileContent wanted{"new", 0604, 12, 34};
  ASSERT_TRUE(put(ours("old"), wanted));
  EXPECT_EQ(**files_.load(target()), wanted);
}

TEST_F(Exchange, keeps_foreign_bytes) {
  dir_.write("x.service.d/zz.conf", "edited");
  const auto done = put(ours("old"), ours("new"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::busy);
  EXPECT_EQ(dir_.read("x.service.d/zz.conf"), "edited");
  EXPECT_THAT(names(), ElementsAre("zz.conf"));
}

TEST_F(Exchange, a_changed_mode_is_a_foreign_edit) {
  dir_.write("x.service.d/zz.conf", "old", 0600);
  const auto done = put(ours("old", 0644), ours("new"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::busy);
  EXPECT_EQ(dir_.mode("x.service.d/zz.conf"), 0600U);
  EXPECT_THAT(names(), ElementsAre("zz.conf"));
}

TEST_F(Exchange, keeps_a_file_that_was_not_expected) {
  dir_.write("x.service.d/zz.conf", "theirs");
  const auto done = put({}, ours("new"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::busy);
  EXPECT_EQ(dir_.read("x.service.d/zz.conf"), "theirs");
  EXPECT_THAT(names(), ElementsAre("zz.conf"));
}

TEST_F(Exchange, a_file_that_went_away_is_a_foreign_edit) {
  dir_.write("x.service.d/other", "");
  const auto done = put(ours("old"), ours("new"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::busy);
  EXPECT_THAT(names(), ElementsAre("other"));
}

TEST_F(Exchange, removes_what_is_expected) {
  dir_.write("x.service.d/zz.conf", "old");
  ASSERT_TRUE(put(ours("old"), {}));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(Exchange, does_not_remove_a_foreign_edit) {
  dir_.write("x.service.d/zz.conf", "edited");
  const auto done = put(ours("old"), {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::busy);
  EXPECT_EQ(dir_.read("x.service.d/zz.conf"), "edited");
  EXPECT_THAT(names(), ElementsAre("zz.conf"));
}

TEST_F(Exchange, removing_nothing_is_done_at_once) {
  EXPECT_TRUE(put({}, {}));
  EXPECT_FALSE(dir_.exists("x.service.d"));
  const auto gone = put(ours("old"), {});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::busy);
}

TEST_F(Exchange, refuses_a_target_that_is_a_link) {
  dir_.write("elsewhere", "kept");
  dir_.link("../elsewhere", "x.service.d/zz.conf");
  for (const auto& wanted : {std::optional(ours("new")), std::optional<FileContent>()}) {
    const auto done = put(ours("kept"), wanted);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::conflict);
    EXPECT_THAT(done.error().message, HasSubstr("symbolic link"));
  }
  EXPECT_EQ(files_.load(target()).error().code, Errc::conflict);
  EXPECT_EQ(dir_.read("elsewhere"), "kept");
  EXPECT_THAT(names(), ElementsAre("zz.conf"));
}

TEST_F(Exchange, refuses_a_directory_that_is_a_link) {
  std::filesystem::create_directory(dir_.at("elsewhere"));
  dir_.link("elsewhere", "x.service.d");
  const auto done = put({}, ours("new"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::conflict);
  EXPECT_THAT(done.error().message, HasSubstr("symbolic link"));
  EXPECT_EQ(files_.load(target()).error().code, Errc::conflict);
  EXPECT_EQ(files_.check_writable(dir_.at("x.service.d")).error().code, Errc::conflict);
  EXPECT_THAT(dir_.names("elsewhere"), IsEmpty());
}

TEST_F(Exchange, refuses_what_others_may_write_to) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const std::string directory = dir_.at("x.service.d");
  dir_.write("x.service.d/zz.conf", "old");
  const auto refused = [&](const char* reason) {
    const auto done = put(ours("old"), ours("new"));
    EXPECT_THAT(done ? "done" : done.error().message, HasSubstr(reason));
    EXPECT_EQ(done ? Errc::failed : done.error().code, Errc::conflict);
    EXPECT_EQ(dir_.read("x.service.d/zz.conf"), "old");
    EXPECT_THAT(names(), ElementsAre("zz.conf"));
  };
  chmod(directory.c_str(), 0777);
  refused("other users may write");
  EXPECT_EQ(files_.check_writable(directory).error().code, Errc::conflict);
  chmod(directory.c_str(), 0775);  // root's own group may
  ASSERT_EQ(chown(directory.c_str(), 0, 12), 0);
  refused("other users may write");
  ASSERT_EQ(chown(directory.c_str(), 12, 0), 0);
  refused("another user (uid 12)");
  EXPECT_EQ(files_.check_writable(directory).error().code, Errc::conflict);
  ASSERT_EQ(chown(directory.c_str(), 0, 0), 0);
  ASSERT_EQ(chown(target().c_str(), 12, 0), 0);
  refused("another user (uid 12)");
  ASSERT_EQ(chown(target().c_str(), 0, 0), 0);
  chmod(target().c_str(), 0646);
  refused("other users may write");
  chmod(target().c_str(), 0644);
  EXPECT_TRUE(put(ours("old"), ours("new")));
}

TEST_F(Exchange, in_an_image_trusts_its_own_root) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  dir_.write("x.service.d/zz.conf", "old");
  for (const char* name : {".", "x.service.d", "x.service.d/zz.conf"}) {
    ASSERT_EQ(chown(dir_.at(name).c_str(), 100000, 100000), 0);
  }
  PosixFileSystem image(dir_.path());
  const FileContent old{"old", 0644, 100000, 100000};
  EXPECT_TRUE(image.exchange("/x.service.d/zz.conf", old, ours("new")));
  ASSERT_EQ(chown(dir_.at("x.service.d").c_str(), 12, 0), 0);
  EXPECT_EQ(image.exchange("/x.service.d/zz.conf", ours("new"), old).error().code, Errc::conflict);
}

TEST_F(Exchange, clears_up_only_what_a_killed_run_wrote) {
  dir_.write("x.service.d/zz.conf", "new");
  const std::string ours_begin = "x.service.d/.ollama-gpu.zz.conf.";
  dir_.write(ours_begin + "0000000000000001", "old");
  dir_.write(ours_begin + "0000000000000002", "ne");  // half written
  dir_.write(ours_begin + "0000000000000003",
             "somebody's edit, swapped out at the moment of a crash");
  dir_.write(ours_begin + "1", "not ours");
  dir_.write("x.service.d/.#zz.conf0000000000000001", "old");  // systemctl edit's
  files_.remove_leftovers(target(), {ours("old"), ours("new")});
  EXPECT_THAT(names(),
              ElementsAre(".#zz.conf0000000000000001", ".ollama-gpu.zz.conf.0000000000000003",
                          ".ollama-gpu.zz.conf.1", "zz.conf"));
  files_.remove_leftovers(dir_.at("no/such.conf"), {ours("old")});
}

TEST_F(Exchange, refuses_what_is_no_file) {
  std::filesystem::create_directories(target());
  EXPECT_EQ(put({}, ours("new")).error().code, Errc::conflict);
  std::filesystem::remove(target());
  ASSERT_EQ(mkfifo(target().c_str(), 0644), 0);
  EXPECT_EQ(put({}, ours("new")).error().code, Errc::conflict);
  EXPECT_EQ(files_.load(target()).error().code, Errc::conflict);
}

TEST_F(Exchange, writes_large_files_whole) {
  const std::string large(5'000'000, 'x');
  ASSERT_TRUE(put({}, ours(large)));
  EXPECT_EQ((*files_.load(target()))->bytes, large);
}

TEST_F(Exchange, leaves_nothing_behind_when_the_disk_is_full) {
  std::filesystem::create_directories(dir_.at("x.service.d"));
  // A limit on the file size stands in for a full disk; it comes with a signal.
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto done = put({}, ours(std::string(5000, 'x')));
    _exit(!done && done.error().code == Errc::failed ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(Exchange, says_who_may_write) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  dir_.write("x.service.d/zz.conf", "old");
  chmod(dir_.path().c_str(), 0755);
  const pid_t child = fork();
  if (child == 0) {
    if (setresuid(65534, 65534, 65534) != 0) _exit(2);
    const auto done = put(ours("old"), ours("new"));
    const auto writable = files_.check_writable(dir_.at("x.service.d/deeper/still"));
    _exit(!done && done.error().code == Errc::permission && !writable &&
                  writable.error().code == Errc::permission &&
                  writable.error().hint == "run it with sudo"
              ? 0
              : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(names(), ElementsAre("zz.conf"));
}

// Whatever the moment, a reader finds one of the contents, whole; and no edit of the other writer
// is lost: what it last wrote lies there, or was what an exchange expected.
TEST_F(Exchange, is_atomic_for_readers) {
  dir_.write("x.service.d/zz.conf", "a");
  std::atomic<bool> stop = false;
  std::atomic<int> missing = 0;
  std::thread reader([&] {
    while (!stop) {
      const auto found = files_.load(target());
      if (!found || !*found || ((*found)->bytes != "a" && (*found)->bytes != "b")) ++missing;
    }
  });
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(put(ours("a"), ours("b")));
    ASSERT_TRUE(put(ours("b"), ours("a")));
  }
  stop = true;
  reader.join();
  EXPECT_EQ(missing, 0);
}

TEST_F(Exchange, an_edit_in_between_survives) {
  dir_.write("x.service.d/zz.conf", "0");
  std::atomic<bool> stop = false;
  std::thread editor([&] {
    for (int i = 0; !stop; ++i) {
      dir_.write("x.service.d/edit", "edit " + std::to_string(i));
      std::filesystem::rename(dir_.at("x.service.d/edit"), target());
    }
  });
  for (int i = 0; i < 100; ++i) {
    const auto found = files_.load(target());
    ASSERT_TRUE(found && *found);
    const auto done = put(**found, ours("ours"));
    if (!done) {
      EXPECT_EQ(done.error().code, Errc::busy);
    }
  }
  stop = true;
  editor.join();
  const auto left = dir_.read("x.service.d/zz.conf");
  EXPECT_TRUE(left == "ours" || left.starts_with("edit")) << left;
  std::filesystem::remove(dir_.at("x.service.d/edit"));
  EXPECT_THAT(names(), ElementsAre("zz.conf"));
}

TEST_F(Exchange, removes_only_empty_directories) {
  dir_.write("x.service.d/zz.conf", "old");
  EXPECT_TRUE(files_.remove_empty_directory(dir_.at("x.service.d")));
  EXPECT_TRUE(dir_.exists("x.service.d"));
  ASSERT_TRUE(put(ours("old"), {}));
  EXPECT_TRUE(files_.remove_empty_directory(dir_.at("x.service.d")));
  EXPECT_FALSE(dir_.exists("x.service.d"));
  EXPECT_TRUE(files_.remove_empty_directory(dir_.at("x.service.d")));
  EXPECT_TRUE(files_.remove_empty_directory(dir_.at("no/such")));
}

}  // namespace
}  // namespace ollama_gpu
