// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "ollama_gpu/presentation/text_width.hpp"
#include "sample_reports.hpp"

namespace ollama_gpu {
namespace {

TEST(TextStatus, IsOnePage) {
  Style style;
  style.width = 100;
  EXPECT_EQ(text_of(sample_status(), style),
            R"(ollama.service  active (running) for 3h 12m, pid 4242
  Ollama   0.30.1 at 127.0.0.1:11434
  unit     /etc/systemd/system/ollama.service
  drop-in  /etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf
  gate     each start waits at most 90 s for GPUs 0-3, then fails

Settings
  OLLAMA_KEEP_ALIVE=-1  ours  zz-ollama-gpu.conf:9
  OLLAMA_HOST=0.0.0.0         ollama.service:12     not in the process

GPUs  # Ollama  = others  - free
  GPU  NAME                                                 OLLAMA   OTHERS      FREE  BUSY
    0  NVIDIA A100-SXM4-40GB  [###########=------------]  18.0 GiB  2.0 GiB  19.5 GiB   35%
    ?  Radeon Pro                                           hidden        ?         ?
  GPU ?: GPU is lost

Models loaded
  llama3:70b  43.0 GiB  all on the GPU  for ever
  qwen:32b    20.0 GiB  50% on the GPU  for another 4m 0s

Evidence
  ok: file, manager
  pending  process  not restarted yet
  FAILED   server   no answer at 127.0.0.1:11434
  skipped  devices  no journal

warning: something is odd
)");
}

TEST(TextStatus, WhatMovesComesFirstWhereItIsDrawnAnew) {
  app::StatusReport report = sample_status();
  report.live = true;
  const std::string text = text_of(report);
  EXPECT_LT(text.find("\nGPUs"), text.find("\nModels loaded"));
  EXPECT_LT(text.find("\nModels loaded"), text.find("\n  unit  "));
  EXPECT_LT(text.find("\n  unit  "), text.find("\nSettings"));
}

TEST(TextStatus, InFullHasEveryLevelAndWhatTheSystemSets) {
  app::StatusReport report = sample_status();
  report.settings.push_back({"HOME", "/h", {"/u", 3, 1, "Environment"}, false, true});
  EXPECT_EQ(text_of(report).find("HOME=/h"), std::string::npos);
  std::ostringstream out;
  render_text(out, {}, report, Form::full);
  EXPECT_NE(out.str().find("HOME=/h"), std::string::npos);
  EXPECT_NE(out.str().find("  ok       manager  loaded"), std::string::npos);
}

TEST(TextStatus, IsThreeLinesWhereNothingWasTyped) {
  app::StatusReport report = sample_status();
  report.brief = true;
  report.evidence.clear();
  EXPECT_EQ(text_of(report), R"(GPUs    1 x NVIDIA A100-SXM4-40GB, 1 x Radeon Pro, 40.0 GiB in all
Ollama  ollama.service, active, 0.30.1 at 127.0.0.1:11434, 2 models loaded
next    ollama-gpu status, doctor, verify, or --help
)");
  report.advice = "spread is off";
  report.next = "sudo ollama-gpu configure --spread";
  report.models = std::vector<app::ModelReport>{};
  EXPECT_THAT(text_of(report), testing::HasSubstr("no model loaded\nnote    spread is off\nnext    "
                                                  "sudo ollama-gpu configure --spread; see more"));
}

TEST(TextStatus, WhatCouldNotBeSeenIsSaid) {
  app::StatusReport report;
  report.unit.id = "ollama.service";
  report.unit.load_state = "masked";
  report.unit.need_daemon_reload = true;
  report.gpu_problem = "no GPU library";
  EXPECT_EQ(text_of(report), R"(ollama.service  not seen
  load     masked
  systemd has not loaded these files as they are now

Settings
  none: Ollama's defaults

GPUs
  none found
  no GPU library

Models loaded
  Ollama could not be asked
)");
}

TEST(TextStatus, OnlyARunningServiceFailsToAnswer) {
  app::StatusReport report;
  report.unit.address = "127.0.0.1:11434";
  EXPECT_NE(text_of(report).find("Ollama   its address is 127.0.0.1:11434\n"), std::string::npos);
  report.unit.active_state = "active";
  EXPECT_NE(text_of(report).find("Ollama   does not answer at 127.0"), std::string::npos);
}

TEST(TextStatus, AModelPartlyOnTheCpuIsNeverRoundedToTheGpu) {
  app::StatusReport report;
  report.models = std::vector<app::ModelReport>{{"m", 10000, 9999, std::nullopt}};
  EXPECT_NE(text_of(report).find("99% on the GPU"), std::string::npos);
}

}  // namespace
}  // namespace ollama_gpu
