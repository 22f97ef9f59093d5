// SPDX-License-Identifier: MIT
// OG4xx and OG5xx: who wins, what lags behind, what is risky; each with a correct neighbour.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/doctor/finding_code.hpp"
#include "core/doctor/patient.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(DoctorWinners, TwoDropInsThatContradictEachOther) {
  Patient patient;
  patient.service("Environment=OLLAMA_KEEP_ALIVE=-1\n");
  patient.drop_in("zz.conf", "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG401 zz.conf:2:13"));
  EXPECT_THAT(patient.only("OG401").message, HasSubstr("override.conf:2"));
  patient.drop_in("zz.conf", "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=-1s\n");  // the same
  EXPECT_THAT(patient.marks(), ElementsAre("(OG401 zz.conf:2:13)"));
  patient.drop_in("zz.conf", "[Service]\nEnvironment=OLLAMA_NUM_PARALLEL=2\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorWinners, AnEnvironmentFileThatBeatsADropIn) {
  Patient patient;
  patient.service("Environment=OLLAMA_KEEP_ALIVE=-1\nEnvironmentFile=/etc/default/ollama\n");
  patient.file("/etc/default/ollama", "OLLAMA_KEEP_ALIVE=5m\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG401 ollama:1:1"));
  EXPECT_THAT(patient.only("OG401").why, HasSubstr("EnvironmentFile="));
}

TEST(DoctorWinners, OursWinningIsAnInfo) {
  Patient patient;
  patient.service("Environment=OLLAMA_KEEP_ALIVE=5m\n");
  DropIn ours;
  ours.put({"OLLAMA_KEEP_ALIVE", "-1", ""});
  patient.drop_in("zz-ollama-gpu.conf", render_drop_in(ours, "ollama.service"));
  patient.facts.drop_in = ours;
  ASSERT_EQ(patient.findings().size(), 1U);
  EXPECT_EQ(patient.findings().front().severity, Severity::info);
  patient.drop_in("zzz.conf", "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1h\n");
  EXPECT_EQ(patient.only("OG404").place.file, std::string(kDropIns) + "zzz.conf");
}

TEST(DoctorWinners, EverySettingOfOursThatIsBeaten) {
  Patient patient;
  DropIn ours;
  ours.put({"OLLAMA_KEEP_ALIVE", "-1", ""});
  ours.put({"OLLAMA_NUM_PARALLEL", "4", ""});
  ours.put({"OLLAMA_SCHED_SPREAD", "1", ""});
  patient.drop_in("zz-ollama-gpu.conf", render_drop_in(ours, "ollama.service"));
  patient.facts.drop_in = ours;
  patient.drop_in("zzz.conf",
                  "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1h\n"
                  "Environment=OLLAMA_SCHED_SPREAD=1\nUnsetEnvironment=OLLAMA_NUM_PARALLEL\n");
  EXPECT_THAT(patient.marks(),
              testing::IsSupersetOf({"OG404 zzz.conf:2:13", "OG404 zzz.conf:4:18"}));
  EXPECT_THAT(patient.marks(), testing::Not(testing::Contains("(OG401 zzz.conf:2:13)")));
}

TEST(DoctorWinners, AVariableSetAndTakenAway) {
  Patient patient;
  patient.service("Environment=OLLAMA_DEBUG=1\nUnsetEnvironment=OLLAMA_DEBUG\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG402 override.conf:3:18"));
  patient.service("Environment=OLLAMA_DEBUG=1\nUnsetEnvironment=OLLAMA_DEBUG=0\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorWinners, AnEmptyEnvironment) {
  Patient patient;
  patient.service("Environment=\nEnvironment=OLLAMA_DEBUG=1\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG403 override.conf:2:1"));
  EXPECT_THAT(patient.only("OG403").message, HasSubstr("PATH"));
  patient.service("Environment=\nEnvironment=PATH=/bin\n");
  EXPECT_THAT(patient.marks(), ElementsAre("(OG401 override.conf:3:13)"));
}

Patient running(const std::string& lines) {
  Patient patient;
  patient.service(lines);
  const UnitSnapshot seen = patient.snapshot();
  LoadedUnit loaded;
  loaded.environment = environment_strings(seen.environment);
  loaded.drop_ins = seen.on_disk.drop_ins;
  loaded.fragment = seen.on_disk.fragment;
  loaded.uptime = 86400;
  patient.facts.loaded = loaded;
  patient.facts.process = {{"HOME", "/usr/share/ollama"}, {"INVOCATION_ID", "1"}};
  for (const Assignment& a : seen.environment.environment) {
    (*patient.facts.process)[a.name] = a.value;
  }
  return patient;
}

TEST(DoctorDrift, SystemdLagsBehind) {
  Patient patient = running("Environment=OLLAMA_DEBUG=1\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("Environment=OLLAMA_DEBUG=0\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG411 override.conf:2:13"));
  patient.service("Environment=OLLAMA_DEBUG=1\n").facts.loaded->need_reload = true;
  EXPECT_THAT(patient.marks(), ElementsAre("OG411 ollama.service"));
}

TEST(DoctorDrift, TheProcessLagsBehind) {
  Patient patient = running("Environment=OLLAMA_DEBUG=1\n");
  patient.facts.process->erase("OLLAMA_DEBUG");
  EXPECT_THAT(patient.marks(), ElementsAre("OG412 override.conf:2:13"));
  patient = running("Environment=OLLAMA_DEBUG=1\n");
  (*patient.facts.process)["OLLAMA_KEEP_ALIVE"] = "-1";  // no file says so any more
  EXPECT_THAT(patient.only("OG412").message, HasSubstr("OLLAMA_KEEP_ALIVE"));
}

TEST(DoctorDrift, OurDropInWasTakenAway) {
  Patient patient = running("");
  (*patient.facts.process)["OLLAMA_KEEP_ALIVE"] = "-1";
  patient.facts.taken_away = 7;
  EXPECT_THAT(patient.marks(), ElementsAre("OG414 zz-ollama-gpu.conf", "OG412 ollama.service"));
  EXPECT_THAT(patient.only("OG414").remedy, HasSubstr("rollback 7"));
  EXPECT_THAT(patient.only("OG412").remedy, testing::Not(HasSubstr("configure")));
}

TEST(DoctorDrift, AnEnvironmentFileChangedSinceTheStart) {
  Patient patient = running("EnvironmentFile=-/etc/default/ollama\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.file("/etc/default/ollama", "OLLAMA_DEBUG=1\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG412 ollama:1:1"));
}

TEST(DoctorDrift, ASettingFromSystemdsOwnEnvironment) {
  Patient patient = running("");
  const std::vector<Assignment> manager{{"HTTPS_PROXY", "http://p"}, {"OLLAMA_KEEP_ALIVE", "1h"}};
  patient.manager = manager;
  for (const Assignment& a : manager) (*patient.facts.process)[a.name] = a.value;
  EXPECT_THAT(patient.marks(), ElementsAre("(OG413)"));
  EXPECT_THAT(patient.only("OG413").remedy, HasSubstr("--set OLLAMA_KEEP_ALIVE=1h"));
  (*patient.facts.process)["OLLAMA_KEEP_ALIVE"] = "1 h";
  patient.manager = std::vector<Assignment>{manager[0], {"OLLAMA_KEEP_ALIVE", "1 h"}};
  EXPECT_THAT(patient.only("OG413").remedy, HasSubstr("--set 'OLLAMA_KEEP_ALIVE=1 h'"));
  patient = running("Environment=OLLAMA_KEEP_ALIVE=2h\n");  // a file says so, and wins
  patient.manager = manager;
  (*patient.facts.process)["HTTPS_PROXY"] = "http://p";
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorDrift, PassEnvironmentOfNothing) {
  Patient patient;
  patient.service("PassEnvironment=CUDA_VISIBLE_DEVICES MY_OWN\n");
  EXPECT_THAT(patient.marks(), IsEmpty());  // PID 1's variables were not seen
  patient.facts.sees_manager_process = true;
  EXPECT_THAT(patient.marks(), ElementsAre("OG415 override.conf:2:17"));
}

TEST(DoctorDrift, ADropInThatGoesAtTheNextBoot) {
  Patient patient;
  patient.file("/run/systemd/system/ollama.service.d/override.conf",
               "[Service]\nEnvironment=OLLAMA_DEBUG=1\n");
  const UnitSnapshot seen = patient.snapshot();
  patient.facts.loaded = LoadedUnit{
      environment_strings(seen.environment), {}, seen.on_disk.drop_ins, seen.on_disk.fragment};
  EXPECT_THAT(patient.marks(), ElementsAre("(OG416 override.conf:2:13)"));
}

TEST(DoctorRisk, TheLastWordsOfAServiceThatFails) {
  Patient patient;
  patient.facts.loaded = LoadedUnit{};
  patient.facts.loaded->failing = true;
  patient.facts.loaded->failure = "Error: listen tcp: bind: permission denied";
  EXPECT_THAT(patient.only("OG506").message, HasSubstr("the service fails: Error: listen tcp"));
}

TEST(DoctorRisk, AWordThatOllamaNeverSays) {
  Patient patient;
  patient.service("Type=notify\nWatchdogSec=4\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG508 override.conf:2:1", "OG508 override.conf:3:1"));
  patient.service("Type=exec\nWatchdogSec=0\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("Type=notify\nExecStart=\nExecStart=/srv/start.sh\n");  // which may say it
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorRisk, AServiceOutOfReach) {
  Patient patient;
  patient.service("IPAddressDeny=any\nIPAddressAllow=192.168.0.0/16\n");
  EXPECT_THAT(patient.marks(), ElementsAre("(OG507)"));
  patient.service("IPAddressDeny=any\nIPAddressAllow=localhost\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("NetworkNamespacePath=/run/netns/vpn\n");
  EXPECT_THAT(patient.marks(), ElementsAre("(OG507)"));
}

TEST(DoctorDrift, WhatCannotBeResolvedIsNotCompared) {
  Patient patient = running("Environment=A=%b\n");  // the boot id: not known here
  (*patient.facts.process)["A"] = "0123";
  patient.facts.loaded->environment.back() = "A=0123";
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorRisk, OnAllInterfacesForEveryPage) {
  Patient patient;
  patient.service("Environment=OLLAMA_HOST=0.0.0.0 OLLAMA_ORIGINS=http://a,*\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG501 override.conf:2:33"));
  patient.service("Environment=OLLAMA_HOST=127.0.0.1 OLLAMA_ORIGINS=*\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("Environment=OLLAMA_HOST=0.0.0.0 OLLAMA_ORIGINS=http://localhost:*\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("Environment=OLLAMA_HOST=:11434 OLLAMA_ORIGINS=*\n");
  EXPECT_EQ(patient.only("OG501").severity, Severity::warning);
}

TEST(DoctorRisk, ModelsForEverThatDoNotFit) {
  Patient patient;
  patient.gpus(1).service("Environment=OLLAMA_KEEP_ALIVE=-1\n");
  patient.facts.models = {{"a", 60ULL << 30U}, {"b", 40ULL << 30U}, {"small", 1ULL << 30U}};
  EXPECT_THAT(patient.marks(), ElementsAre("(OG502 override.conf:2:13)"));
  patient.gpus(1);
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorRisk, AFloodOfRestarts) {
  Patient patient = running("");
  patient.facts.loaded->restarts = 40;
  EXPECT_THAT(patient.marks(), IsEmpty());  // long ago
  patient.facts.loaded->uptime = 20;
  EXPECT_THAT(patient.marks(), ElementsAre("OG506"));
  patient.facts.loaded->restarts = 1;
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.facts.loaded->failing = true;
  EXPECT_EQ(patient.only("OG506").message, "the service fails");
  patient.facts.loaded->restarts = 7;
  EXPECT_EQ(patient.only("OG506").severity, Severity::error);
}

TEST(FindingKinds, AreThoseOfTheCodesThatCompile) {
  std::vector<std::string_view> codes;
  for (const FindingKind& kind : finding_kinds()) codes.push_back(kind.code);
  EXPECT_THAT(codes, testing::ElementsAreArray(kFindingCodes));
  static_assert(kFindingCodes[FindingCode("OG604").index()] == "OG604");
}

TEST(FindingKinds, HaveCodesInOrderAndSayEverything) {
  std::string last;
  for (const FindingKind& kind : finding_kinds()) {
    EXPECT_LT(last, kind.code);
    last = kind.code;
    EXPECT_EQ(find_kind(kind.code), &kind);
    EXPECT_FALSE(kind.title.empty() || kind.why.empty() || kind.explanation.empty()) << last;
  }
  EXPECT_EQ(find_kind("OG999"), nullptr);
  EXPECT_NE(find_kind("og101"), nullptr);
}

}  // namespace
}  // namespace ollama_gpu
