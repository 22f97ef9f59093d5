// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/conflicts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_files.hpp"
#include "ollama_gpu/core/systemd/overlay_files.hpp"

namespace ollama_gpu {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

const std::string kDirectory = "/etc/systemd/system/ollama.service.d/";
const std::string kOurs = kDirectory + "zz-ollama-gpu.conf";
constexpr const char* kFragment = "/etc/systemd/system/ollama.service";

DropIn keep_alive() {
  DropIn wanted;
  wanted.put({"OLLAMA_KEEP_ALIVE", "-1", ""});
  return wanted;
}

MemoryFiles installed() {
  MemoryFiles files;
  files.file(kFragment, "[Service]\nExecStart=/bin/ollama serve\n");
  return files;
}

std::optional<Error> conflict(const MemoryFiles& base, const DropIn& wanted = keep_alive(),
                              unsigned systemd_version = 252) {
  const OverlayFiles files(base, kOurs, render_drop_in(wanted, "ollama.service"));
  SnapshotInput input;
  input.search_path = system_search_path();
  input.systemd_version = systemd_version;
  const auto snapshot = take_snapshot(files, input, *UnitName::parse("ollama"));
  return find_conflict(*snapshot, wanted, kOurs);
}

TEST(Conflict, IsNoneWhereOursWins) {
  EXPECT_FALSE(conflict(installed()));
  EXPECT_FALSE(conflict(installed().file(kDirectory + "override.conf",
                                         "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n")));
  EXPECT_FALSE(
      conflict(installed().file(kDirectory + "override.conf", "[Service]\nEnvironment=\n")));
  EXPECT_FALSE(conflict(
      installed().file(kDirectory + "zzz.conf", "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=-1\n")));
  EXPECT_FALSE(conflict(installed().file(kDirectory + "zzz.conf",
                                         "[Service]\nUnsetEnvironment=OLLAMA_KEEP_ALIVE=5m\n")));
}

TEST(Conflict, NamesEveryLineThatWins) {
  DropIn wanted = keep_alive();
  wanted.put({"OLLAMA_DEBUG", "1", ""});
  wanted.put({"OLLAMA_NUM_PARALLEL", "4", ""});
  const auto found = conflict(
      installed()
          .file(kDirectory + "a.conf", "[Service]\nEnvironmentFile=/etc/o.env\n")
          .file("/etc/o.env", "OLLAMA_KEEP_ALIVE=5m\nOLLAMA_DEBUG=0\nOLLAMA_NUM_PARALLEL=1\n"),
      wanted);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->location->line, 1U);
  EXPECT_THAT(found->hint, EndsWith("; the same for /etc/o.env:2 (OLLAMA_DEBUG), /etc/o.env:3 "
                                    "(OLLAMA_NUM_PARALLEL)"));
}

TEST(Conflict, NamesUnitsThatMayBeMeant) {
  MemoryFiles files;
  files.file("/etc/systemd/system/snap.ollama.listener.service", "[Service]\n");
  files.file("/etc/systemd/system/ollama-gpu.service", "[Service]\n");
  SnapshotInput input;
  input.search_path = system_search_path();
  const auto found = find_unit_fault(*take_snapshot(files, input, *UnitName::parse("ollama")), "o");
  EXPECT_EQ(found->hint, "name the one that is meant: --unit snap.ollama.listener.service");
  files.remove("/etc/systemd/system/snap.ollama.listener.service");
  const auto none = find_unit_fault(*take_snapshot(files, input, *UnitName::parse("ollama")), "o");
  EXPECT_THAT(none->hint, HasSubstr("is Ollama installed as a service?"));
}

TEST(Conflict, NamesThePlaceOfTheWinner) {
  const auto found = conflict(installed().file(
      kDirectory + "zzz.conf", "[Service]\nEnvironment=X=1 \"OLLAMA_KEEP_ALIVE=5m\"\n"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->code, Errc::conflict);
  ASSERT_TRUE(found->location);
  EXPECT_EQ(found->location->line, 2U);
  EXPECT_EQ(found->location->column, 17U);
  EXPECT_THAT(found->location->text, HasSubstr("OLLAMA_KEEP_ALIVE=5m"));
  EXPECT_THAT(found->message, HasSubstr("5m"));
}

TEST(Conflict, IsAnEmptyEnvironmentAfterOurs) {
  const auto found =
      conflict(installed().file(kDirectory + "zzz.conf", "\n[Service]\nEnvironment=\n"));
  ASSERT_TRUE(found && found->location);
  EXPECT_EQ(found->location->line, 3U);
}

// `sed 'Nd'` on a part of a continued line would glue its neighbours together.
TEST(Conflict, HintLeavesContinuedLinesWhole) {
  const auto alone = conflict(
      installed().file(kDirectory + "zzz.conf", "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=7m\n"));
  ASSERT_TRUE(alone);
  EXPECT_THAT(alone->hint, HasSubstr("sed -i '2{/OLLAMA_KEEP_ALIVE=/d}'"));
  const auto continued = conflict(
      installed().file(kDirectory + "zzz.conf",
                       "[Service]\nEnvironment= \\\n OLLAMA_KEEP_ALIVE=7m\nLimitNOFILE=77\n"));
  ASSERT_TRUE(continued);
  EXPECT_THAT(continued->hint, HasSubstr("sudoedit"));
}

// Whatever a file is called, what the hint says can be pasted, and does nothing else.
TEST(Conflict, HintQuotesThePathForTheShell) {
  const auto alone = conflict(installed().file(kDirectory + "zzz a'b $(id).conf",
                                               "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=7m\n"));
  ASSERT_TRUE(alone);
  EXPECT_THAT(alone->hint, EndsWith(" '" + kDirectory + "zzz a'\\''b $(id).conf'"));
  const auto shared = conflict(installed().file(
      kDirectory + "zzz;reboot.conf", "[Service]\nEnvironment=A=1 OLLAMA_KEEP_ALIVE=7m\n"));
  ASSERT_TRUE(shared);
  EXPECT_THAT(shared->hint, EndsWith("sudoedit '" + kDirectory + "zzz;reboot.conf'"));
}

TEST(Conflict, IsACommandThatSetsItItself) {
  MemoryFiles files;
  files.file(kFragment,
             "[Service]\nExecStart=/usr/bin/env -i A=1 'OLLAMA_KEEP_ALIVE=5m' /bin/ollama X=1\n");
  const auto found = conflict(files);
  ASSERT_TRUE(found && found->location);
  EXPECT_THAT(found->message, HasSubstr("ExecStart sets it to 5m"));
  EXPECT_EQ(found->location->line, 2U);
  EXPECT_EQ(found->location->column, 31U);
  files.file(kFragment, "[Service]\nExecStart=env OLLAMA_KEEP_ALIVE=-1 ollama serve\n");
  EXPECT_FALSE(conflict(files));
  files.file(kFragment, "[Service]\nExecStart=/bin/ollama OLLAMA_KEEP_ALIVE=5m\n");
  EXPECT_FALSE(conflict(files));
}

TEST(Conflict, IsAnUnsetThatTakesOursAway) {
  const auto found = conflict(installed().file(
      kDirectory + "a.conf", "[Service]\nUnsetEnvironment=OLLAMA_KEEP_ALIVE=-1\n"));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->message, HasSubstr("UnsetEnvironment="));
}

TEST(Conflict, IsAnUnsetOfOursTakenBack) {
  DropIn wanted;
  wanted.unset = {"A"};
  MemoryFiles files = installed();
  files.file(kDirectory + "a.conf", "[Service]\nEnvironment=A=1\n");
  EXPECT_FALSE(conflict(files, wanted));
  files.file(kDirectory + "zzz.conf", "[Service]\nUnsetEnvironment=\n");
  const auto found = conflict(files, wanted);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->message, HasSubstr("A would still reach"));
}

TEST(Conflict, IsAFileOfOurNameThatIsReadFirst) {
  const auto found = conflict(installed().file(
      "/etc/systemd/system.control/ollama.service.d/zz-ollama-gpu.conf", "[Service]\n"));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->message, HasSubstr("hides our drop-in"));
  MemoryFiles masked = installed();
  masked.link("/etc/systemd/system.control/ollama.service.d/zz-ollama-gpu.conf", "/dev/null");
  EXPECT_TRUE(conflict(masked));
}

TEST(Conflict, IsADropInWhoseNameSystemdCannotTell) {
  const auto found = conflict(installed().file(kDirectory + "10-\xff.conf", "[Service]\n"), {});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->message, HasSubstr("no UTF-8"));
  EXPECT_FALSE(conflict(installed().file(kDirectory + "10-\u00e9.conf", "[Service]\n"), {}));
}

TEST(UnitFault, IsWhatKeepsTheUnitFromLoading) {
  EXPECT_EQ(conflict(MemoryFiles())->code, Errc::not_found);
  MemoryFiles masked;
  masked.link(kFragment, "/dev/null");
  EXPECT_THAT(conflict(masked)->message, HasSubstr("masked"));
  EXPECT_THAT(conflict(installed().file(kFragment, "[Service\n"))->message,
              HasSubstr("breaks off"));
  const auto glued =
      conflict(installed().file(kFragment, "[Unit]\nAfter=a[Service]\nExecStart=/x\n"));
  EXPECT_THAT(glued->message, HasSubstr("section header"));
  EXPECT_EQ(glued->location->line, 2U);
  EXPECT_EQ(glued->location->column, 8U);
}

TEST(UnitFault, IsAnImagePolicyThatThisSystemdRefuses) {
  const MemoryFiles refused = installed().file(
      kFragment, "[Service]\nExecStart=/bin/ollama serve\nRootImagePolicy=bogus\n");
  EXPECT_FALSE(conflict(refused, keep_alive(), 252));
  for (const unsigned version : {254U, 257U, 262U}) {
    const auto found = conflict(refused, keep_alive(), version);
    ASSERT_TRUE(found && found->location) << version;
    EXPECT_EQ(found->location->line, 3U) << version;
  }
}

}  // namespace
}  // namespace ollama_gpu
