// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "ollama_gpu/presentation/text_width.hpp"
#include "sample_reports.hpp"

namespace ollama_gpu {
namespace {

TEST(TextChange, SaysWhatItActsOnWhatChangedTheProofAndWhatIsNext) {
  EXPECT_EQ(text_of(sample_change()), R"(ollama.service

Plan
  set       OLLAMA_KEEP_ALIVE=-1: a loaded model stays
  write     /etc/x.d/zz.conf: new file
  reload    systemd
  restart   ollama.service: its process has other settings

--- /dev/null
+++ /etc/x.d/zz.conf
@@ -0,0 +1 @@
+[Service]

the settings are in force (changed, applied, restarted, generation 4)
  ok       file     as intended
  ok       process  4 of 4 settings

undo: sudo ollama-gpu rollback
next: see it at work: sudo ollama-gpu status
)");
}

TEST(TextGenerations, AreATable) {
  EXPECT_EQ(text_of(sample_generations()), R"(ollama.service

warning: w

      TIME                  RESULT   COMMAND
   1  2023-11-14T22:13:20Z  done     ollama-gpu configure
  12  2024-02-29T00:00:00Z  adopted  (edited by hand)

undo the last: ollama-gpu rollback; go back to one: ollama-gpu rollback NUMBER
)");
  EXPECT_EQ(text_of(app::GenerationsReport{"u", {}, {}}), "u\n\nno change of it is known\n");
}

TEST(TextDoctor, IsLikeACompilersDiagnostics) {
  EXPECT_EQ(text_of(sample_doctor()),
            R"(error[OG202]: OLLAMA_KEEP_ALIVE does not accept '1d'
 --> /etc/x.d/a.conf:2:13
   |
 2 | Environment=OLLAMA_KEEP_ALIVE=1d
   |             ^
  = why: Ollama takes 5m
  = help: write 24h

warning[OG506]: restarted 7 times
  = why: 100 % of them\nlately
  = help: see why

info[OG401]: A=1 wins
 --> /etc/a,b:c.conf:3
  = why: only one
  = help: nothing to do

not looked at: the GPUs: no library
ollama.service: 1 error, 1 warning, 1 info found. What a code means: ollama-gpu help OG202
Some of it can be mended: ollama-gpu doctor --fix --dry-run
1 ignored
)");
}

TEST(TextDoctor, SaysWhatStandsUnderSeveralOnce) {
  app::DoctorReport report = sample_doctor();
  report.findings.resize(1);
  report.findings.push_back(report.findings.front());
  report.findings.back().message = "another";
  const std::string text = text_of(report);
  EXPECT_EQ(text.find("= why: Ollama takes 5m"), text.rfind("= why: Ollama takes 5m")) << text;
  report.findings.back().remedy = "write 48h";
  EXPECT_NE(text_of(report).find("write 24h"), std::string::npos);
}

TEST(TextDoctor, OfAHealthyService) {
  app::DoctorReport report;
  report.unit = "ollama.service";
  EXPECT_EQ(text_of(report), "ollama.service: nothing wrong was found\n");
}

TEST(TextDoctor, AsGithubsCommands) {
  app::DoctorReport report = sample_doctor();
  report.findings[1].message = "100 %\nof: them, \r\x1b[31m";
  std::ostringstream out;
  render_github(out, report);
  EXPECT_EQ(out.str(),
            "::error file=/etc/x.d/a.conf,line=2,col=13,title=OG202::OLLAMA_KEEP_ALIVE does not "
            "accept '1d'%0Awrite 24h\n"
            "::warning title=OG506::100 %25%0Aof: them, %0D\\x1b[31m%0Asee why\n"
            "::notice file=/etc/a%2Cb%3Ac.conf,line=3,title=OG401::A=1 wins%0Anothing to do\n");
}

TEST(HelpOnFindings, FitsAndHasEveryCode) {
  const std::string list = help_findings(80);
  for (const FindingKind& kind : finding_kinds()) {
    EXPECT_NE(list.find(kind.code), std::string::npos) << kind.code;
    std::istringstream lines(help_finding(kind, 80));
    std::string line;
    while (std::getline(lines, line)) EXPECT_LE(display_width(line), 80U) << line;
  }
}

TEST(TextChange, NothingToDoIsShort) {
  app::ChangeReport report;
  report.unit = "ollama.service";
  report.applied = true;
  report.summary = "nothing to do: everything is as wanted";
  EXPECT_EQ(text_of(report),
            "ollama.service\n\nnothing to do: everything is as wanted (applied)\n");
}

TEST(TextChange, APreviewSaysSo) {
  app::ChangeReport report = sample_change();
  report.preview = true;
  report.changed = report.applied = report.restarted = false;
  report.evidence.clear();
  report.summary = report.undo = report.look = "";
  const std::string text = text_of(report);
  EXPECT_NE(text.find("\nWould do\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nnothing was changed\n\nnext: the same command without --dry-run"),
            std::string::npos)
      << text;
}

TEST(TextChange, AFailureShowsTheServicesOwnWords) {
  app::ChangeReport report;
  report.unit = "ollama.service";
  report.rolled_back = true;
  report.journal = {"Error: listen tcp 127.0.0.1:11434: \x1b[31mbind"};
  EXPECT_EQ(text_of(report), R"(ollama.service

The service's own words
  | Error: listen tcp 127.0.0.1:11434: \x1b[31mbind

everything was put back (rolled back)
)");
}

TEST(TextChange, ALongReasonStandsBelowItsPath) {
  app::ChangeReport report;
  report.unit = "u";
  report.plan = {{PlanAction::note, "/etc/systemd/system/ollama.service.d/override.conf:12",
                  "sets OLLAMA_HOST to 0.0.0.0; ours comes later and wins"}};
  const std::string text = text_of(report);
  EXPECT_NE(text.find("  note      /etc/systemd/system/ollama.service.d/override.conf:12\n"
                      "            sets OLLAMA_HOST to 0.0.0.0; ours comes later and wins\n"),
            std::string::npos)
      << text;
}

TEST(TextChange, ColourIsForTerminals) {
  Style style;
  style.color = true;
  EXPECT_NE(text_of(sample_change(), style).find("\x1b[32m+[Service]\x1b[0m"), std::string::npos);
  EXPECT_EQ(text_of(sample_change()).find('\x1b'), std::string::npos);
}

TEST(TextVerify, CountsAndLists) {
  app::VerifyReport report{"ollama.service", sample_evidence(), {"LogNamespace= is set"}};
  EXPECT_EQ(text_of(report), R"(ollama.service  2 ok, 1 FAILED, 1 pending, 1 skipped
  ok       file     as intended
  ok       manager  loaded
  pending  process  not restarted yet
  FAILED   server   no answer at 127.0.0.1:11434
  skipped  devices  no journal

warning: LogNamespace= is set
)");
}

TEST(TextVerify, DrawsHowAModelLies) {
  Style style;
  style.width = 80;
  const std::string text = text_of(sample_verify(), style);
  EXPECT_NE(text.find(R"(
Memory
  llama3:70b, 40.0 GiB, loaded in 3.2 s and unloaded again
  # Ollama  = others  - free
  GPU  NAME                                       BEFORE     AFTER  SELECTED
    0  NVIDIA A100-SXM4-40GB  [#######=--------]     0 B  18.0 GiB  yes
    ?  Radeon Pro                                    0 B       0 B  no
  largest / mean of the selected: 1.50
)"),
            std::string::npos)
      << text;
}

TEST(TextShow, HasTheWinnerAndThoseItBeats) {
  EXPECT_EQ(text_of(sample_show()), R"(ollama.service
  unit     /etc/systemd/system/ollama.service
  drop-in  /etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf

OLLAMA_KEEP_ALIVE=-1
  from  /etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf:9  Environment=
  beats /etc/systemd/system/ollama.service:12  Environment=  5m
PATH=/usr/bin
  from  the service manager
HTTP_PROXY is taken away
  from  /etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf:10  UnsetEnvironment=  HTTP_PROXY
)");
}

TEST(TextShow, OnlyTheVariablesAskedFor) {
  app::ShowReport report = sample_show();
  report.only = {"PATH", "HTTP_PROXY", "OLLAMA_SCHED_SPREAD", "FOO", "OLLAMA_KEEPALIVE"};
  const std::string text = text_of(report);
  EXPECT_EQ(text.find("ollama.service\n"), std::string::npos) << text;
  EXPECT_NE(text.find("OLLAMA_SCHED_SPREAD is not set; without it: 0\n"
                      "FOO is not set; Ollama is not known to read it\n"
                      "OLLAMA_KEEPALIVE is not set; did you mean OLLAMA_KEEP_ALIVE?\n"),
            std::string::npos)
      << text;
}

TEST(TextShow, NamesTheGate) {
  app::ShowReport report = sample_show();
  report.gate = sample_gate();
  report.gate->gate.required = false;
  report.gate->gate.gpus.clear();
  EXPECT_NE(text_of(report).find(
                "  gate     each start waits at most 90 s for the GPUs, then goes on without\n\n"),
            std::string::npos)
      << text_of(report);
}

TEST(TextWait, IsOneLine) {
  EXPECT_EQ(text_of(sample_wait()), "GPUs 0, 0000:02:00.0 can be used, after 3.2 s\n");
  app::WaitReport report = sample_wait();
  report.gpus.resize(1);
  report.waited = 0.01;
  EXPECT_EQ(text_of(report), "GPU 0 can be used\n");
  report.ready = false;
  EXPECT_EQ(text_of(report), "");  // the error says it
}

TEST(TextGpus, FitsTheWidth) {
  app::GpusReport report{sample_gpus(), "NVML", "one GPU is lost", GpuFault::lost};
  Style style;
  style.width = 140;
  const std::string rest =
      "  GPU ?: GPU is lost\n"
      "\n"
      "GPU   PID  PROCESS         MEMORY  OF OLLAMA\n"
      "0    4243  llama-server  18.0 GiB  yes\n"
      "0      99  ?                    ?  ?\n"
      "\n"
      "warning: one GPU is lost\n";
  EXPECT_EQ(text_of(report, style),
            "GPU  NAME                           MEMORY USED  BUSY  OLLAMA     HOLDS  UUID"
            "                                      PCI\n"
            "0    NVIDIA A100-SXM4-40GB  20.0 GiB / 40.0 GiB   35%  yes     18.0 GiB  "
            "GPU-58a8d2b1-0000-0000-0000-000000000000  0000:01:00.0\n"
            "     DRIVER 550.54.15  COMPUTE 8.0  TEMP 41 C  POWER 62 W  DISPLAY on\n"
            "MIG    1g.5gb                       ? / 5.0 GiB                          MIG-1\n"
            "?    Radeon Pro (amd)                         ?     ?  no             ?"
            "                                            0000:02:00.0\n" +
                rest);
  style.width = 80;
  EXPECT_EQ(text_of(report, style),
            "GPU  NAME                           MEMORY USED  BUSY  OLLAMA     HOLDS\n"
            "0    NVIDIA A100-SXM4-40GB  20.0 GiB / 40.0 GiB   35%  yes     18.0 GiB\n"
            "     UUID GPU-58a8d2b1-0000-0000-0000-000000000000  PCI 0000:01:00.0\n"
            "     DRIVER 550.54.15  COMPUTE 8.0  TEMP 41 C  POWER 62 W  DISPLAY on\n"
            "MIG    1g.5gb                       ? / 5.0 GiB\n"
            "     UUID MIG-1\n"
            "?    Radeon Pro (amd)                         ?     ?  no             ?\n"
            "     PCI 0000:02:00.0\n" +
                rest);
}

TEST(TextGpus, LosesNothingOnANarrowTerminal) {
  app::GpusReport report{sample_gpus(), "NVML", "", GpuFault::none};
  Style style;
  style.width = 40;
  const std::string text = text_of(report, style);
  for (const char* part : {"NVIDIA A100-SXM4-40GB", "20.0 GiB / 40.0 GiB", "OLLAMA yes",
                           "HOLDS 18.0 GiB", "GPU-58a8d2b1-0000-0000-0000-000000000000",
                           "0000:01:00.0", "550.54.15", "BUSY 35%", "MIG-1"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  }
}

TEST(TextGpus, NoneFound) {
  EXPECT_EQ(text_of(app::GpusReport{{}, "none", ""}), "No GPU found.\n");
}

TEST(TextSettings, OneInDetail) {
  EXPECT_EQ(text_of(app::SettingsReport{{"OLLAMA_SCHED_SPREAD"}}), R"(OLLAMA_SCHED_SPREAD
  what      spread every model over all GPUs
  default   0
  accepts   1 or 0 (also t, true, f, false)
  option    configure --spread
  Ollama    since 0.1.45
)");
}

TEST(TextSettings, ManyInGroupsEachWithWhatItDoes) {
  app::SettingsReport report{
      {"OLLAMA_NOPRUNE", "OLLAMA_SCHED_SPREAD", "NONSENSE", "OLLAMA_EDITOR", "OLLAMA_MAX_VRAM"}};
  EXPECT_EQ(text_of(report), R"(With an option of configure
  OLLAMA_SCHED_SPREAD             spread every model over all GPUs (--spread;
                                  default 0)

Ollama's server (--set NAME=VALUE)
  OLLAMA_NOPRUNE                  do not remove unused blobs at start (default
                                  0)

Those of the client, and those of the past: ollama-gpu settings --all
More about one: ollama-gpu settings NAME
)");
  report.all = true;
  const std::string text = text_of(report);
  EXPECT_NE(text.find("\nRead by the client only\n  OLLAMA_EDITOR"), std::string::npos) << text;
  EXPECT_NE(text.find("\nNo longer read\n  OLLAMA_MAX_VRAM"), std::string::npos) << text;
}

TEST(Help, TopicsFitEightyColumns) {
  for (const std::string_view topic : {help_exit_codes(), help_selectors()}) {
    std::istringstream lines{std::string(topic)};
    std::string line;
    while (std::getline(lines, line)) EXPECT_LE(line.size(), 82U) << line;
  }
}

}  // namespace
}  // namespace ollama_gpu
