// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_files.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

constexpr const char* kFragment = "/etc/systemd/system/ollama.service";
constexpr const char* kOverride = "/etc/systemd/system/ollama.service.d/override.conf";

UnitSnapshot take(const MemoryFiles& files, const char* name = "ollama") {
  SnapshotInput input;
  input.search_path = system_search_path();
  input.manager_environment = {{"LANG", "C", {"", 0, 0, "manager"}}};
  auto snapshot = take_snapshot(files, input, *UnitName::parse(name));
  return snapshot ? std::move(*snapshot) : UnitSnapshot{};
}

std::string effective(const UnitSnapshot& snapshot, const std::string& name) {
  const auto found = snapshot.effective.variables.find(name);
  return found == snapshot.effective.variables.end() ? "(none)" : found->second.value;
}

TEST(Snapshot, IsWhatSystemdWouldMakeOfTheFiles) {
  MemoryFiles files;
  files.file(kFragment, "[Service]\nExecStart=/bin/o serve\nEnvironment=A=1 \"N=%n\"\n");
  files.file(kOverride,
             "[Service]\nEnvironment=A=2\nEnvironmentFile=/etc/*.env\n"
             "EnvironmentFile=-/etc/missing\nUnsetEnvironment=GONE\n");
  files.file("/etc/b.env", "B=file\nGONE=1\n").file("/etc/a.env", "B=first\n");
  const UnitSnapshot snapshot = take(files);
  EXPECT_THAT(snapshot.on_disk.drop_ins, ElementsAre(kOverride));
  EXPECT_THAT(environment_strings(snapshot.environment), ElementsAre("A=2", "N=ollama.service"));
  EXPECT_EQ(effective(snapshot, "B"), "file");
  EXPECT_EQ(effective(snapshot, "LANG"), "C");
  EXPECT_EQ(effective(snapshot, "GONE"), "(none)");
  EXPECT_THAT(exec_start_of(snapshot), ElementsAre(Field(&ExecCommand::text, "/bin/o serve")));
  ASSERT_NE(snapshot.file(kOverride), nullptr);
  EXPECT_EQ(snapshot.file("/x"), nullptr);
  const Location place = locate(snapshot, snapshot.effective.variables.at("A").source);
  EXPECT_EQ(place.file, kOverride);
  EXPECT_EQ(place.line, 2U);
  EXPECT_EQ(place.text, "Environment=A=2");
}

TEST(Snapshot, OfAFragmentThatBreaksOffHasNoDropIns) {
  MemoryFiles files;
  files.file(kFragment, "[Service]\nEnvironment=A=1\n[Broken\nExecStart=/x\n");
  files.file(kOverride, "[Service]\nEnvironment=B=1\n");
  const UnitSnapshot snapshot = take(files);
  ASSERT_TRUE(snapshot.fragment_broken_at);
  EXPECT_EQ(snapshot.fragment_broken_at->line, 3U);
  EXPECT_EQ(snapshot.fragment_broken_at->text, "[Broken");
  EXPECT_EQ(snapshot.on_disk.load_state, LoadState::error);
  EXPECT_THAT(snapshot.on_disk.drop_ins, IsEmpty());
  EXPECT_EQ(effective(snapshot, "B"), "(none)");
  EXPECT_EQ(effective(snapshot, "A"), "1");
}

TEST(Snapshot, OfAMaskedUnitHasNoDropInsSince257) {
  MemoryFiles files;
  files.link(kFragment, "/dev/null").file(kOverride, "[Service]\nEnvironment=B=1\n");
  for (const unsigned version : {252U, 257U}) {
    const auto snapshot =
        take_snapshot(files, {system_search_path(), {}, version}, *UnitName::parse("ollama"));
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->on_disk.load_state, LoadState::masked);
    EXPECT_EQ(snapshot->on_disk.drop_ins.size(), version < 257 ? 1U : 0U);
    EXPECT_EQ(snapshot->environment.environment.size(), version < 257 ? 1U : 0U);
  }
}

TEST(Snapshot, HasWhatPassEnvironmentTakesFromTheManager) {
  MemoryFiles files;
  files.file(kFragment, "[Service]\nPassEnvironment=X Y LANG GONE\nEnvironment=Y=unit\n");
  SnapshotInput input{system_search_path()};
  input.manager_environment = {{"LANG", "C"}};
  input.manager_process_environment = {{"X", "1"}, {"Y", "2"}, {"Z", "3"}, {"LANG", "D"}};
  const auto snapshot = take_snapshot(files, input, *UnitName::parse("ollama"));
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(effective(*snapshot, "X"), "1");
  EXPECT_EQ(effective(*snapshot, "Y"), "unit");
  EXPECT_EQ(effective(*snapshot, "Z"), "(none)");
  EXPECT_EQ(effective(*snapshot, "LANG"), "D");
  EXPECT_EQ(snapshot->effective.variables.at("X").source.directive, "PassEnvironment");
}

struct ByVersion {
  const char* name;
  std::string drop_in;
  std::vector<std::string> until_257;
  std::vector<std::string> on_262;
};

TEST(Snapshot, DependsOnTheVersion) {
  const ByVersion cases[] = {
      {"empty_section_name", "[]\n[Service]\nEnvironment=B=1\n", {"B=1"}, {}},
      {"short_surrogate", "[Service]\nEnvironment=A=1 B=\\ud800 C=1\n", {"A=1", "C=1"}, {"A=1"}},
      {"short_noncharacter", "[Service]\nEnvironment=B=\\ufffe C=1\n", {"C=1"}, {"C=1"}},
      {"long_noncharacter", "[Service]\nEnvironment=B=\\U0000fffe C=1\n", {}, {}},
      {"short_character", "[Service]\nEnvironment=B=\\u00e9\n", {"B=\xC3\xA9"}, {"B=\xC3\xA9"}}};
  for (const ByVersion& c : cases) {
    MemoryFiles files;
    files.file(kFragment, "[Service]\nExecStart=/x\n").file(kOverride, c.drop_in);
    for (const unsigned version : {252U, 257U, 262U}) {
      const auto unit =
          take_snapshot(files, {system_search_path(), {}, version}, *UnitName::parse("ollama"));
      ASSERT_TRUE(unit);
      EXPECT_EQ(environment_strings(unit->environment), version < 262 ? c.until_257 : c.on_262)
          << c.name << " " << version;
    }
  }
}

TEST(Snapshot, SimplifiesPathsAsItsVersionDoes) {
  MemoryFiles files;
  files.file(kFragment,
             "[Service]\nExecStart=/x\nEnvironmentFile=-/../a/./b\nWorkingDirectory=/..\n");
  for (const unsigned version : {252U, 257U}) {
    const auto unit =
        take_snapshot(files, {system_search_path(), {}, version}, *UnitName::parse("ollama"));
    ASSERT_TRUE(unit);
    EXPECT_EQ(unit->on_disk.load_state, version < 257 ? LoadState::bad_setting : LoadState::loaded);
    EXPECT_EQ(unit->environment.environment_files.size(), version < 257 ? 0U : 1U);
  }
}

// Found by random trees on 252: "true%yes" is a path, since %y is one.
TEST(Snapshot, KnowsWhereTheFragmentLies) {
  MemoryFiles files;
  files.link(kFragment, "/opt/o/unit").file("/opt/o/unit", "[Service]\nExecStart=/x\n");
  files.file(kOverride, "[Service]\nEnvironment=Y=%y D=%Y\n");
  EXPECT_THAT(environment_strings(take(files).environment),
              ElementsAre("Y=/opt/o/unit", "D=/opt/o"));
  MemoryFiles bad;
  bad.file(kFragment, "[Service]\nExecStart=true%yes\n");
  EXPECT_EQ(take(bad).on_disk.load_state, LoadState::bad_setting);
}

TEST(Snapshot, KnowsTheCredentialsDirectory) {
  MemoryFiles files;
  files.file(kFragment, "[Service]\nExecStart=/x\nEnvironment=C=%d/key\n");
  SnapshotInput input{system_search_path(), {{'t', "/run"}}};
  const auto unit = take_snapshot(files, input, *UnitName::parse("ollama"));
  ASSERT_TRUE(unit);
  EXPECT_THAT(environment_strings(unit->environment),
              ElementsAre("C=/run/credentials/ollama.service/key"));
}

// Found by random trees on 252: a backslash in a program's name is refused.
TEST(Snapshot, ReadsTheFragmentUnderTheNameAskedFor) {
  constexpr const char* kOwn = "/etc/systemd/system/a\\x2db.service";
  MemoryFiles files;
  files.file(kOwn, "[Service]\nExecStart=%n\nEnvironment=F=%n\n");
  files.link("/etc/systemd/system/other.service", kOwn);
  files.file(std::string(kOwn) + ".d/x.conf", "[Service]\nEnvironment=D=%N\n");
  EXPECT_EQ(take(files, "a\\x2db").on_disk.load_state, LoadState::bad_setting);
  const UnitSnapshot alias = take(files, "other");
  EXPECT_EQ(alias.on_disk.load_state, LoadState::loaded);
  EXPECT_EQ(alias.on_disk.id, "a\\x2db.service");
  EXPECT_THAT(environment_strings(alias.environment), ElementsAre("F=other.service", "D=a\\x2db"));
}

struct Together {
  const char* name;
  const char* fragment;
  const char* drop_in;
  const char* fault;  // empty: systemd loads it
};

class ServiceVerify : public testing::TestWithParam<Together> {};

TEST_P(ServiceVerify, JudgesTheServiceAsAWhole) {
  MemoryFiles files;
  files.file(kFragment, std::string("[Service]\n") + GetParam().fragment + "\n");
  files.file(kOverride, std::string("[Service]\nEnvironment=A=1\n") + GetParam().drop_in + "\n");
  const UnitSnapshot unit = take(files);
  const std::string fault = unit.service_fault ? unit.service_fault->message : "";
  EXPECT_THAT(fault, testing::StartsWith(GetParam().fault));
  EXPECT_EQ(fault.empty(), std::string(GetParam().fault).empty()) << fault;
  EXPECT_EQ(unit.on_disk.load_state, fault.empty() ? LoadState::loaded : LoadState::bad_setting);
  EXPECT_EQ(effective(unit, "A"), "1");  // all of it is read all the same
}

constexpr const char* kNoStart = "no ExecStart=";
INSTANTIATE_TEST_SUITE_P(
    Rules, ServiceVerify,
    testing::Values(
        Together{"one", "ExecStart=/x", "", ""},
        Together{"a_second", "ExecStart=/x", "ExecStart=/y", "more than one ExecStart="},
        Together{"a_second_on_its_line", "ExecStart=/x ; /y", "", "more than one ExecStart="},
        Together{"reset_first", "ExecStart=/x", "ExecStart=\nExecStart=/y", ""},
        Together{"several_of_oneshot", "Type=oneshot\nExecStart=/x\nExecStart=/y", "", ""},
        Together{"passed_over", "ExecStart=/x", "ExecStart=-relative/path", ""},
        Together{"none", "", "", kNoStart},
        Together{"taken_away", "ExecStart=/x", "ExecStart=", kNoStart},
        Together{"stops_only", "ExecStop=/x\nRemainAfterExit=yes", "", ""},
        Together{"stops_and_does_not_remain", "ExecStop=/x", "", kNoStart},
        Together{"stops_but_is_simple", "ExecStop=/x\nRemainAfterExit=yes", "Type=simple",
                 kNoStart},
        Together{"succeeds", "", "[Unit]\nSuccessAction=exit", ""},
        Together{"restarts", "Type=oneshot\nExecStart=/x", "Restart=always", "Restart=always"},
        Together{"restarts_on_failure", "Type=oneshot\nExecStart=/x", "Restart=on-failure", ""},
        Together{"exits_as_a_group", "Type=oneshot\nExecStart=/x", "ExitType=cgroup", "ExitType="},
        Together{"nameless_on_the_bus", "ExecStart=/x", "Type=dbus", "Type=dbus without"},
        Together{"named_on_the_bus", "ExecStart=/x\nBusName=a.b", "", ""},
        Together{"unknown_type", "ExecStart=/x\nType=bogus", "", ""}),
    [](const auto& info) { return info.param.name; });

TEST(Snapshot, PointsToTheSecondExecStart) {
  MemoryFiles files;
  files.file(kFragment, "[Service]\nExecStart=/x\n");
  files.file(kOverride, "[Service]\n\nExecStart=/y\n");
  const UnitSnapshot unit = take(files);
  ASSERT_TRUE(unit.service_fault);
  EXPECT_EQ(unit.service_fault->place.file, kOverride);
  EXPECT_EQ(unit.service_fault->place.line, 3U);
}

TEST(Snapshot, OfAMissingUnitIsNoError) {
  EXPECT_EQ(take(MemoryFiles()).on_disk.load_state, LoadState::not_found);
}

TEST(Snapshot, NeedsToReadEveryFile) {
  MemoryFiles files;
  files.file(kFragment, "[Service]\nEnvironmentFile=/root/secret\n");
  files.file("/root/secret", "A=1").forbid("/root/secret");
  SnapshotInput input;
  input.search_path = system_search_path();
  const auto snapshot = take_snapshot(files, input, *UnitName::parse("ollama"));
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, Errc::permission);
}

TEST(Snapshot, KnowsAContainerFromAProgram) {
  const std::pair<const char*, const char*> cases[] = {{"/usr/bin/docker run ollama", "docker"},
                                                       {"-/usr/bin/podman start -a o", "podman"},
                                                       {"+!podman run o", "podman"},
                                                       {"/usr/local/bin/ollama serve", ""},
                                                       {"/opt/docker/ollama serve", ""},
                                                       {"\"/usr/bin/docker\" run x", "docker"}};
  for (const auto& [command, program] : cases) {
    MemoryFiles files;
    files.file(kFragment, std::string("[Service]\nExecStart=") + command + "\n");
    EXPECT_EQ(container_program(take(files)), program) << command;
  }
}

TEST(ExecStart, IsResetByAnEmptyOne) {
  MemoryFiles files;
  files.file(kFragment, "[Service]\nExecStart=/a\n");
  files.file(kOverride, "[Service]\nExecStart=\nExecStart=/b\n");
  EXPECT_THAT(exec_start_of(take(files)), ElementsAre(Field(&ExecCommand::program, "/b")));
}

}  // namespace
}  // namespace ollama_gpu
