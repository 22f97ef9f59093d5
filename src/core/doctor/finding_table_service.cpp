// SPDX-License-Identifier: MIT
#include <array>

#include "core/doctor/finding_tables.hpp"

namespace ollama_gpu {

namespace {

// code, severity, title, why, explanation
// clang-format off
constexpr std::array kServiceFindings{
  FindingKind{"OG401", Severity::warning, "a variable set in several files",
    "only one of them is in force, and which one is easily overlooked",
    "Drop-ins are applied in the order of their file names, whatever directory they stand in, after the "
    "unit itself; an EnvironmentFile= beats every Environment=. A drop-in that changes what the unit says "
    "is the usual way and only an info; two drop-ins that contradict each other are a warning."},
  FindingKind{"OG402", Severity::warning, "a variable that is set and taken away",
    "UnsetEnvironment= is applied last, so the line that sets the variable does nothing",
    "Remove one of the two."},
  FindingKind{"OG403", Severity::warning, "an empty Environment= clears other files' settings",
    "it takes away every Environment= that was read before it, PATH and HOME included",
    "A bare Environment= resets the list. To change one variable, just set it again; to take one away, "
    "use UnsetEnvironment=NAME."},
  FindingKind{"OG404", Severity::error, "a setting of ours is not in force",
    "another file wins over the drop-in that ollama-gpu wrote",
    "Remove the other line, or make it say the same."},
  FindingKind{"OG411", Severity::warning, "systemd has not loaded what lies on disk",
    "a restart alone starts the service with the old settings",
    "Somebody changed a file without systemctl daemon-reload. sudo ollama-gpu configure without a setting "
    "does what is missing."},
  FindingKind{"OG412", Severity::warning, "the running process has other settings",
    "a process keeps the environment that it was started with",
    "The settings have changed since the service was started. Restart it, or run sudo ollama-gpu configure "
    "without a setting."},
  FindingKind{"OG413", Severity::info, "a setting from systemd's own environment",
    "it is in no file of the unit; systemctl set-environment is forgotten at the next boot",
    "It was set by systemctl set-environment, by DefaultEnvironment= or by a generator. Settings of a "
    "service are better kept in a drop-in of its own."},
  FindingKind{"OG414", Severity::error, "our drop-in was taken away",
    "what it said is no longer in force, or will not be from the next start on",
    "Somebody removed the file that ollama-gpu wrote; systemctl revert does that without a question. sudo ollama-gpu "
    "rollback N brings it back as change N left it; sudo ollama-gpu reset keeps it away."},
  FindingKind{"OG415", Severity::warning, "PassEnvironment= with nothing to pass",
    "it passes on variables of PID 1, which hardly has any",
    "PassEnvironment= does not take the variables of a shell or of /etc/environment. Set the variable with "
    "Environment=."},
  FindingKind{"OG416", Severity::info, "settings that are gone at the next boot",
    "what lies below /run is lost when the machine is switched off",
    "systemctl edit --runtime writes there. Settings that are to stay belong below /etc/systemd/system."},
  FindingKind{"OG501", Severity::warning, "anybody may use Ollama, from any web page",
    "on all interfaces and for every origin, any page that a browser in the network opens can use and delete models",
    "Ollama has no passwords. Listen on one address, or put a proxy that asks for one before it; and name "
    "the origins that are meant in OLLAMA_ORIGINS."},
  FindingKind{"OG502", Severity::info, "models that stay for ever do not fit together",
    "with keep-alive for ever no memory is freed until another model forces one out",
    "The models that this Ollama has are together larger than the memory of its GPUs. The one used last "
    "stays, and loading another pushes it out: expect long waits when users change models."},
  FindingKind{"OG503", Severity::error, "the service's user cannot reach the models",
    "Ollama ends with \"permission denied\" or finds no model",
    "Every directory on the way needs the x bit for the service's user, and the last one r, w and x. A "
    "directory below somebody's home mostly does not have it: sudo setfacl -m u:ollama:x DIR on each, or "
    "move the models, for example to /var/lib/ollama. Only the permission bits are looked at here, not access lists."},
  FindingKind{"OG504", Severity::error, "the unit's sandbox hides the models",
    "ProtectHome= and ProtectSystem= take directories away whatever their permissions say",
    "ProtectHome=yes makes /home, /root and /run/user empty for the service; ProtectSystem=strict makes "
    "everything read-only that ReadWritePaths= does not name. Change that in a drop-in, or move the models."},
  FindingKind{"OG505", Severity::error, "Ollama has no home directory",
    "Ollama keeps its key below $HOME and ends without it",
    "systemd sets HOME only where User= is set. Set User=, or Environment=\"HOME=/var/lib/ollama\", and see "
    "that the directory exists and belongs to the user."},
  FindingKind{"OG506", Severity::warning, "the service fails, or is restarted again and again",
    "every restart ends requests and loads models anew",
    "The cause is named where it is seen: a program, user, directory or file that is not there, an address that is "
    "taken, systemd's own exit status, or the last words of Ollama's. journalctl -u ollama shows the rest. With "
    "Restart=always and RestartSec=3 systemd never gives up."},
  FindingKind{"OG507", Severity::info, "a service that cannot be reached from this host",
    "whether it answers cannot be seen from here, and local clients do not reach it",
    "The unit has a network of its own (PrivateNetwork=, NetworkNamespacePath=) or forbids this host's addresses "
    "(IPAddressDeny=, IPAddressAllow=). Where local clients are to use it, write IPAddressAllow=localhost."},
  FindingKind{"OG508", Severity::error, "systemd waits for a word that Ollama never says",
    "Ollama tells systemd neither that it is ready nor that it is alive: systemd ends it",
    "With Type=notify the start runs into its timeout; with WatchdogSec= the service is killed whenever that time is "
    "over. Ollama's unit is Type=exec or simple, without a watchdog (its sources have no sd_notify)."},
  FindingKind{"OG509", Severity::info, "several GPUs, and models on one",
    "without spread a model that fits on one GPU lies on one, and nothing of it is on the others",
    "That is how Ollama is meant, and several models then use several GPUs. configure --gpus all --spread lays every "
    "model over all of them: room, not speed (docs/explanation/spread.md)."},
  FindingKind{"OG601", Severity::warning, "a variable set more than once in one file",
    "only the last line counts; a script that adds lines with sed adds them at every run",
    "A well-known instruction adds its settings with sed -i '/^\\[Service\\]/a ...', once more at each "
    "run. doctor --fix takes the lines away that do nothing."},
  FindingKind{"OG602", Severity::warning, "settings in a file that the installer overwrites",
    "Ollama's installer writes this file anew on every upgrade, and the settings are gone",
    "Settings belong into a drop-in, which the installer never touches, and Homebrew's services neither: these write "
    "their unit anew on every start. doctor --fix moves these lines there."},
  FindingKind{"OG603", Severity::error, "a section header glued to another line",
    "systemd reads it as a part of the value, and ignores the whole section",
    "After=network-online.target[Service] comes from copying a unit off a web page. The header must stand "
    "on a line of its own."},
  FindingKind{"OG604", Severity::error, "a character that only looks right",
    "curly quotes, full-width commas and odd blanks are ordinary letters for systemd and Ollama",
    "Web pages and word processors replace \" ' - and , by typographic characters. Type them anew."},
};
// clang-format on

static_assert(has_codes(kServiceFindings, "OG401", "OG604"));

}  // namespace

std::span<const FindingKind> service_findings() { return kServiceFindings; }

}  // namespace ollama_gpu
