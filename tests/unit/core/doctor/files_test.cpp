// SPDX-License-Identifier: MIT
// OG1xx and OG604: every fault once, and its nearest correct neighbour in silence.
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
  const char* faulty;      // override.conf
  const char* mark;        // what is found
  const char* correct;     // override.conf, without a finding
  const char* fixed = "";  // what --fix makes of the faulty one; empty: nothing
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }

class FileFault : public testing::TestWithParam<Case> {};

TEST_P(FileFault, IsFound) {
  Patient patient;
  patient.drop_in("override.conf", GetParam().faulty);
  EXPECT_THAT(patient.marks(), ElementsAre(GetParam().mark));
  EXPECT_EQ(patient.fixed(kOverridePath), GetParam().fixed);
}

TEST_P(FileFault, IsNotFoundInTheCorrectFile) {
  Patient patient;
  patient.drop_in("override.conf", GetParam().correct);
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST_P(FileFault, IsGoneAfterItsFix) {
  const std::string fixed = GetParam().fixed;
  if (fixed.empty()) return;
  Patient patient;
  patient.drop_in("override.conf", fixed);
  EXPECT_THAT(patient.marks(), IsEmpty());
}

constexpr const char* kGood = "[Service]\nEnvironment=OLLAMA_NUM_PARALLEL=4\n";

INSTANTIATE_TEST_SUITE_P(
    Faults, FileFault,
    testing::Values(
        Case{"HeaderWithAComment", "[Service] # mine\nEnvironment=A=1\n", "OG101 override.conf:1:1",
             "[Service]\n# mine\nEnvironment=A=1\n"},
        Case{"InvalidUtf8", "[Service]\nEnvironment=A=\xff\n", "OG101 override.conf:2:15",
             "[Service]\nEnvironment=A=\xc3\xa4\n"},
        Case{"NoHeader", "# mine\nEnvironment=OLLAMA_NUM_PARALLEL=4\n", "OG102 override.conf:2:1",
             kGood, "# mine\n[Service]\nEnvironment=OLLAMA_NUM_PARALLEL=4\n"},
        Case{"HeaderBelow", "Environment=A=1\n[Service]\nEnvironment=B=2\n",
             "OG102 override.conf:1:1", "[Service]\nEnvironment=A=1\nEnvironment=B=2\n"},
        Case{"SectionInSmallLetters", "[service]\nEnvironment=A=1\n", "OG103 override.conf:1:1",
             "[Service]\nEnvironment=A=1\n", "[Service]\nEnvironment=A=1\n"},
        Case{"SectionOfSomethingElse", "[Socket]\nListenStream=1\n", "OG103 override.conf:1:1",
             "[X-Socket]\nListenStream=1\n"},
        Case{"LineWithoutEquals", "[Service]\nOLLAMA_DEBUG 1\n", "OG104 override.conf:2:1",
             "[Service]\n#OLLAMA_DEBUG 1\n"},
        Case{"LineWithoutAKey", "[Service]\n=1\n", "OG104 override.conf:2:1", "[Service]\n;=1\n"},
        Case{"WrongSection", "[Unit]\nEnvironment=A=1\n", "OG105 override.conf:2:1",
             "[Unit]\nAfter=a.service\n[Service]\nEnvironment=A=1\n"},
        Case{"MistypedKey", "[Service]\nEnviroment=A=1\n", "OG105 override.conf:2:1",
             "[Service]\nEnvironment=A=1\n", "[Service]\nEnvironment=A=1\n"},
        Case{"KeyInSmallLetters", "[Service]\nenvironment=A=1\n", "OG105 override.conf:2:1",
             "[Service]\nRestartMode=direct\nRestartSteps=3\n", "[Service]\nEnvironment=A=1\n"},
        Case{"VariableAsAKey", "[Service]\nOLLAMA_NUM_PARALLEL=4\n", "OG106 override.conf:2:1",
             kGood, "[Service]\nEnvironment=\"OLLAMA_NUM_PARALLEL=4\"\n"},
        Case{"Export", "[Service]\nEnvironment=export A=1\n", "OG107 override.conf:2:13",
             "[Service]\nEnvironment=A=1\n", "[Service]\nEnvironment=A=1\n"},
        Case{"BlanksInAValue", "[Service]\nEnvironment=A=one two three\n",
             "OG107 override.conf:2:19", "[Service]\nEnvironment=\"A=one two three\"\n"},
        Case{"BlanksAroundEquals", "[Service]\nEnvironment=A = 1\n", "OG107 override.conf:2:13",
             "[Service]\nEnvironment = A=1\n"},
        Case{"BadName", "[Service]\nEnvironment=A-B=1\n", "OG107 override.conf:2:13",
             "[Service]\nEnvironment=A_B=1\n"},
        Case{"CommentBehind", "[Service]\nEnvironment=A=1 # one\n", "OG107 override.conf:2:17",
             "[Service]\n# one\nEnvironment=A=1\n"},
        Case{"OpenQuote", "[Service]\nEnvironment=\"A=1\n", "OG108 override.conf:2:13",
             "[Service]\nEnvironment=\"A=1\"\n"},
        Case{"BackslashOfWindows", "[Service]\nEnvironment=A=C:\\Users\n",
             "OG108 override.conf:2:17", "[Service]\nEnvironment=A=C:\\\\Users\n"},
        Case{"LonePercent", "[Service]\nEnvironment=HTTPS_PROXY=http://u:p%40x@h:1\n",
             "OG109 override.conf:2:13",
             "[Service]\nEnvironment=HTTPS_PROXY=http://u:p%%40x@h:1\n"},
        Case{"QuotedEnvironmentFile", "[Service]\nEnvironmentFile=\"/etc/x\"\n",
             "OG113 override.conf:2:17", "[Service]\nEnvironmentFile=-/etc/x\n"},
        Case{"MissingEnvironmentFile", "[Service]\nEnvironmentFile=/etc/default/ollama\n",
             "OG112 override.conf:2:17", "[Service]\nEnvironmentFile=-/etc/default/ollama\n"},
        Case{"Dollar", "[Service]\nEnvironment=OLLAMA_MODELS=/srv/${USER}/models\n",
             "OG118 override.conf:2:13", "[Service]\nEnvironment=OLLAMA_MODELS=/srv/a$/models\n"},
        Case{"CurlyQuotes", "[Service]\nEnvironment=“OLLAMA_NUM_PARALLEL=4”\n",
             "OG604 override.conf:2:13", kGood,
             "[Service]\nEnvironment=\"OLLAMA_NUM_PARALLEL=4\"\n"},
        Case{"FullWidthComma", "[Service]\nEnvironment=CUDA_VISIBLE_DEVICES=0，1\n",
             "OG604 override.conf:2:13", "[Service]\nEnvironment=CUDA_VISIBLE_DEVICES=0,1\n",
             "[Service]\nEnvironment=CUDA_VISIBLE_DEVICES=0,1\n"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Doctor, FindsNothingInTheInstallersUnit) {
  Patient patient;
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(Doctor, CountsTheOtherLinesOutsideASection) {
  Patient patient;
  patient.drop_in("override.conf", "Environment=A=1\nEnvironment=B=1\nEnvironment=C=1\n");
  EXPECT_THAT(patient.only("OG102").message, HasSubstr("2 more lines"));
}

TEST(Doctor, NamesAllWordsThatALineLoses) {
  Patient patient;
  patient.service("Environment=A=one two three\n");
  EXPECT_THAT(patient.only("OG107").message, HasSubstr("'two', 'three'"));
}

TEST(Doctor, ReadsEnvironmentFiles) {
  Patient patient;
  patient.service("EnvironmentFile=/etc/default/ollama\n");
  patient.file("/etc/default/ollama", "export A=1\nOLLAMA_NUM_PARALLEL=4\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG110 ollama:1:1"));
  patient.file("/etc/default/ollama", "A=1\n# export B=1\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.file("/etc/default/ollama", "A=\xff\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG111 ollama:1:1"));
}

TEST(Doctor, TellsOfAMaskedUnit) {
  Patient patient;
  patient.files.link("/etc/systemd/system/ollama.service", "/dev/null");
  EXPECT_THAT(patient.marks(), ElementsAre("OG116 ollama.service"));
}

TEST(Doctor, TellsOfAUnitWithoutACommand) {
  Patient patient;
  patient.unit("[Unit]\nDescription=Ollama Service\n[Service]\nUser=ollama\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG117 ollama.service"));
}

TEST(Doctor, TellsOfSettingsThatExcludeOneAnother) {
  Patient patient;
  patient.drop_in("override.conf", "[Service]\nExecStart=/usr/bin/ollama serve\n");
  EXPECT_THAT(patient.only("OG119").message, HasSubstr("ExecStart="));
  EXPECT_THAT(patient.marks(), ElementsAre("OG119 override.conf:2:1"));
  patient.drop_in("override.conf", "[Service]\nExecStart=\nExecStart=/usr/bin/ollama serve\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

struct Key {
  const char* line;
  const char* code;
  const char* fixed = "";
};

TEST(Doctor, TellsOfEveryKeyThatSystemdDoesNotKnow) {
  for (const Key& key :
       {Key{"export CUDA_VISIBLE_DEVICES=0,1", "OG106", "Environment=\"CUDA_VISIBLE_DEVICES=0,1\""},
        Key{"Environment: OLLAMA_HOST=0.0.0.0", "OG106", "Environment=\"OLLAMA_HOST=0.0.0.0\""},
        Key{"- OLLAMA_SCHED_SPREAD=1", "OG106", "Environment=\"OLLAMA_SCHED_SPREAD=1\""},
        Key{"set OLLAMA_KEEP_ALIVE=-1", "OG106", "Environment=\"OLLAMA_KEEP_ALIVE=-1\""},
        Key{"Environment[OLLAMA_HOST]=x", "OG106", "Environment=\"OLLAMA_HOST=x\""},
        Key{"\xC2\xA0"
            "Environment=\"OLLAMA_DEBUG=1\"",
            "OG604", "Environment=\"OLLAMA_DEBUG=1\""},
        Key{"\xE2\x80\x8B"
            "Environment=A=1",
            "OG604", "Environment=A=1"},
        Key{"Environment+=A=1", "OG105", "Environment=A=1"},
        Key{"WantedBy=default.target", "OG105"}, Key{"NoSuchThing=1", "OG105"},
        Key{"nvidia=1", "OG105"}}) {
    Patient patient;
    patient.service(std::string(key.line) + "\n");
    EXPECT_THAT(patient.marks(), ElementsAre(key.code + std::string(" override.conf:2:1")))
        << key.line;
    const std::string fixed = key.fixed;
    EXPECT_EQ(patient.fixed(kOverridePath), fixed.empty() ? "" : "[Service]\n" + fixed + "\n");
  }
}

TEST(Doctor, IsSilentOnDirectivesThatThereAre) {
  Patient patient;
  patient.drop_in("override.conf",
                  "[Unit]\nStartLimitIntervalSec=0\nX-Mine=1\n[Service]\nMemoryMax=8G\nX-Other=1\n"
                  "OOMScoreAdjust=-500\nLimitMEMLOCK=infinity\nIPAccounting=yes\n"
                  "[Install]\nAlias=ollama2.service\n[X-Section]\nanything=1\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(Doctor, TellsOfFilesWithTheWrongName) {
  Patient patient;
  patient.drop_in("override.conf.txt", kGood).drop_in("gpu", kGood);
  patient.drop_in("README", "notes\n").drop_in("old.conf.bak", kGood).drop_in(".x.swp", kGood);
  EXPECT_THAT(patient.marks(), ElementsAre("OG114 gpu", "OG114 override.conf.txt"));
}

TEST(Doctor, TellsOfDropInsInTheWrongDirectory) {
  Patient patient;
  patient.file("/etc/systemd/system/ollama.d/a.conf", kGood);
  patient.file("/etc/systemd/ollama.service.d/b.conf", kGood);
  patient.file("/etc/systemd/system/ollama-proxy.service.d/c.conf", kGood);
  EXPECT_THAT(patient.marks(), ElementsAre("OG115 b.conf", "OG115 a.conf"));
}

TEST(Doctor, NeverTellsToMoveAFileOverAnother) {
  Patient patient;
  const std::string dir = kDropIns;
  patient.drop_in("override.conf.txt", kGood);
  EXPECT_EQ(patient.only("OG114").remedy,
            "sudo mv -n " + dir + "override.conf.txt " + dir + "override.conf");
  patient.drop_in("override.conf", kGood);
  EXPECT_THAT(
      patient.only("OG114").remedy,
      testing::AllOf(HasSubstr("override.conf is there already"),
                     HasSubstr("mv -n " + dir + "override.conf.txt " + dir + "override-2.conf")));
  patient.file("/etc/systemd/system/ollama.d/override.conf", kGood);
  EXPECT_THAT(patient.only("OG115").remedy, HasSubstr(dir + "override-3.conf"));
}

TEST(Doctor, NeverTellsToMoveAFileWhereItHidesAnother) {
  Patient patient;
  patient.file("/etc/systemd/system/ollama.d/a b.conf", kGood);
  EXPECT_EQ(patient.only("OG115").remedy,
            "sudo mkdir -p /etc/systemd/system/ollama.service.d && sudo mv -n "
            "'/etc/systemd/system/ollama.d/a b.conf' "
            "'/etc/systemd/system/ollama.service.d/a b.conf'");
  patient.file("/usr/lib/systemd/system/ollama.service.d/a b.conf", kGood);
  EXPECT_THAT(patient.only("OG115").remedy,
              HasSubstr("'/etc/systemd/system/ollama.service.d/a b-2.conf'"));
}

TEST(Doctor, JudgesWhatItWroteItselfAsAnybodys) {
  DropIn ours;
  ours.put({"OLLAMA_KEEP_ALIVE", "1d", ""});  // with --force
  ours.put({"OLLAMA_HOST", "0.0.0.0", ""});
  ours.put({"OLLAMA_ORIGINS", "*", ""});
  Patient patient;
  patient.drop_in("zz-ollama-gpu.conf", render_drop_in(ours, "ollama.service"));
  patient.facts.drop_in = ours;
  EXPECT_THAT(patient.marks(),
              ElementsAre("OG202 zz-ollama-gpu.conf:7:13", "OG501 zz-ollama-gpu.conf:9:13"));
}

// What people really have: nothing but true findings.
TEST(RealUnits, OfTheInstallerAreFine) { EXPECT_THAT(Patient().gpus(4).marks(), IsEmpty()); }

TEST(RealUnits, OfArchAreFine) {
  Patient patient;
  patient.files.remove(kUnitPath);
  patient.file("/usr/lib/systemd/system/ollama.service", test_data("units/arch.service"));
  patient.files.directory("/var/lib/ollama");
  EXPECT_THAT(patient.gpus(2).marks(), IsEmpty());
  // The usual way to move the models.
  patient.service("Environment=OLLAMA_MODELS=/srv/models\n");
  EXPECT_THAT(patient.marks(), ElementsAre("(OG401 override.conf:2:13)"));
  patient.service("Environment=OLLAMA_MODELS=/home/me/models\n");
  EXPECT_THAT(patient.marks(),
              ElementsAre("OG504 ollama.service:18:1", "(OG401 override.conf:2:13)"));
}

TEST(RealUnits, OfNixosAreFine) {
  Patient patient;
  patient.unit(test_data("units/nixos.service"));
  patient.files.directory("/var/lib/ollama/models");
  EXPECT_THAT(patient.gpus(1).gpus(1, Vendor::amd).marks(), IsEmpty());
}

TEST(RealUnits, OfAnAnsibleRoleHideTheGpus) {
  Patient patient;
  patient.unit(test_data("units/ansible.service"));
  patient.file("/etc/default/ollama", test_data("units/ansible.env"));
  EXPECT_THAT(patient.gpus(2).marks(),
              ElementsAre("OG308 ollama.service:23:1", "(OG118 ollama.service:15:13)"));
}

TEST(RealUnits, WrittenByHandAreFine) {
  Patient patient;
  patient.unit(test_data("units/hand_written.service"));
  patient.files.directory("/var/lib/ollama");
  EXPECT_THAT(patient.gpus(2).marks(), IsEmpty());
}

TEST(RealUnits, OfPodmanAreFine) {
  Patient patient;
  patient.unit(test_data("units/podman.service"));
  EXPECT_THAT(patient.gpus(2).marks(), IsEmpty());
}

}  // namespace
}  // namespace ollama_gpu
