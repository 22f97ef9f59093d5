// SPDX-License-Identifier: MIT
// What cannot end well is refused before anything is touched, with the place in the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Obstacle {
  const char* name;
  const char* path;
  std::string bytes;
  int code;
  std::size_t line;
  const char* message;
};

void PrintTo(const Obstacle& obstacle, std::ostream* out) { *out << obstacle.name; }

class RefusedFor : public testing::TestWithParam<Obstacle> {};

TEST_P(RefusedFor, WritesNothing) {
  World world;
  world.files.put(GetParam().path, GetParam().bytes);
  world.systemd.load();
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(GetParam().code));
  ASSERT_TRUE(outcome.error);
  EXPECT_THAT(outcome.error->message, HasSubstr(GetParam().message));
  EXPECT_FALSE(outcome.error->hint.empty());
  ASSERT_TRUE(outcome.error->location);
  EXPECT_EQ(outcome.error->location->file, GetParam().path);
  EXPECT_EQ(outcome.error->location->line, GetParam().line);
  EXPECT_THAT(world.calls.all(), IsEmpty());
  EXPECT_FALSE(world.store.held);
}

const char* const kLater = "/etc/systemd/system/ollama.service.d/zzz.conf";
const char* const kControl = "/etc/systemd/system.control/ollama.service.d/zz-ollama-gpu.conf";

INSTANTIATE_TEST_SUITE_P(
    Files, RefusedFor,
    testing::Values(
        Obstacle{"ALaterDropIn", kLater, "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n", 6, 2,
                 "OLLAMA_KEEP_ALIVE=-1 would not be in force"},
        Obstacle{"ALaterReset", kLater, "[Service]\nEnvironment=\n", 6, 2, "takes every"},
        Obstacle{"UnsetEnvironment", kOverride, "[Service]\nUnsetEnvironment=OLLAMA_KEEP_ALIVE\n",
                 6, 2, "UnsetEnvironment="},
        Obstacle{"AFileOfOurNameThatWins", kControl, "[Service]\n", 6, 0, "hides our drop-in"},
        Obstacle{"AServiceDropInForAll", "/etc/systemd/system/service.d/zzz.conf",
                 "[Service]\nEnvironment=OLLAMA_SCHED_SPREAD=0\n", 6, 2, "OLLAMA_SCHED_SPREAD"},
        Obstacle{"ABrokenHeader", kFragment,
                 "[Unit]\nAfter=network-online.target\n[Service\nExecStart=/bin/ollama serve\n", 6,
                 3, "breaks off"},
        Obstacle{"AHeaderOnTheSameLine", kFragment,
                 "[Unit]\nAfter=network-online.target[Service]\nExecStart=/bin/ollama serve\n", 6,
                 2, "no ExecStart="},
        Obstacle{"InvalidUtf8", kFragment, "[Unit]\nDescription=\xFF\n[Service]\nExecStart=/x\n", 6,
                 2, "breaks off"}),
    [](const auto& test) { return test.param.name; });

TEST(Refusal, NamesTheLineOfAnEnvironmentFile) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironmentFile=/etc/default/ollama\n");
  world.files.put("/etc/default/ollama", "# x\nOLLAMA_KEEP_ALIVE=5m\n");
  world.systemd.load();
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(6));
  ASSERT_TRUE(outcome.error->location);
  EXPECT_EQ(outcome.error->location->file, "/etc/default/ollama");
  EXPECT_EQ(outcome.error->location->line, 2U);
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Refusal, IsNotForAnEnvironmentFileThatSaysTheSame) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironmentFile=-/etc/default/ollama\n");
  world.files.put("/etc/default/ollama", "OLLAMA_KEEP_ALIVE=-1\n");
  world.systemd.load();
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(0));
}

TEST(Refusal, OfAMaskedUnit) {
  World world;
  world.files.remove(kFragment);
  world.files.link(kFragment, "/dev/null");
  world.systemd.load();
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(6));
  EXPECT_THAT(outcome.error->hint, HasSubstr("systemctl unmask"));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Refusal, OfAUnitThatIsNotThere) {
  World world;
  world.options.unit = "llama";
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_THAT(outcome.error->message, HasSubstr("llama.service"));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Refusal, OfABadUnitName) {
  World world;
  world.options.unit = "../ollama";
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(2));
  EXPECT_THAT(world.store.locks, IsEmpty());
}

TEST(Refusal, OfAValueThatOllamaWouldMisread) {
  World world;
  const auto outcome = world.configure(Ask().set("OLLAMA_KEEP_ALIVE", "1d"));
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.error->hint, HasSubstr("24h"));
  EXPECT_THAT(world.configure(Ask().set("OLLAMA_KEEPALIVE", "1h")), ExitsWith(2));
  EXPECT_THAT(world.store.locks, IsEmpty());
  Ask forced = Ask().set("OLLAMA_KEEP_ALIVE", "1d");
  forced.options.request.force = true;
  EXPECT_NE(world.configure(forced).error.value_or(Error{}).code, Errc::usage);
}

TEST(Refusal, OfGpusThatAreNotThere) {
  World world;
  EXPECT_THAT(world.configure(Ask().gpus("7")), ExitsWith(5));
  world.gpus.inventory = {};
  world.gpus.inventory.problem = "no NVIDIA driver is loaded";
  const auto outcome = world.configure(Ask().gpus("all"));
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_THAT(outcome.error->message, HasSubstr("no NVIDIA driver is loaded"));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Refusal, NamesWhoListensOnTheAddress) {
  World world;
  world.processes.others = {{Endpoint{"127.0.0.1", 8080}, {99, "nginx", "/nginx", 0}}};
  const auto outcome = world.configure(Ask().set("OLLAMA_HOST", "127.0.0.1:8080"));
  EXPECT_THAT(outcome, ExitsWith(6));
  EXPECT_THAT(outcome.error->message, HasSubstr("nginx (pid 99)"));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Refusal, OfAnEnvironmentFileThatIsNotThere) {
  World world;
  world.files.put(kLater, "[Service]\nEnvironmentFile=/etc/default/nofile\n");
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(6));
  EXPECT_EQ(outcome.error->location->line, 2U);
  EXPECT_THAT(world.calls.all(), IsEmpty());
  World optional;
  optional.files.put(kLater, "[Service]\nEnvironmentFile=-/etc/default/nofile\n");
  EXPECT_THAT(optional.configure(the_usual()), ExitsWith(0));
}

TEST(Refusal, OfATargetThatIsALink) {
  World world;
  world.files.link(kOurs, "/etc/passwd");
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(6));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Refused, IsAUnitThatOnlyStartsAContainer) {
  World world;
  world.files.put(kFragment, "[Service]\nExecStart=/usr/bin/docker run ollama/ollama\n");
  world.files.put("/usr/bin/docker", "a program");
  world.systemd.boot();
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(6));
  EXPECT_THAT(outcome.error->message, HasSubstr("starts a container with docker"));
  EXPECT_EQ(outcome.error->location->line, 2U);
  EXPECT_EQ(world.ours(), "(none)");
}

// What lies there is not known then: a plan would be made over a world without it.
TEST(Unreadable, FilesAndDirectoriesStopEverything) {
  const std::string later = std::string(kDirectory) + "/zzz.conf";
  for (const std::string& path : {std::string(kFragment), std::string(kDirectory), later,
                                  std::string("/etc/systemd/system")}) {
    World world;
    world.files.put(later, "[Service]\nEnvironment=OLLAMA_NUM_PARALLEL=2\n");
    world.systemd.boot();
    world.files.unreadable[path] = Error{Errc::failed, "cannot open " + path + ": EIO"};
    const auto outcome = world.configure(the_usual());
    EXPECT_THAT(outcome, ExitsWith(1)) << path;
    EXPECT_THAT(outcome.error->message, HasSubstr(path));
    EXPECT_THAT(world.calls.all(), IsEmpty());
  }
}

}  // namespace
}  // namespace ollama_gpu
