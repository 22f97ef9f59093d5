// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/host/sd_journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

using testing::IsEmpty;
using testing::Not;

ports::UnitRun run(const std::string& invocation_id = "0123456789abcdef0123456789abcdef") {
  return {"ollama.service", invocation_id};
}

TEST(SdJournal, an_empty_journal_has_a_reason) {
  const TempDir dir;
  const auto lines = SdJournal(dir.path()).newest(run(), 10);
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_THAT(lines->service, IsEmpty());
  EXPECT_THAT(lines->manager, IsEmpty());
  EXPECT_THAT(lines->reason, Not(IsEmpty()));
}

TEST(SdJournal, a_unit_that_never_ran_has_no_lines) {
  const TempDir dir;
  for (const char* id : {"", "xyz", "0123456789abcdef0123456789abcdef0", "\n"}) {
    const auto lines = SdJournal(dir.path()).newest(run(id), 10);
    ASSERT_TRUE(lines);
    EXPECT_EQ(lines->reason, "the service has not been started");
  }
}

TEST(SdJournal, damaged_files_are_left_out) {
  const TempDir dir;
  dir.write("system.journal", std::string(5000, 'x'));
  const auto lines = SdJournal(dir.path()).newest(run(), 10);
  ASSERT_TRUE(lines);
  EXPECT_THAT(lines->service, IsEmpty());
}

TEST(SdJournal, a_directory_that_is_not_there_is_an_error) {
  const auto lines = SdJournal("/no/such/journal").newest(run(), 10);
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().message, "cannot read the journal: No such file or directory");
}

}  // namespace
}  // namespace ollama_gpu
