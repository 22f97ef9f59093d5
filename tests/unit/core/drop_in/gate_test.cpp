// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/systemd/time_span.hpp"
#include "memory_files.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"
#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/systemd/overlay_files.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kDirectory = "/etc/systemd/system/ollama.service.d/";
const std::string kOurs = kDirectory + "zz-ollama-gpu.conf";
constexpr std::uint64_t kDefault = 90'000'000;

Gate usual() { return {"/usr/bin/ollama-gpu", "0,1,2,3", 60, false, kDefault}; }

DropIn with_gate(Gate gate) {
  DropIn drop_in;
  drop_in.put({"CUDA_VISIBLE_DEVICES", "0,1,2,3", ""});
  drop_in.gate = std::move(gate);
  return drop_in;
}

ReadDropIn read_back(const std::string& text) {
  return read_drop_in(parse_unit_file(kOurs, text), {});
}

UnitSnapshot snapshot(const MemoryFiles& files) {
  SnapshotInput input;
  input.search_path = system_search_path();
  return *take_snapshot(files, input, *UnitName::parse("ollama"));
}

MemoryFiles unit(const std::string& service) {
  MemoryFiles files;
  files.file("/etc/systemd/system/ollama.service",
             "[Service]\nExecStart=/bin/ollama serve\n" + service);
  return files;
}

std::optional<Error> conflict(const MemoryFiles& base, const DropIn& wanted) {
  const OverlayFiles files(base, kOurs, render_drop_in(wanted, "ollama.service"));
  SnapshotInput input;
  input.search_path = system_search_path();
  return find_conflict(*take_snapshot(files, input, *UnitName::parse("ollama")), wanted, kOurs);
}

TEST(Gate, IsTwoDirectives) {
  EXPECT_EQ(
      render_gate(usual()),
      "# the gate: Ollama's start waits at most 60 s for GPUs 0,1,2,3; then it starts without "
      "them\n"
      "ExecStartPre=-/usr/bin/ollama-gpu wait --gpus=0,1,2,3 --timeout=60\n"
      "TimeoutStartSec=90s\n");
  Gate strict{"/opt/bin/ollama-gpu", "", 5, true, kNoLimit};
  EXPECT_EQ(render_gate(strict),
            "# the gate: Ollama's start waits at most 5 s for the GPUs; it does not start without "
            "them\n"
            "ExecStartPre=/opt/bin/ollama-gpu wait --timeout=5\n"
            "TimeoutStartSec=infinity\n");
}

TEST(Gate, SaysWhatItWaitsFor) {
  const auto words = [](const char* gpus) {
    return describe_gate(Gate{"/usr/bin/ollama-gpu", gpus, 5, false, 0});
  };
  EXPECT_EQ(words(""), "at most 5 s for the GPUs");
  EXPECT_EQ(words("2"), "at most 5 s for GPU 2");
  EXPECT_EQ(words("0-2"), "at most 5 s for GPUs 0-2");
  EXPECT_EQ(words("0,2"), "at most 5 s for GPUs 0,2");
  EXPECT_EQ(words("GPU-1f,GPU-2e"), "at most 5 s for GPU-1f,GPU-2e");
  EXPECT_EQ(words("MIG-1f"), "at most 5 s for MIG-1f");
}

TEST(Gate, TimeoutsAreWholeSecondsRoundedUp) {
  EXPECT_EQ(render_timeout(1), "1s");
  EXPECT_EQ(render_timeout(90'000'001), "91s");
}

TEST(Gate, IsReadBack) {
  for (Gate gate : {usual(), Gate{"/opt/og", "GPU-58a8,MIG-GPU-1/2/3", 3600, true, kNoLimit}}) {
    const DropIn written = with_gate(gate);
    const auto read = read_back(render_drop_in(written, "ollama.service"));
    EXPECT_EQ(read.drop_in, written);
    EXPECT_FALSE(read.edited_by_hand);
    EXPECT_FALSE(read.damaged);
  }
}

TEST(Gate, OfSomebodyElseStaysAsItIs) {
  const std::string text =
      "[Service]\nTimeoutStartSec=7\nExecStartPre=/bin/true\nTimeoutStartSec=8\n"
      "ExecStartPre=-/usr/bin/ollama-gpu wait --timeout=60\nTimeoutStartSec=2min\n"
      "TimeoutStartSec=9\n";
  const auto read = read_back(text);
  ASSERT_TRUE(read.drop_in.gate);
  EXPECT_EQ(read.drop_in.gate->start_timeout, 120'000'000U);
  EXPECT_THAT(read.drop_in.foreign,
              ElementsAre(ForeignDirective{"Service", "TimeoutStartSec=7"},
                          ForeignDirective{"Service", "ExecStartPre=/bin/true"},
                          ForeignDirective{"Service", "TimeoutStartSec=8"},
                          ForeignDirective{"Service", "TimeoutStartSec=9"}));
  EXPECT_TRUE(read.edited_by_hand);
}

TEST(Gate, IsOnlyWhatWeWouldWrite) {
  for (const char* other :
       {"/usr/bin/ollama-gpu", "/usr/bin/ollama-gpu status", "/usr/bin/ollama-gpu wait",
        "ollama-gpu wait --timeout=60", "/usr/bin/ollama-gpu wait --timeout=0",
        "/usr/bin/ollama-gpu wait --timeout=3601", "/usr/bin/ollama-gpu wait --timeout=1.5",
        "/usr/bin/ollama-gpu wait --gpus= --timeout=5",
        "/usr/bin/ollama-gpu wait --timeout=5 --json", "/usr/bin/ollama-gpu  wait --timeout=5",
        "+/usr/bin/ollama-gpu wait --timeout=5", "",
        "/usr/bin/ollama-gpu wait --gpus=$X --timeout=5", "-"}) {
    EXPECT_FALSE(parse_gate(other)) << other;
  }
}

TEST(Gate, WaitsForTheIdsInForce) {
  using Text = std::optional<std::string>;
  EXPECT_EQ(gate_ids(std::nullopt, std::nullopt), Text(""));
  EXPECT_EQ(gate_ids("0,1", std::nullopt), Text("0,1"));
  EXPECT_EQ(gate_ids("GPU-1,GPU-2", std::nullopt), Text("GPU-1,GPU-2"));
  EXPECT_EQ(gate_ids("0", "-1"), Text("0"));
  EXPECT_EQ(gate_ids("-1", "GPU-00000000000000aa"), Text("GPU-00000000000000aa"));
  EXPECT_EQ(gate_ids(std::nullopt, "0,1"), Text("0,1"));
  EXPECT_EQ(gate_ids("GPU-1", "GPU-aa"), Text("GPU-1,GPU-aa"));
  EXPECT_EQ(gate_ids("0", "1"), Text("0"));  // ROCm's number would be read as NVIDIA's
  EXPECT_EQ(gate_ids("-1", std::nullopt), std::nullopt);
  EXPECT_EQ(gate_ids("-1", "-1"), std::nullopt);
  EXPECT_EQ(gate_ids("", std::nullopt), std::nullopt);
  EXPECT_EQ(gate_ids("0, 1", std::nullopt), Text(""));  // nobody's selector
}

TEST(Gate, ItsProgramMustBeWhereAServiceCanSeeIt) {
  for (const char* path : {"/usr/bin/ollama-gpu", "/usr/local/bin/ollama-gpu", "/opt/a-b_c.1/og"}) {
    EXPECT_TRUE(check_gate_program(path, false)) << path;
  }
  for (const char* path : {"/root/ollama-gpu", "/home/a/ollama-gpu", "/tmp/ollama-gpu",
                           "/var/tmp/ollama-gpu", "/run/user/1000/og", "/dev/shm/og"}) {
    const auto checked = check_gate_program(path, false);
    ASSERT_FALSE(checked) << path;
    EXPECT_EQ(checked.error().code, Errc::conflict);
    EXPECT_THAT(checked.error().message, HasSubstr(path));
    EXPECT_THAT(checked.error().hint, HasSubstr("/usr/local/bin"));
  }
  for (const char* path : {"/opt/my tools/og", "/opt/50%/og", "/opt/$x/og", "og", "/opt/a;b"}) {
    EXPECT_FALSE(check_gate_program(path, false)) << path;
  }
  EXPECT_TRUE(check_gate_program("/home/a/.local/bin/ollama-gpu", true));
  EXPECT_FALSE(check_gate_program("/tmp/ollama-gpu", true));
}

TEST(Gate, IsFoundInWhicheverFile) {
  const auto found =
      find_gate(snapshot(unit("TimeoutStartSec=5min\nExecStartPre=/usr/bin/og wait --timeout=7\n")),
                kDefault);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->gate, (Gate{"/usr/bin/og", "", 7, true, 300'000'000}));
  EXPECT_EQ(found->source.file, "/etc/systemd/system/ollama.service");
  EXPECT_EQ(found->source.line, 4U);
  EXPECT_FALSE(find_gate(
      snapshot(unit("ExecStartPre=/usr/bin/og wait --timeout=7\nExecStartPre=\n")), kDefault));
}

TEST(StartTimeout, IsTheLastThatSystemdAccepts) {
  const auto timeout = [](const std::string& service) {
    return start_timeout_of(snapshot(unit(service)), kDefault);
  };
  EXPECT_EQ(timeout(""), kDefault);
  EXPECT_EQ(timeout("TimeoutStartSec=5\nTimeoutSec=6\n"), 6'000'000U);
  EXPECT_EQ(timeout("TimeoutSec=6\nTimeoutStartSec=1min\n"), 60'000'000U);
  EXPECT_EQ(timeout("TimeoutStartSec=5\nTimeoutStartSec=\nTimeoutStartSec=soon\n"), 5'000'000U);
  EXPECT_EQ(timeout("TimeoutStartSec=0\n"), kNoLimit);
  EXPECT_EQ(timeout("TimeoutStartSec=infinity\n"), kNoLimit);
  EXPECT_EQ(timeout("Type=oneshot\n"), kNoLimit);
  EXPECT_EQ(timeout("Type=oneshot\nTimeoutStartSec=5\n"), 5'000'000U);
}

TEST(Conflict, IsNoneWhereTheGateHolds) {
  EXPECT_FALSE(conflict(unit(""), with_gate(usual())));
  EXPECT_FALSE(conflict(unit("TimeoutStartSec=5\nExecStartPre=/bin/true\n"), with_gate(usual())));
  EXPECT_FALSE(conflict(unit("").file(kDirectory + "zzz.conf", "[Service]\nTimeoutStartSec=90\n"),
                        with_gate(usual())));
}

TEST(Conflict, IsALaterFileThatTakesTheGateAway) {
  const auto found = conflict(
      unit("").file(kDirectory + "zzz.conf", "[Service]\n\nExecStartPre=\n"), with_gate(usual()));
  ASSERT_TRUE(found && found->location);
  EXPECT_THAT(found->message, HasSubstr("gate"));
  EXPECT_EQ(found->location->line, 3U);
}

TEST(Conflict, IsALaterTimeoutThatCutsTheGateShort) {
  const auto found =
      conflict(unit("").file(kDirectory + "zzz.conf", "[Service]\nTimeoutStartSec=89\n"),
               with_gate(usual()));
  ASSERT_TRUE(found && found->location);
  EXPECT_EQ(found->location->file, kDirectory + "zzz.conf");
  EXPECT_EQ(found->location->line, 2U);
  EXPECT_THAT(found->hint, HasSubstr("90s"));
}

}  // namespace
}  // namespace ollama_gpu
