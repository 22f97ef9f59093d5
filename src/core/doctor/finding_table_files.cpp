// SPDX-License-Identifier: MIT
#include <array>

#include "core/doctor/finding_tables.hpp"

namespace ollama_gpu {

namespace {

// code, severity, title, why, explanation
// clang-format off
constexpr std::array kFileFindings{
  FindingKind{"OG101", Severity::error, "a file breaks off",
    "systemd ignores everything from here to the end of the file",
    "A section header without its closing bracket (or with a comment behind it), a line that is not "
    "valid UTF-8, or one longer than 1 MiB ends a unit file for systemd. In the unit itself it then "
    "does not load at all; in a drop-in the lines before are kept, those after are lost, and "
    "systemctl status shows no error. Mend that line."},
  FindingKind{"OG102", Severity::error, "a setting outside every section",
    "systemd drops settings that stand before the first section header",
    "Every unit file and every drop-in needs a section header of its own: a file that holds only "
    "Environment= lines does nothing until [Service] stands above them."},
  FindingKind{"OG103", Severity::warning, "a section that a service does not have",
    "systemd ignores everything in a section whose name it does not know",
    "A service has the sections [Unit], [Service] and [Install]. Names are compared letter by "
    "letter: [service] and [ Service ] are unknown. Sections of your own start with X-."},
  FindingKind{"OG104", Severity::warning, "a line that sets nothing",
    "systemd drops a line that is not KEY=VALUE",
    "Every line that is no comment and no section header has a key, an equals sign and a value. "
    "A variable is set by Environment=\"NAME=value\"."},
  FindingKind{"OG105", Severity::error, "a directive in the wrong section, or mistyped",
    "systemd drops a directive that this section does not have",
    "Environment=, EnvironmentFile=, ExecStart=, User= and the like belong to [Service]; under [Unit] "
    "or [Install] they do nothing. Keys are compared letter by letter: environment= and Enviroment= "
    "are unknown. systemd only says so in its journal."},
  FindingKind{"OG106", Severity::error, "a variable written as a directive",
    "systemd knows no such directive, so Ollama does not get the variable",
    "A variable is set by Environment=\"NAME=value\". NAME=value alone is right in an environment "
    "file (EnvironmentFile=), but in a unit file it is an unknown directive and is dropped."},
  FindingKind{"OG107", Severity::error, "words of a line are dropped",
    "each word of the line must be NAME=value: systemd drops the others",
    "Environment= takes words parted by blanks. A value with a blank is quoted with its name: "
    "Environment=\"NAME=one two\". There are no blanks around the equals sign, no export before the "
    "name, and no comment behind the value."},
  FindingKind{"OG108", Severity::error, "broken quotes or escapes",
    "systemd drops this word and the rest of the line",
    "A quote without its partner, a backslash at the end, or an escape that systemd does not know "
    "(C:\\Users, \\d) ends the line there. Write a backslash as \\\\ and a quote inside quotes as \\\"."},
  FindingKind{"OG109", Severity::error, "a lone % sign",
    "systemd replaces %-specifiers, and drops a word with one that it does not know",
    "In a unit file a percent sign is written %%. Proxy addresses with %40 in the password are the "
    "usual case: write %%40."},
  FindingKind{"OG110", Severity::warning, "a line of an environment file is dropped",
    "systemd drops a line whose name is no variable's name",
    "In an environment file every line is NAME=value. Without export: systemd takes the word for a "
    "part of the name. Nothing is replaced in it, neither $ nor %."},
  FindingKind{"OG111", Severity::error, "an environment file is refused",
    "systemd refuses the whole file, and the service does not start",
    "A NUL byte or a value that is not valid UTF-8 makes systemd refuse the file. Write it as UTF-8."},
  FindingKind{"OG112", Severity::error, "an environment file is missing",
    "without it the service does not start",
    "EnvironmentFile=/path names a file that must exist at every start. With a minus sign, "
    "EnvironmentFile=-/path, it may be missing."},
  FindingKind{"OG113", Severity::error, "EnvironmentFile= without a usable path",
    "systemd drops the directive, so the file is never read",
    "The value is one absolute path, without quotes (they would be part of it) and without .. in it."},
  FindingKind{"OG114", Severity::warning, "a file that systemd does not read",
    "systemd reads only files whose names end in .conf",
    "Drop-ins end in .conf, in small letters. Files that start with a dot or look like backups are "
    "not read either; those are not reported."},
  FindingKind{"OG115", Severity::warning, "a drop-in in a directory that systemd does not read",
    "systemd looks for drop-ins in NAME.service.d of its own directories, and nowhere else",
    "The directory for ollama.service is /etc/systemd/system/ollama.service.d."},
  FindingKind{"OG116", Severity::error, "the unit is masked",
    "systemd does not start a masked unit, and reads none of its settings",
    "sudo systemctl unmask takes the mask away."},
  FindingKind{"OG117", Severity::error, "the unit has no ExecStart=",
    "systemd refuses to start a service without a command",
    "There is no ExecStart= in a [Service] section that systemd can see. The usual cause is a section "
    "header that is lost, mistyped, or glued to the line before it."},
  FindingKind{"OG118", Severity::warning, "a $ that nothing replaces",
    "systemd does not replace $NAME in an environment: the process gets it as it stands",
    "Variables are replaced by shells, and in ExecStart=, but not in Environment= and not in "
    "environment files. Ollama's own installer writes the value of $PATH into the unit; whoever copies "
    "its text by hand has to do the same."},
  FindingKind{"OG119", Severity::error, "settings that exclude one another",
    "systemd refuses the service as a whole, though each of its lines is right",
    "Most often a drop-in gives a second ExecStart= without taking the first one away: an empty "
    "ExecStart= line before it does that. Only Type=oneshot may have several. Others are Type=dbus "
    "without BusName=, and Type=oneshot with Restart=always, Restart=on-success or ExitType=cgroup."},
  FindingKind{"OG120", Severity::warning, "a value that systemd does not read",
    "systemd drops the line, and what it had before stays in force",
    "Looked at are the directives that decide what Ollama may see of devices and directories: PrivateDevices=, "
    "PrivateTmp=, ProtectHome=, ProtectSystem=, DevicePolicy= and DeviceAllow= (systemd.exec(5), "
    "systemd.resource-control(5))."},
};
// clang-format on

static_assert(has_codes(kFileFindings, "OG101", "OG120"));

}  // namespace

std::span<const FindingKind> file_findings() { return kFileFindings; }

}  // namespace ollama_gpu
