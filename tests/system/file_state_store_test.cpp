// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/state/file_state_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "ollama_gpu/system/host/system_clock.hpp"
#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

using ports::FileContent;
using ports::Generation;
using ports::GenerationResult;
using ports::ReplacedFile;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Seconds = FileStateStore::Seconds;

constexpr const char* kUnit = "x.service";

class StateStore : public testing::Test {
 protected:
  FileStateStore store(const std::string& command = "") const {
    return FileStateStore(dir_.at("state"), "", command);
  }
  static Generation generation() {
    Generation made;
    made.time = 1'700'000'000;
    made.command = "ollama-gpu configure --gpus all";
    made.result = GenerationResult::pending;
    made.unit = kUnit;
    made.made_directory = true;
    made.files = {ReplacedFile{"/etc/a", std::nullopt, FileContent{"new\n", 0644, 0, 0}},
                  ReplacedFile{"/etc/b", FileContent{std::string("\0\xff\r\n", 4), 0600, 1, 2},
                               std::nullopt}};
    return made;
  }
  static std::vector<Generation> list(const FileStateStore& from) {
    std::vector<std::string> damaged;
    const auto found = from.list(kUnit, damaged);
    EXPECT_TRUE(found);
    EXPECT_THAT(damaged, IsEmpty());
    return found ? *found : std::vector<Generation>();
  }
  TempDir dir_;
};

TEST_F(StateStore, brings_a_generation_back) {
  auto state = store();
  const auto id = state.store(generation());
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_EQ(*id, 1U);
  const auto found = list(state);
  ASSERT_EQ(found.size(), 1U);
  const Generation expected = generation();
  EXPECT_EQ(found[0].id, 1U);
  EXPECT_EQ(found[0].time, expected.time);
  EXPECT_EQ(found[0].command, expected.command);
  EXPECT_EQ(found[0].result, GenerationResult::pending);
  EXPECT_EQ(found[0].unit, kUnit);
  EXPECT_TRUE(found[0].made_directory);
  ASSERT_EQ(found[0].files.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(found[0].files[i].path, expected.files[i].path);
    EXPECT_EQ(found[0].files[i].former, expected.files[i].former);
    EXPECT_EQ(found[0].files[i].written, expected.files[i].written);
  }
}

TEST_F(StateStore, is_private) {
  auto state = store();
  ASSERT_TRUE(state.store(generation()));
  ASSERT_TRUE(state.lock(kUnit, Seconds(1), {}));
  EXPECT_EQ(dir_.mode("state"), 0700U);
  EXPECT_EQ(dir_.mode("state/x.service"), 0700U);
  EXPECT_EQ(dir_.mode("state/x.service/1"), 0700U);
  EXPECT_EQ(dir_.mode("state/x.service/1/written.0"), 0600U);
  EXPECT_EQ(dir_.mode("state/x.service.lock"), 0600U);
}

TEST_F(StateStore, sets_a_result) {
  auto state = store();
  ASSERT_TRUE(state.store(generation()));
  ASSERT_TRUE(state.set_result(kUnit, 1, GenerationResult::done));
  EXPECT_EQ(list(state).at(0).result, GenerationResult::done);
  EXPECT_EQ(list(state).at(0).files.size(), 2U);
  EXPECT_EQ(state.set_result(kUnit, 2, GenerationResult::done).error().code, Errc::not_found);
  EXPECT_THAT(dir_.names("state/x.service/1"), ElementsAre("former.1", "meta.json", "written.0"));
}

TEST_F(StateStore, keeps_twenty) {
  auto state = store();
  Generation small;
  small.unit = kUnit;
  small.result = GenerationResult::done;
  for (int i = 0; i < 23; ++i) ASSERT_TRUE(state.store(small));
  const auto found = list(state);
  ASSERT_EQ(found.size(), 20U);
  EXPECT_EQ(found.front().id, 4U);
  EXPECT_EQ(found.back().id, 23U);
  EXPECT_EQ(dir_.names("state/x.service").size(), 20U);
}

TEST_F(StateStore, keeps_what_is_still_to_be_put_back) {
  auto state = store();
  ASSERT_TRUE(state.store(generation()));  // pending
  Generation small;
  small.unit = kUnit;
  small.result = GenerationResult::done;
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(state.store(small));
  auto found = list(state);
  EXPECT_EQ(found.front().id, 1U);
  EXPECT_LE(found.size(), 21U);
  ASSERT_TRUE(state.set_result(kUnit, 1, GenerationResult::rolled_back));
  ASSERT_TRUE(state.store(small));
  found = list(state);
  EXPECT_EQ(found.size(), 20U);
  EXPECT_EQ(found.back().id, 32U);
}

TEST_F(StateStore, numbers_never_repeat) {
  auto state = store();
  ASSERT_TRUE(state.store(generation()));
  ASSERT_TRUE(state.store(generation()));
  dir_.write("state/x.service/2/meta.json", "damaged");
  EXPECT_EQ(state.store(generation()), 3U);
  std::filesystem::remove_all(dir_.at("state/x.service/1"));
  EXPECT_EQ(state.store(generation()), 4U);
  // A file where a generation should be has its number all the same.
  dir_.write("state/x.service/7", "no directory");
  EXPECT_EQ(state.store(generation()), 8U);
  std::vector<std::string> damaged;
  EXPECT_EQ(state.list(kUnit, damaged)->size(), 5U);
  EXPECT_EQ(damaged.size(), 2U);
}

TEST_F(StateStore, a_half_written_result_goes_with_the_next) {
  auto state = store();
  ASSERT_TRUE(state.store(generation()));
  dir_.write("state/x.service/1/.meta.0123456789abcdef", "{\"form");
  ASSERT_TRUE(state.set_result(kUnit, 1, GenerationResult::done));
  EXPECT_FALSE(dir_.exists("state/x.service/1/.meta.0123456789abcdef"));
}

TEST_F(StateStore, names_damaged_ones) {
  auto state = store();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(state.store(generation()));
  dir_.write("state/x.service/1/meta.json", "{\"format\":1");
  dir_.write("state/x.service/2/written.0", "shor");
  dir_.write("state/x.service/2/former.1", "cut");
  std::filesystem::remove(dir_.at("state/x.service/3/former.1"));
  dir_.write("state/x.service/.new.0123/meta.json", "half made");
  std::vector<std::string> damaged;
  const auto found = state.list(kUnit, damaged);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 4U);
  EXPECT_EQ(found->front().result, GenerationResult::damaged);
  EXPECT_EQ(found->back().result, GenerationResult::pending);
  ASSERT_EQ(damaged.size(), 3U);
  EXPECT_THAT(damaged[0], HasSubstr("x.service/1/meta.json"));
  EXPECT_THAT(damaged[1], HasSubstr("x.service/2/former.1"));
  // The next run clears up what was left half made; a change takes a number of its own.
  ASSERT_TRUE(state.lock(kUnit, Seconds(0), {}));
  EXPECT_EQ(state.store(generation()), 5U);
  EXPECT_FALSE(dir_.exists("state/x.service/.new.0123"));
}

TEST_F(StateStore, odd_meta_files_are_damage) {
  auto state = store();
  ASSERT_TRUE(state.store(generation()));
  for (const char* text : {"", "null", "[]", "{}", "{\"format\":2}", "\xff",
                           R"({"format":1,"id":2,"time":0,"command":"","result":"","unit":"",)"
                           R"("files":[]})",
                           R"({"format":1,"id":1,"time":0,"command":"","result":"","unit":"",)"
                           R"("files":[7]})"}) {
    dir_.write("state/x.service/1/meta.json", text);
    std::vector<std::string> damaged;
    EXPECT_EQ(state.list(kUnit, damaged)->at(0).result, GenerationResult::damaged) << text;
    EXPECT_EQ(damaged.size(), 1U) << text;
  }
}

TEST_F(StateStore, a_result_of_a_later_version_is_no_damage) {
  auto state = store();
  ASSERT_TRUE(state.store(generation()));
  dir_.write("state/x.service/1/meta.json",
             R"({"format":1,"id":1,"time":0,"command":"","result":"half done","unit":"",)"
             R"("files":[]})");
  const auto found = list(state);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].result, GenerationResult::unknown);
}

TEST_F(StateStore, an_empty_state_writes_nothing) {
  EXPECT_THAT(list(store()), IsEmpty());
  EXPECT_FALSE(dir_.exists("state"));
}

TEST_F(StateStore, refuses_directories_of_others) {
  auto state = store();
  std::filesystem::create_directory(dir_.at("elsewhere"));
  dir_.link("elsewhere", "state");
  EXPECT_EQ(state.lock(kUnit, Seconds(0), {}).error().code, Errc::conflict);
  EXPECT_EQ(state.store(generation()).error().code, Errc::conflict);
  std::filesystem::remove(dir_.at("state"));
  std::filesystem::create_directory(dir_.at("state"));
  chmod(dir_.at("state").c_str(), 0770);
  EXPECT_EQ(state.lock(kUnit, Seconds(0), {}).error().code, Errc::conflict);
  chmod(dir_.at("state").c_str(), 0700);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(dir_.at("state").c_str(), 65534, 65534), 0);
    const auto lock = state.lock(kUnit, Seconds(0), {});
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().code, Errc::conflict);
    EXPECT_THAT(lock.error().message, HasSubstr("another user"));
  }
}

TEST_F(StateStore, refuses_a_lock_that_is_a_link) {
  dir_.write("elsewhere", "kept");
  dir_.write("state/other", "");
  chmod(dir_.at("state").c_str(), 0700);
  dir_.link("../elsewhere", "state/x.service.lock");
  EXPECT_EQ(store().lock(kUnit, Seconds(0), {}).error().code, Errc::conflict);
  EXPECT_EQ(dir_.read("elsewhere"), "kept");
}

TEST_F(StateStore, refuses_names_that_are_paths) {
  auto state = store();
  for (const char* name : {"", "..", "../x", "a/b", "/etc/passwd"}) {
    EXPECT_EQ(state.lock(name, Seconds(0), {}).error().code, Errc::usage) << name;
  }
}

TEST_F(StateStore, below_a_root) {
  FileStateStore state("/var/lib/ollama-gpu", dir_.path());
  ASSERT_TRUE(state.store(generation()));
  EXPECT_TRUE(dir_.exists("var/lib/ollama-gpu/x.service/1/meta.json"));
  EXPECT_EQ(list(state).size(), 1U);
}

TEST_F(StateStore, one_holder_at_a_time) {
  auto first = store("ollama-gpu configure");
  auto second = store();
  auto held = first.lock(kUnit, Seconds(0), {});
  ASSERT_TRUE(held);
  int told = 0;
  std::string who;
  const auto refused = second.lock(kUnit, Seconds(0.15), [&](int pid, const std::string& command) {
    ++told;
    who = std::to_string(pid) + " " + command;
    return true;
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_THAT(refused.error().message, HasSubstr("process " + std::to_string(getpid())));
  EXPECT_THAT(refused.error().message, HasSubstr("ollama-gpu configure"));
  EXPECT_GE(told, 1);
  EXPECT_EQ(who, std::to_string(getpid()) + " ollama-gpu configure");
  EXPECT_TRUE(second.lock("y.service", Seconds(0), {}));
  held->reset();
  EXPECT_TRUE(second.lock(kUnit, Seconds(0), {}));
}

TEST_F(StateStore, a_process_that_dies_frees_its_lock) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto state = store("the child");
    const auto held = state.lock(kUnit, Seconds(1), {});
    const char yes = held ? 'y' : 'n';
    if (write(ready[1], &yes, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  auto state = store();
  const auto refused = state.lock(kUnit, Seconds(0), {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("process " + std::to_string(child)));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(state.lock(kUnit, Seconds(1), {}));
}

TEST_F(StateStore, a_removed_lock_file_keeps_nobody_in_error) {
  auto state = store();
  auto held = state.lock(kUnit, Seconds(0), {});
  ASSERT_TRUE(held);
  std::filesystem::remove(dir_.at("state/x.service.lock"));
  EXPECT_TRUE(state.lock(kUnit, Seconds(0), {}));
}

TEST_F(StateStore, a_signal_ends_the_wait) {
  SystemClock clock;
  auto state = store();
  const auto held = state.lock(kUnit, Seconds(0), {});
  ASSERT_TRUE(held);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    usleep(120'000);
    kill(parent, SIGTERM);
    _exit(0);
  }
  const auto go_on = [&clock](int, const std::string&) { return clock.pending_signal() == 0; };
  const auto refused = store().lock(kUnit, Seconds(10), go_on);
  waitpid(child, nullptr, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::interrupted);
  EXPECT_EQ(clock.pending_signal(), SIGTERM);
}

// The signal came while the lock was looked at, not in the pause between two looks.
TEST_F(StateStore, a_signal_between_two_pauses_ends_the_wait_too) {
  SystemClock clock;
  auto state = store();
  const auto held = state.lock(kUnit, Seconds(0), {});
  ASSERT_TRUE(held);
  const auto start = clock.now();
  const auto refused = store().lock(kUnit, Seconds(10), [&clock](int, const std::string&) {
    kill(getpid(), SIGTERM);
    return clock.pending_signal() == 0;
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::interrupted);
  EXPECT_LT((clock.now() - start).count(), 5);
}

}  // namespace
}  // namespace ollama_gpu
