// SPDX-License-Identifier: MIT
// OG308, OG310 to OG312: what in the unit keeps Ollama from the GPUs, whatever its environment
// says.
#include <fmt/format.h>

#include <algorithm>

#include "core/doctor/parts.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/drop_in/gate.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu {

namespace {

void examine_private_devices(const Examination& exam) {
  const auto own = service_setting(exam.snapshot, "PrivateDevices");
  if (!own || !is_yes(own->value)) return;
  exam.add("OG308", "PrivateDevices= gives the service a /dev without GPUs",
           "write PrivateDevices=no in a drop-in", own->place);
}

bool has_vendor(const Examination& exam, Vendor vendor) {
  const auto& gpus = exam.facts.gpus;
  return gpus &&
         std::ranges::any_of(gpus->gpus, [vendor](const Gpu& gpu) { return gpu.vendor == vendor; });
}

void examine_groups(const Examination& exam) {
  const auto& user = exam.facts.user;
  if (!user || user->uid == 0 || !user->render_group) return;
  const bool needed = has_vendor(exam, Vendor::amd) ||
                      (has_vendor(exam, Vendor::intel) && !has_vendor(exam, Vendor::nvidia));
  if (!needed || user->groups.contains(*user->render_group)) return;
  const auto named = service_setting(exam.snapshot, "User");
  exam.add("OG310", fmt::format("{} is not in the group render", user->name),
           fmt::format("sudo usermod -aG render {}, then restart the service", user->name),
           named ? named->place : Location{exam.snapshot.on_disk.fragment, 0, 0, ""});
}

// Variables that the command line gives to the container are not lost.
bool is_handed_on(const std::vector<ExecCommand>& commands, const std::string& name) {
  return std::ranges::any_of(commands, [&](const ExecCommand& command) {
    return command.text.find(name) != std::string::npos ||
           command.text.find("--env-file") != std::string::npos ||
           command.text.find("--env-host") != std::string::npos;
  });
}

void examine_container(const Examination& exam) {
  const std::string program = container_program(exam.snapshot);
  if (program.empty()) return;
  const auto commands = exec_start_of(exam.snapshot);
  for (const auto& [name, variable] : exam.snapshot.effective.variables) {
    const Setting* setting = find_setting(name);
    const bool ollamas = setting != nullptr &&
                         (name.starts_with("OLLAMA_") || setting->type == SettingType::device_ids);
    if (!ollamas || variable.source.file.empty() || is_handed_on(commands, name)) continue;
    exam.add(
        "OG311", fmt::format("{} reaches {}, not the Ollama in the container", name, program),
        fmt::format("give it to the container: -e {}={}", name, masked_value(name, variable.value)),
        locate(exam.snapshot, variable.source));
  }
}

void examine_gate(const Examination& exam) {
  const auto gate = find_gate(exam.snapshot, 0);
  if (!gate || !exam.facts.gate_program_missing) return;
  Finding& found = exam.add(
      "OG312",
      fmt::format("there is no {}: {}", gate->gate.program,
                  gate->gate.required ? "the service does not start"
                                      : "the service starts without waiting for the GPUs"),
      fmt::format("sudo ollama-gpu configure --wait-for-gpus={0}{1}, or: sudo ollama-gpu configure "
                  "--no-wait-for-gpus",
                  gate->gate.seconds, gate->gate.required ? " --require-gpu" : ""),
      locate(exam.snapshot, gate->source));
  if (gate->gate.required) found.severity = Severity::error;
}

}  // namespace

void examine_devices(const Examination& exam) {
  examine_gate(exam);
  examine_container(exam);
  if (!container_program(exam.snapshot).empty()) return;  // its daemon opens the devices
  examine_private_devices(exam);
  examine_device_policy(exam);
  examine_groups(exam);
}

}  // namespace ollama_gpu
