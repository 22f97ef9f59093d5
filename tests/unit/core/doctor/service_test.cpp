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
  patient.facts.loaded = LoadedUnit{environment_strings(seen.environment), {}, seen.on_disk.drop_ins,
                                    seen.on_disk.fragment};
  EXPECT_THAT(patient.marks(), ElementsAre("(OG416 override.conf:2:13)"));
}

struct Fault {
  const char* lines;
  const char* message;
};

TEST(DoctorRisk, WhatKeepsTheServiceFromStarting) {
  for (const Fault& fault :
       {Fault{"User=nobodyhere", "there is no user nobodyhere"},
        Fault{"Group=nogrouphere", "there is no group nogrouphere"},
        Fault{"WorkingDirectory=/srv/none", "there is no working directory /srv/none"},
        Fault{"ReadWritePaths=/srv/none", "/srv/none, which ReadWritePaths= names"},
        Fault{"BindPaths=/srv/none:/srv/x", "/srv/none, which BindPaths= names"},
        Fault{"EnvironmentFile=/etc", "/etc is a directory, not an environment file"},
        Fault{"ConditionPathExists=/run/gpu-ready", "systemd skips every start"}}) {
    Patient patient;
    const std::string lines = fault.lines;
    patient.drop_in("override.conf",
                    (lines.starts_with("Condition") ? "[Unit]\n" : "[Service]\n") + lines + "\n");
    patient.file("/etc/nsswitch.conf", "passwd:  files systemd\ngroup: files\n");
    patient.file("/etc/passwd", "ollama:x:990:991::/usr/share/ollama:/bin/false\n");
    patient.file("/etc/group", "ollama:x:991:\n").files.directory("/usr/share/ollama");
    patient.facts.loaded = LoadedUnit{};
    const Finding& found = patient.only("OG506");
    EXPECT_THAT(found.message, HasSubstr(fault.message));
    EXPECT_EQ(found.place.line, 2U) << fault.lines;
    EXPECT_EQ(found.severity, Severity::warning);
    patient.facts.loaded->failing = true;
    if (lines.starts_with("Condition")) continue;
    EXPECT_THAT(patient.only("OG506").message, HasSubstr("the service fails: "));
    EXPECT_EQ(patient.only("OG506").severity, Severity::error);
  }
}

TEST(DoctorRisk, WhatMayComeFromElsewhereStopsNoStart) {
  Patient patient;
  patient.facts.loaded = LoadedUnit{};
  patient.file("/etc/nsswitch.conf", "passwd: files sss\n");
  patient.file("/etc/passwd", "ollama:x:990:991::/usr/share/ollama:/bin/false\n");
  for (const char* lines :
       {"User=me@corp", "User=1234", "WorkingDirectory=-/srv/none", "WorkingDirectory=~",
        "ReadWritePaths=-/srv/none", "DynamicUser=yes\nUser=fleeting",
        "StateDirectory=ollama\nWorkingDirectory=/var/lib/ollama", "EnvironmentFile=-/etc/none"}) {
    patient.service(std::string(lines) + "\n");
    EXPECT_THAT(patient.marks(), testing::Not(testing::Contains(HasSubstr("OG506")))) << lines;
  }
  patient = Patient();
  patient.has_programs = false;
  EXPECT_THAT(patient.marks(), IsEmpty());  // an image, perhaps not complete yet
  patient.facts.loaded = LoadedUnit{};
  EXPECT_THAT(patient.only("OG506").message, HasSubstr("there is no /usr/local/bin/ollama"));
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

Patient with_models(const std::string& path) {
  Patient patient;
  patient.service("Environment=OLLAMA_MODELS=" + path + "\n");
  patient.file("/etc/passwd",
               "root:x:0:0:root:/root:/bin/sh\nollama:x:990:991::/usr/share/ollama:/bin/false\n");
  patient.file("/etc/group", "media:x:50:ollama\nollama:x:991:\n");
  patient.files.directory("/usr/share/ollama").owned("/usr/share/ollama", 0755, 990, 991);
  patient.files.directory("/home/me/models").owned("/home/me", 0750, 1000, 50);
  patient.files.owned("/home/me/models", 0777, 1000, 1000);
  return patient;
}

TEST(DoctorModels, BelowAClosedDirectory) {
  Patient patient = with_models("/home/me/models");
  EXPECT_THAT(patient.marks(), IsEmpty());  // through the group media
  patient.files.owned("/home/me", 0750, 1000, 1000);
  EXPECT_THAT(patient.marks(), ElementsAre("OG503 override.conf:2:13"));
  EXPECT_THAT(patient.only("OG503").message, HasSubstr("/home/me"));
  patient.facts.answers = true;  // it runs with it: an access list
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorModels, ThatCannotBeWrittenOrMade) {
  Patient patient = with_models("/home/me/models");
  patient.files.owned("/home/me/models", 0755, 0, 0);
  EXPECT_THAT(patient.only("OG503").message, HasSubstr("write to it"));
  patient = with_models("/home/me/models/new");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient = with_models("/srv/models");
  patient.files.directory("/srv");
  EXPECT_THAT(patient.only("OG503").message, HasSubstr("make models in it"));
}

TEST(DoctorModels, HiddenByTheSandbox) {
  Patient patient;
  patient.files.directory("/srv");
  patient.service("ProtectHome=yes\nEnvironment=OLLAMA_MODELS=/home/me/models\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG504 override.conf:2:1"));
  patient.service("ProtectHome=yes\nEnvironment=OLLAMA_MODELS=/homes/me/models\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("ProtectSystem=strict\nEnvironment=OLLAMA_MODELS=/srv/models\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG504 override.conf:2:1"));
  patient.service(
      "ProtectSystem=strict\nEnvironment=OLLAMA_MODELS=/srv/models\nReadWritePaths=/srv\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("ProtectSystem=full\nEnvironment=OLLAMA_MODELS=/srv/models\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

struct Sandbox {
  const char* lines;
  const char* models;
  const char* what = "";  // a part of the message; empty: nothing is found
};

// Each was tried with systemd-run (tests/e2e/test_doctor.py tries them all).
TEST(DoctorModels, ByTheRulesOfNamespaces) {
  for (const Sandbox& box : {
           Sandbox{"ProtectHome=yes\nReadWritePaths=/home/me/m", "/home/me/m", "yes hides"},
           Sandbox{"ProtectHome=yes\nBindPaths=/home/me/m", "/home/me/m", "yes hides"},
           Sandbox{"ProtectHome=read-only", "/home/me/m", "read-only forbids writing"},
           Sandbox{"ProtectHome=read-only\nReadWritePaths=/home/me/m", "/home/me/m"},
           Sandbox{"ProtectHome=tmpfs", "/home/me/m", "tmpfs hides"},
           Sandbox{"ProtectHome=tmpfs\nReadWritePaths=-/home/me/m", "/home/me/m", "hides"},
           Sandbox{"ProtectHome=tmpfs\nBindPaths=/home/me/m", "/home/me/m"},
           Sandbox{"ProtectHome=tmpfs\nBindReadOnlyPaths=/home/me/m", "/home/me/m", "forbids"},
           Sandbox{"ProtectSystem=strict", "/home/me/m"},
           Sandbox{"ProtectSystem=strict\nBindReadOnlyPaths=/srv", "/srv/m", "Bind"},
           Sandbox{"ProtectSystem=strict\nStateDirectory=ollama", "/var/lib/ollama/m"},
           Sandbox{"InaccessiblePaths=/srv", "/srv/m", "InaccessiblePaths=/srv hides"},
           Sandbox{"InaccessiblePaths=-/srv2", "/srv/m"},
           Sandbox{"ReadOnlyPaths=/", "/srv/m", "ReadOnlyPaths=/ forbids"},
           Sandbox{"ReadOnlyPaths=/\nReadWritePaths=/srv", "/srv/m"},
           Sandbox{"TemporaryFileSystem=/srv", "/srv/m", "gone when it stops"},
           Sandbox{"TemporaryFileSystem=/srv:ro", "/srv/m", "hides"},
           Sandbox{"TemporaryFileSystem=/srv:ro\nBindPaths=/srv/m", "/srv/m"},
           Sandbox{"PrivateTmp=yes", "/tmp/m", "gone when it stops"},
           Sandbox{"PrivateTmp=no", "/tmp/m"},
           Sandbox{"PrivateTmp=yes", "/srv/m"},
           Sandbox{"DynamicUser=yes", "/srv/m", "DynamicUser=yes forbids"},
           Sandbox{"DynamicUser=yes\nStateDirectory=ollama", "/var/lib/ollama/m"},
       }) {
    Patient patient;
    for (const char* there : {"/home/me/m", "/srv/m", "/var/lib/ollama/m", "/tmp/m"}) {
      patient.files.directory(there);
    }
    patient.service(std::string(box.lines) + "\nEnvironment=OLLAMA_MODELS=" + box.models + "\n");
    const std::string what = box.what;
    if (what.empty()) {
      EXPECT_THAT(patient.marks(), IsEmpty()) << box.lines;
    } else {
      EXPECT_THAT(patient.only("OG504").message, HasSubstr(what)) << box.lines;
    }
  }
}

TEST(DoctorModels, BehindALink) {
  Patient patient = with_models("/srv/link");
  patient.files.directory("/srv").link("/srv/link", "/home/me/models");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.files.owned("/home/me", 0700, 1000, 1000);
  EXPECT_THAT(patient.only("OG503").message, HasSubstr("at /home/me "));
  patient.files.owned("/home/me", 0755, 1000, 1000);
  patient.service("ProtectHome=yes\nEnvironment=OLLAMA_MODELS=/srv/link\n");
  EXPECT_THAT(patient.only("OG504").message, HasSubstr("ProtectHome=yes hides /srv/link"));
}

TEST(DoctorModels, AdviceThatDoesNotEndTheStart) {
  Patient patient = with_models("/srv/new");
  patient.service("ProtectSystem=strict\nEnvironment=OLLAMA_MODELS=/srv/new\n");
  EXPECT_THAT(patient.only("OG504").remedy, HasSubstr("make /srv/new for"));
  patient.files.directory("/srv/new").owned("/srv/new", 0755, 990, 991);
  EXPECT_EQ(patient.only("OG504").remedy, "add ReadWritePaths=/srv/new in a drop-in");
}

TEST(DoctorModels, AHomeThatCannotBeUsed) {
  Patient patient = with_models("/home/me/models");
  patient.files.directory("/srv/a").owned("/srv/a", 0755, 990, 991);
  const std::string models = "Environment=OLLAMA_MODELS=/home/me/models\n";
  patient.service(models + "Environment=HOME=/srv/a\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service(models + "Environment=HOME=/srv/none/ollama\n");
  EXPECT_THAT(patient.only("OG505").message, HasSubstr("/srv"));
  patient.service("InaccessiblePaths=/srv/a\n" + models + "Environment=HOME=/srv/a\n");
  EXPECT_THAT(patient.only("OG505").message, HasSubstr("InaccessiblePaths=/srv/a hides"));
}

TEST(DoctorModels, WithoutAHome) {
  Patient patient;
  const std::string unit = "[Service]\nExecStart=/usr/bin/ollama serve\n";
  patient.unit(unit);
  EXPECT_THAT(patient.marks(), ElementsAre("OG505 ollama.service:2:11"));
  patient.unit(unit + "Environment=HOME=/root\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.unit(unit).facts.user_manager = true;
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorModels, WithAHomeThatIsGone) {
  Patient patient = with_models("/home/me/models");
  patient.files.remove("/usr/share/ollama");
  EXPECT_THAT(patient.marks(), ElementsAre("OG505 ollama.service:7:1"));
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
