// SPDX-License-Identifier: MIT
#pragma once

#include <sstream>
#include <string>

#include "ollama_gpu/presentation/render.hpp"

namespace ollama_gpu {

// One report of each kind, with something in every field.

inline constexpr std::uint64_t kGiB = 1024ULL * 1024 * 1024;

template <class Report>
std::string text_of(const Report& report, Style style = {}) {
  std::ostringstream out;
  render_text(out, style, report);
  return out.str();
}

inline std::vector<Evidence> sample_evidence() {
  return {{EvidenceLevel::file, EvidenceStatus::ok, "as intended"},
          {EvidenceLevel::manager, EvidenceStatus::ok, "loaded"},
          {EvidenceLevel::process, EvidenceStatus::pending, "not restarted yet"},
          {EvidenceLevel::server, EvidenceStatus::failed, "no answer at 127.0.0.1:11434"},
          {EvidenceLevel::devices, EvidenceStatus::skipped, "no journal"}};
}

inline app::ChangeReport sample_change() {
  app::ChangeReport report;
  report.unit = "ollama.service";
  report.changed = report.applied = report.restarted = true;
  report.generation = 4;
  report.plan = {variable_step(PlanAction::set, "/etc/x.d/zz.conf", "OLLAMA_KEEP_ALIVE", "-1",
                               std::nullopt, "a loaded model stays"),
                 {PlanAction::write, "/etc/x.d/zz.conf", "new file"},
                 {PlanAction::reload, "systemd", ""},
                 {PlanAction::restart, "ollama.service", "its process has other settings"}};
  report.diff = "--- /dev/null\n+++ /etc/x.d/zz.conf\n@@ -0,0 +1 @@\n+[Service]\n";
  report.evidence = {{EvidenceLevel::file, EvidenceStatus::ok, "as intended"},
                     {EvidenceLevel::process, EvidenceStatus::ok, "4 of 4 settings"}};
  report.summary = "the settings are in force";
  report.undo = "sudo ollama-gpu rollback";
  report.look = "sudo ollama-gpu status";
  return report;
}

inline app::GenerationsReport sample_generations() {
  return {"ollama.service",
          {{1, 1700000000, "ollama-gpu configure", ports::GenerationResult::done},
           {12, 1709164800, "(edited by hand)", ports::GenerationResult::adopted}},
          {"w"}};
}

inline app::DoctorReport sample_doctor() {
  app::DoctorReport report;
  report.unit = "ollama.service";
  report.findings = {
      {"OG202", Severity::error, "OLLAMA_KEEP_ALIVE does not accept '1d'", "Ollama takes 5m",
       "write 24h", Location{"/etc/x.d/a.conf", 2, 13, "Environment=OLLAMA_KEEP_ALIVE=1d"}, Fix{}},
      {"OG506", Severity::warning, "restarted 7 times", "100 % of them\nlately", "see why",
       Location{}, std::nullopt},
      {"OG401", Severity::info, "A=1 wins", "only one", "nothing to do",
       Location{"/etc/a,b:c.conf", 3, 0, ""}, std::nullopt}};
  report.ignored = 1;
  report.not_seen = {"the GPUs: no library"};
  return report;
}

inline std::vector<app::GpuInReport> sample_gpus() {
  app::GpuInReport first;
  first.gpu.index = 0;
  first.gpu.uuid = "GPU-58a8d2b1-0000-0000-0000-000000000000";
  first.gpu.pci = "0000:01:00.0";
  first.gpu.name = "NVIDIA A100-SXM4-40GB";
  first.gpu.memory_total = 40 * kGiB;
  first.gpu.memory_used = 20 * kGiB;
  first.gpu.utilization = 35;
  first.gpu.memory_reserved = kGiB / 2;
  first.gpu.temperature = 41;
  first.gpu.power = 62500;
  first.gpu.driver = "550.54.15";
  first.gpu.compute_capability = "8.0";
  first.gpu.display_active = true;
  first.gpu.mig = {{"MIG-1", "1g.5gb", 5 * kGiB, std::nullopt, std::nullopt}};
  first.visible_to_ollama = true;
  first.held_by_ollama = 18 * kGiB;
  first.processes = {{4243, "llama-server", 18 * kGiB, true}, {99, "", std::nullopt, std::nullopt}};
  app::GpuInReport second;
  second.gpu.vendor = Vendor::amd;
  second.gpu.pci = "0000:02:00.0";
  second.gpu.name = "Radeon Pro";
  second.gpu.fault = GpuFault::lost;
  second.gpu.problem = "GPU is lost";
  second.visible_to_ollama = false;
  return {first, second};
}

inline app::VerifyReport sample_verify() {
  app::LoadReport load{"",        "llama3:70b", false, true, 3.25, 40 * kGiB,
                       40 * kGiB, true,         false, {},   1.5};
  for (const app::GpuInReport& entry : sample_gpus()) {
    load.gpus.push_back({entry.gpu, load.gpus.empty(), 0, load.gpus.empty() ? 18 * kGiB : 0});
  }
  return {"ollama.service", sample_evidence(), {"w"}, load};
}

inline GateInForce sample_gate() {
  return {{"/usr/bin/ollama-gpu", "0-3", 90, true, 120'000'000},
          {"/etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf", 11, 1, "ExecStartPre"}};
}

inline app::WaitReport sample_wait() {
  return {true, 3.25, 60, {{0, "GPU-58a8", "0000:01:00.0", "A100"}, {{}, "", "0000:02:00.0", ""}}};
}

inline app::StatusReport sample_status() {
  app::StatusReport report;
  report.unit = {"ollama.service",
                 "loaded",
                 "active",
                 "running",
                 "/etc/systemd/system/ollama.service",
                 {"/etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf"},
                 4242,
                 0,
                 false,
                 11532,
                 "0.30.1",
                 "127.0.0.1:11434",
                 sample_gate()};
  report.settings = {
      {"OLLAMA_KEEP_ALIVE",
       "-1",
       {"/etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf", 9, 1, "Environment"},
       true,
       true},
      {"OLLAMA_HOST",
       "0.0.0.0",
       {"/etc/systemd/system/ollama.service", 12, 1, "Environment"},
       false,
       false}};
  report.gpus = sample_gpus();
  report.models = std::vector<app::ModelReport>{{"llama3:70b", 43 * kGiB, 43 * kGiB, std::nullopt},
                                                {"qwen:32b", 20 * kGiB, 10 * kGiB, 240}};
  report.evidence = sample_evidence();
  report.warnings = {"something is odd"};
  return report;
}

inline app::ShowReport sample_show() {
  app::ShowReport report;
  report.unit = "ollama.service";
  report.fragment = "/etc/systemd/system/ollama.service";
  report.drop_ins = {"/etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf"};
  const Source ours{report.drop_ins[0], 9, 1, "Environment"};
  const Source unit{report.fragment, 12, 1, "Environment"};
  report.environment.variables["OLLAMA_KEEP_ALIVE"] = {
      "-1", ours, {{"OLLAMA_KEEP_ALIVE", "5m", unit}}};
  report.environment.variables["PATH"] = {"/usr/bin", {"", 0, 0, "manager"}, {}};
  report.environment.unset["HTTP_PROXY"] = {"HTTP_PROXY",
                                            {report.drop_ins[0], 10, 1, "UnsetEnvironment"}};
  report.unit_environment = {{"OLLAMA_KEEP_ALIVE", "-1", ours}};
  return report;
}

}  // namespace ollama_gpu
