// SPDX-License-Identifier: MIT
// OG503 to OG506: what keeps Ollama from its directories, and the service from starting; each with
// a correct neighbour.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/doctor/patient.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

}  // namespace
}  // namespace ollama_gpu
