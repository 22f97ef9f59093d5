// SPDX-License-Identifier: MIT
// OG2xx: every fault once, and its nearest correct neighbour in silence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/doctor/patient.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Case {
  const char* name;
  const char* faulty;
  const char* code;
  const char* correct;
  const char* fixed = "";
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }

class ValueFault : public testing::TestWithParam<Case> {};

std::string line(const char* assignments) {
  return "Environment=" + std::string(assignments) + "\n";
}

TEST_P(ValueFault, IsFound) {
  Patient patient;
  patient.service(line(GetParam().faulty));
  EXPECT_THAT(patient.marks(), ElementsAre(GetParam().code + std::string(" override.conf:2:13")));
  const std::string fixed = GetParam().fixed;
  EXPECT_EQ(patient.fixed(kOverridePath), fixed.empty() ? "" : "[Service]\n" + line(fixed.c_str()));
}

TEST_P(ValueFault, IsNotFoundInTheCorrectValue) {
  Patient patient;
  patient.service(line(GetParam().correct));
  EXPECT_THAT(patient.marks(), IsEmpty());
  const std::string fixed = GetParam().fixed;
  if (fixed.empty()) return;
  patient.service(line(fixed.c_str()));
  EXPECT_THAT(patient.marks(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ValueFault,
    testing::Values(
        Case{"SwitchOff", "OLLAMA_SCHED_SPREAD=off", "OG201", "OLLAMA_SCHED_SPREAD=f",
             "OLLAMA_SCHED_SPREAD=0"},
        Case{"SwitchNo", "\"OLLAMA_NOPRUNE=No\"", "OG201", "OLLAMA_NOPRUNE=false",
             "\"OLLAMA_NOPRUNE=0\""},
        Case{"SwitchWithANumber", "OLLAMA_SCHED_SPREAD=3", "OG201", "OLLAMA_SCHED_SPREAD=1"},
        Case{"SwitchAuto", "OLLAMA_FLASH_ATTENTION=auto", "OG201", "OLLAMA_FLASH_ATTENTION=on"},
        Case{"Days", "OLLAMA_KEEP_ALIVE=1d", "OG202", "OLLAMA_KEEP_ALIVE=24h",
             "OLLAMA_KEEP_ALIVE=24h"},
        Case{"Forever", "OLLAMA_KEEP_ALIVE=forever", "OG202", "OLLAMA_KEEP_ALIVE=-1"},
        Case{"SizeWithAUnit", "OLLAMA_GPU_OVERHEAD=1G", "OG203", "OLLAMA_GPU_OVERHEAD=1073741824"},
        Case{"NegativeCount", "OLLAMA_NUM_PARALLEL=-1", "OG203", "OLLAMA_NUM_PARALLEL=0"},
        Case{"CacheType", "OLLAMA_KV_CACHE_TYPE=int8", "OG204", "OLLAMA_KV_CACHE_TYPE=Q8_0"},
        Case{"PortTooLarge", "OLLAMA_HOST=0.0.0.0:99999", "OG205", "OLLAMA_HOST=0.0.0.0:11435"},
        Case{"Tilde", "OLLAMA_MODELS=~/models", "OG206", "OLLAMA_MODELS=/srv/models"},
        Case{"DeviceOrder", "CUDA_DEVICE_ORDER=PCI", "OG207", "CUDA_DEVICE_ORDER=PCI_BUS_ID"},
        Case{"NearMissWithoutUnderscore", "OLLAMA_KEEPALIVE=24h", "OG208", "MY_KEEPALIVE=24h",
             "OLLAMA_KEEP_ALIVE=24h"},
        Case{"NearMissByALetter", "OLLAMA_MODEL=/srv", "OG208", "OLLAMA_MODELS=/srv"},
        Case{"SmallLetters", "ollama_host=0.0.0.0", "OG208", "OLLAMA_HOST=0.0.0.0",
             "OLLAMA_HOST=0.0.0.0"},
        Case{"PortOfHttp", "OLLAMA_HOST=http://0.0.0.0", "OG211",
             "OLLAMA_HOST=http://0.0.0.0:11434"},
        Case{"RandomPort", "OLLAMA_HOST=127.0.0.1:0", "OG211", "OLLAMA_HOST=:11434"},
        Case{"NoQueue", "OLLAMA_MAX_QUEUE=0", "OG212", "OLLAMA_MAX_QUEUE=1"},
        Case{"QuantisedWithoutFlash", "OLLAMA_KV_CACHE_TYPE=q8_0 OLLAMA_FLASH_ATTENTION=0", "OG213",
             "OLLAMA_KV_CACHE_TYPE=q8_0 OLLAMA_FLASH_ATTENTION=1"},
        Case{"BareUuid", "CUDA_VISIBLE_DEVICES=58a80000-0000-0000-0000-000000000000", "OG302",
             "CUDA_VISIBLE_DEVICES=GPU-58a80000-0000-0000-0000-000000000000",
             "CUDA_VISIBLE_DEVICES=GPU-58a80000-0000-0000-0000-000000000000"},
        Case{"BlankInAList", "\"CUDA_VISIBLE_DEVICES=0, 1\"", "OG302", "CUDA_VISIBLE_DEVICES=0,1",
             "\"CUDA_VISIBLE_DEVICES=0,1\""},
        Case{"BlanksForCommas", "\"CUDA_VISIBLE_DEVICES=0 1 2 3\"", "OG302",
             "CUDA_VISIBLE_DEVICES=0,1,2,3", "\"CUDA_VISIBLE_DEVICES=0,1,2,3\""},
        Case{"SemicolonsForCommas", "CUDA_VISIBLE_DEVICES=0;1", "OG302", "CUDA_VISIBLE_DEVICES=0,1",
             "CUDA_VISIBLE_DEVICES=0,1"},
        Case{"MoreThanIds", "\"CUDA_VISIBLE_DEVICES=0 and 1\"", "OG302",
             "CUDA_VISIBLE_DEVICES=0,1"},
        Case{"AnIdIsMissing", "\"CUDA_VISIBLE_DEVICES=0, ,1\"", "OG302",
             "CUDA_VISIBLE_DEVICES=0,1"},
        Case{"OddBlankInAList",
             "CUDA_VISIBLE_DEVICES=0\xC2\xA0"
             "1",
             "OG604", "CUDA_VISIBLE_DEVICES=0,1", "CUDA_VISIBLE_DEVICES=0,1"},
        Case{"NothingBetweenTwoIds",
             "CUDA_VISIBLE_DEVICES=0\xE2\x80\x8B"
             "1",
             "OG604", "CUDA_VISIBLE_DEVICES=0,1"},
        Case{"FullWidthInAPath",
             "OLLAMA_MODELS=/srv/\xEF\xBC\x88"
             "a\xEF\xBC\x89",
             "OG604", "OLLAMA_MODELS=/srv/\xE6\xA8\xA1"},
        Case{"WordLeftOut", "OLLAMA_SPREAD=1", "OG208", "OLLAMA_SCHED_SPREAD=1"},
        Case{"OtherName", "OLLAMA_NUM_CTX=8192", "OG208", "OLLAMA_CONTEXT_LENGTH=8192"},
        Case{"NobodysName", "OLLAMA_NUM_GPU=4", "OG208", "NUM_GPU=4"},
        Case{"ContainersName", "NVIDIA_VISIBLE_DEVICES=all", "OG208",
             "NVIDIA_DRIVER_CAPABILITIES=all"},
        Case{"UnknownName", "OLLAMA_FOO=1", "OG208", "MY_OLLAMA_FOO=1"},
        Case{"SeveralInOneValue", "\"OLLAMA_MODELS=/srv OLLAMA_DEBUG=1 CUDA_VISIBLE_DEVICES=0\"",
             "OG219", "\"OLLAMA_MODELS=/srv\" \"OLLAMA_DEBUG=1\""},
        Case{"SeveralBySemicolon", "OLLAMA_ORIGINS=*;OLLAMA_HOST=0.0.0.0", "OG219",
             "OLLAMA_ORIGINS=*"},
        Case{"LibraryPathAndMore", "\"LD_LIBRARY_PATH=/a:/b CUDA_VISIBLE_DEVICES=0,1\"", "OG219",
             "\"DOCKER_OPTS=-e OLLAMA_HOST=0.0.0.0 OLLAMA_DEBUG=1\""},
        Case{"GfxName", "HSA_OVERRIDE_GFX_VERSION=gfx1030", "OG207",
             "HSA_OVERRIDE_GFX_VERSION=10.3.0", "HSA_OVERRIDE_GFX_VERSION=10.3.0"},
        Case{"GfxDigits", "HSA_OVERRIDE_GFX_VERSION=90a", "OG207",
             "HSA_OVERRIDE_GFX_VERSION=9.0.10", "HSA_OVERRIDE_GFX_VERSION=9.0.10"},
        Case{"GfxTwoParts", "HSA_OVERRIDE_GFX_VERSION=10.3", "OG207",
             "HSA_OVERRIDE_GFX_VERSION=11.0.0"},
        Case{"LibraryCutShort", "OLLAMA_LLM_LIBRARY=cuda", "OG207", "OLLAMA_LLM_LIBRARY=cuda_v12"},
        Case{"LibraryInCapitals", "OLLAMA_LLM_LIBRARY=CUDA_v12", "OG207",
             "OLLAMA_LLM_LIBRARY=rocm"},
        Case{"UnixSocket", "OLLAMA_HOST=unix:///run/ollama.sock", "OG205",
             "OLLAMA_HOST=unixhost:11434"},
        Case{"DotForAColon", "OLLAMA_HOST=0.0.0.0.11434", "OG205", "OLLAMA_HOST=0.0.0.0:11434"},
        Case{"NumberTooLarge", "OLLAMA_HOST=192.168.1.256:11434", "OG205",
             "OLLAMA_HOST=192.168.1.255:11434"},
        Case{"OriginWithoutScheme", "OLLAMA_ORIGINS=ui.example.org", "OG207",
             "OLLAMA_ORIGINS=http://ui.example.org"},
        Case{"OriginBehindABlank", "\"OLLAMA_ORIGINS=http://a.example, http://b.example\"", "OG207",
             "OLLAMA_ORIGINS=http://a.example,http://b.example"},
        Case{"OriginsEndInAComma", "OLLAMA_ORIGINS=http://a.example,", "OG207",
             "OLLAMA_ORIGINS=http://*.example"},
        Case{"OriginWithTwoStars", "OLLAMA_ORIGINS=*:*", "OG207", "OLLAMA_ORIGINS=*"},
        Case{"AllGpus", "CUDA_VISIBLE_DEVICES=all", "OG302", "CUDA_VISIBLE_DEVICES=-1"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Doctor, TellsOfALogLevelThatHides) {
  Patient patient;
  patient.service("Environment=OLLAMA_DEBUG=-1\n");
  EXPECT_THAT(patient.marks(), ElementsAre("(OG214 override.conf:2:13)"));
  patient.service("Environment=OLLAMA_DEBUG=2\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(Doctor, HoldsSettingsAgainstOllamasVersion) {
  Patient patient;
  patient.service("Environment=OLLAMA_MAX_VRAM=1000\n");
  EXPECT_THAT(patient.marks(), IsEmpty());  // which version runs was not seen
  patient.facts.ollama_version = "0.33.0-rc2";
  EXPECT_THAT(patient.marks(), ElementsAre("OG209 override.conf:2:13"));
  patient.facts.ollama_version = "0.6.8";
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("Environment=OLLAMA_IGPU_ENABLE=1\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG210 override.conf:2:13"));
  patient.facts.ollama_version = "0.30.0";
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.facts.ollama_version = "0.0.0";  // built from source
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(Doctor, IsSilentOnNamesThatSomethingReads) {
  Patient patient;
  const std::string name = "Environment=OLLAMA_NUM_GPU=999 OLLAMA_ARGS=-v\n";
  patient.service(name + "ExecStart=\nExecStart=/usr/local/bin/ollama serve $OLLAMA_ARGS\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG208 override.conf:2:13"));
  EXPECT_EQ(patient.only("OG208").severity, Severity::warning);
  EXPECT_THAT(patient.only("OG208").remedy, HasSubstr("--gpus"));
  patient.service(name + "ExecStart=\nExecStart=/opt/ipex-llm/ollama serve\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("Environment=OLLAMA_NUM_GPU=999\nExecStart=\nExecStart=/srv/start.sh\n");
  EXPECT_THAT(patient.marks(), ElementsAre("(OG208 override.conf:2:13)"));
  patient.service("Environment=OLLAMA_FOO=1\n").facts.ollama_version = "0.99.0";
  EXPECT_THAT(patient.marks(), ElementsAre("(OG208 override.conf:2:13)"));
}

TEST(Doctor, JudgesValuesOfEnvironmentFilesToo) {
  Patient patient;
  patient.service("EnvironmentFile=/etc/default/ollama\n");
  patient.file("/etc/default/ollama", "OLLAMA_KEEP_ALIVE=1d\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG202 ollama:1:1"));
  EXPECT_FALSE(patient.only("OG202").fixable());  // only unit files are edited
}

TEST(Doctor, TellsOfUnitSyntaxInAnEnvironmentFile) {
  Patient patient;
  patient.service("EnvironmentFile=/etc/ollama.env\n");
  patient.file("/etc/ollama.env", "[Service]\nEnvironment=\"OLLAMA_HOST=0.0.0.0:11434\"\nA=1\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG110 ollama.env:1:1", "OG110 ollama.env:2:1"));
  patient.file("/etc/ollama.env", "# [Service]\nOLLAMA_HOST=0.0.0.0:11434\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(Doctor, JudgesOnlyTheValueThatWins) {
  Patient patient;
  patient.lines("Environment=OLLAMA_KEEP_ALIVE=1d\n")
      .unit(
          "[Service]\nUser=ollama\nExecStart=/bin/ollama\n"
          "Environment=OLLAMA_KEEP_ALIVE=1d\n");
  patient.service("Environment=OLLAMA_KEEP_ALIVE=24h\n");
  EXPECT_THAT(patient.marks(), ElementsAre("(OG401 override.conf:2:13)"));
}

TEST(Doctor, DoesNotRenameWhatIsSetAlready) {
  Patient patient;
  patient.service("Environment=OLLAMA_KEEPALIVE=24h OLLAMA_KEEP_ALIVE=1h\n");
  EXPECT_FALSE(patient.only("OG208").fixable());
  EXPECT_THAT(patient.only("OG208").remedy, HasSubstr("OLLAMA_KEEP_ALIVE=24h"));
}

}  // namespace
}  // namespace ollama_gpu
