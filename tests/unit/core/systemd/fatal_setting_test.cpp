// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_files.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kFragment = "/etc/systemd/system/o@.service";
constexpr const char* kDropIn = "/etc/systemd/system/o@.service.d/a.conf";

// The unit o@INSTANCE.service with these texts.
UnitSnapshot take(const std::string& fragment, const std::string& drop_in, unsigned version = 252,
                  const std::string& instance = "x") {
  MemoryFiles files;
  files.file(kFragment, fragment).file(kDropIn, drop_in);
  SnapshotInput input;
  input.search_path = system_search_path();
  input.systemd_version = version;
  auto snapshot = take_snapshot(files, input, *UnitName::parse("o@" + instance));
  return snapshot ? std::move(*snapshot) : UnitSnapshot{};
}

struct Case {
  std::string setting;
  bool ends = false;
  unsigned version = 252;
};

bool ends_the_file(const Case& c) {
  const UnitSnapshot unit =
      take("[Unit]\nSuccessAction=exit\n[Service]\nType=oneshot\nExecStart=/x\n",
           "[Service]\nEnvironment=A=1\n" + c.setting + "\nEnvironment=B=1\n", c.version);
  EXPECT_EQ(unit.on_disk.load_state, LoadState::loaded);
  const auto strings = environment_strings(unit.environment);
  if (strings == std::vector<std::string>{"A=1"}) return true;
  EXPECT_THAT(strings, ElementsAre("A=1", "B=1")) << c.setting;
  return false;
}

void expect_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(ends_the_file(c), c.ends) << c.setting << " " << c.version;
}

// Every line was seen on systemd 252, 257 and 262.
TEST(FatalSetting, IsACommandWithoutAUsableProgram) {
  expect_all({{"ExecStart=foo/bar", true},
              {"ExecStart=/bin/true/", true},
              {"ExecStart=@/bin/true", true},
              {"ExecStart=@/bin/true a"},
              {"ExecStart=\"\"", true},
              {"ExecStart=!", true},
              {"ExecStart=/%4", true},
              {"ExecStart=/x\x01y", true},
              {"ExecStart=a\\qb", true},
              {"ExecStart=/" + std::string(256, 'x'), true},
              {"ExecStart=/" + std::string(255, 'x')},
              {"ExecStart=" + std::string(256, 'x'), true},
              {"ExecStart=foo"},
              {"ExecStart="},
              {"ExecStart=-"},
              {"ExecStart=-foo/bar"},
              {"ExecStart=/abs/../x"},
              {"ExecReload=foo/bar", true},
              {"ExecStartPre=+-foo/bar"},
              {"ExecStartPre=++/bin/true", true}});
}

TEST(FatalSetting, IsACommandWithArgumentsThatCannotBeRead) {
  expect_all({{"ExecStart=/bin/true %4", true},
              {"ExecStart=/bin/true %", false},
              {"ExecStart=-/bin/true %4"},
              {"ExecStart=/bin/true \"unb", true},
              {"ExecStart=/bin/true a\\qb"},
              {"ExecStart=\"unbalanced"},
              {"ExecStart=/bin/true ; foo/bar", true},
              {"ExecStart=/bin/true ; /bin/false"},
              {"ExecStart=/bin/true ;x foo/bar"},
              {"ExecStart=/bin/true \\; foo/bar"},
              {"ExecStart=-foo/bar ; foo/bar"},
              {"ExecStart=; ; foo/bar", true}});
}

TEST(FatalSetting, IsADirectoryByItsLastPartSince256) {
  expect_all({{"ExecStart=/bin/."}, {"ExecStart=/bin/.", true, 257}, {"ExecStart=/..", true, 257}});
}

TEST(FatalSetting, IsANameThatNoUserCanHave) {
  expect_all({{"User=a:b", true},
              {"User=a/b", true},
              {"User=%4", true},
              {"User=-1", true},
              {"User=-", true},
              {"User=..", true},
              {"User=4294967295", true},
              {"User=65535", true},
              {"User=007", true},
              {"User=4294967294"},
              {"User=0"},
              {"User="},
              {"User=bad user"},
              {"User=-x"},
              {"Group=a\x01", true},
              {"SupplementaryGroups=a b/c", true},
              {"SupplementaryGroups=a \\/c", true},
              {"SupplementaryGroups=\"a b\""},
              {"SupplementaryGroups=%4", true}});
}

TEST(FatalSetting, IsAPathThatMustBeAbsolute) {
  expect_all({{"WorkingDirectory=foo", true},
              {"WorkingDirectory=/a/../b", true},
              {"WorkingDirectory=~/x", true},
              {"WorkingDirectory=%4", true},
              {"WorkingDirectory=~"},
              {"WorkingDirectory=-foo"},
              {"WorkingDirectory=-~"},
              {"WorkingDirectory="},
              {"RootDirectory=foo", true},
              {"RootDirectory=-/foo", true},
              {"RootImage=/%4", true},
              {"RootVerity=/a/../b", true},
              {"RootDirectory="},
              {"RootHash=zz"}});
}

TEST(FatalSetting, IsNoBooleanForDynamicUser) {
  expect_all({{"DynamicUser=maybe", true},
              {"DynamicUser=", true},
              {"DynamicUser=YES"},
              {"DynamicUser=off"},
              {"PrivateTmp=maybe"}});
}

TEST(FatalSetting, IsAnUnknownSpecifierInALabel) {
  expect_all({{"SELinuxContext=%4", true},
              {"AppArmorProfile=a%4", true},
              {"SmackProcessLabel=%4", true},
              {"SELinuxContext=-%4"},
              {"SELinuxContext="},
              {"Description=%4"}});
}

TEST(FatalSetting, IsAPidFileWithABadPath) {
  expect_all({{"PIDFile=/abs/../x", true},
              {"PIDFile=/%4"},
              {"PIDFile=x.pid"},
              {"PIDFile=/dev/shm/x"},
              {"PIDFile=/dev/shm/x", true, 257},
              {"PIDFile=/devices", false, 257}});
}

TEST(FatalSetting, IsNoCommandThroughAShellSince258) {
  expect_all({{"ExecStart=|foo/bar", true, 257},
              {"ExecStart=|foo/bar", false, 262},
              {"ExecStart=|%4", false, 262},
              {"ExecStart=@|/x", false, 262},
              {"ExecStart=| x %4", true, 262},
              {"ExecStart=|/x ; foo/bar", true, 262}});
}

TEST(FatalSetting, IsOneThatThisSystemdKnows) {
  expect_all({{"ExecReloadPost=foo/bar", false, 257},
              {"ExecReloadPost=foo/bar", true, 262},
              {"RootMStack=foo", false, 257},
              {"RootMStack=foo", true, 262},
              {"RootImagePolicy=bogus", false, 252},
              {"RootImagePolicy=bogus", true, 257}});
}

TEST(FatalSetting, IsAnImagePolicyThatCannotBeRead) {
  expect_all({{"RootImagePolicy=root=verity+signed", false, 257},
              {"RootImagePolicy=root = verity", false, 257},
              {"RootImagePolicy==-", false, 257},
              {"RootImagePolicy=*", false, 257},
              {"RootImagePolicy=", false, 257},
              {"RootImagePolicy=root=verity:root=signed", true, 262},
              {"MountImagePolicy==open:=open", true, 262},
              {"MountImagePolicy=root=verity:", true, 262},
              {"ExtensionImagePolicy=root", true, 262}});
  for (const char* tolerated :
       {"root=bogus", "bogus=verity", "bogus=a:bogus=b", "=+", "Root=open"}) {
    expect_all({{std::string("RootImagePolicy=") + tolerated, true, 257},
                {std::string("RootImagePolicy=") + tolerated, false, 262}});
  }
}

TEST(FatalSetting, CountsOnlyInItsSection) {
  expect_all({{"[Unit]\nUser=%4\n[Service]"}, {"[X-Service]\nExecStart=foo/bar\n[Service]"}});
}

TEST(FatalSetting, DependsOnTheInstance) {
  const std::string drop_in = "[Service]\nUser=%i\nEnvironment=B=1\n";
  EXPECT_THAT(environment_strings(take("[Service]\nExecStart=/x\n", drop_in).environment),
              ElementsAre("B=1"));
  EXPECT_THAT(
      environment_strings(take("[Service]\nExecStart=/x\n", drop_in, 252, "a:b").environment),
      IsEmpty());
}

TEST(FatalSetting, InTheFragmentGivesTheUnitUp) {
  const UnitSnapshot unit = take("[Service]\nEnvironment=A=1\nExecStart=/x a%4\nEnvironment=B=1\n",
                                 "[Service]\nEnvironment=C=1\n");
  EXPECT_EQ(unit.on_disk.load_state, LoadState::bad_setting);
  EXPECT_THAT(environment_strings(unit.environment), ElementsAre("A=1"));
  EXPECT_THAT(unit.on_disk.drop_ins, IsEmpty());
  ASSERT_TRUE(unit.fragment_broken_at);
  EXPECT_EQ(unit.fragment_broken_at->line, 3U);
  EXPECT_EQ(unit.fragment_broken_at->column, 14U);
}

TEST(FatalSetting, OfPidFileIsAnError) {
  EXPECT_EQ(take("[Service]\nPIDFile=/../x\nExecStart=/x\n", "").on_disk.load_state,
            LoadState::error);
}

TEST(FatalSetting, ComesBeforeAFaultFurtherDown) {
  const UnitSnapshot unit = take("[Service]\nnonsense\nUser=%4\n[Broken\n", "");
  EXPECT_EQ(unit.on_disk.load_state, LoadState::bad_setting);
  ASSERT_EQ(unit.files.front().problems.size(), 2U);
  EXPECT_EQ(unit.files.front().problems.back().position.line, 3U);
}

}  // namespace
}  // namespace ollama_gpu
