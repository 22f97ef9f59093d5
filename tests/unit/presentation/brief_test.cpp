// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "ollama_gpu/presentation/text_width.hpp"
#include "sample_reports.hpp"

namespace ollama_gpu {
namespace {

std::string brief(const app::ChangeReport& report, unsigned width = 80) {
  std::ostringstream out;
  Style style;
  style.width = width;
  render_plan(out, style, report, Form::brief);
  out << "----\n";
  render_outcome(out, style, report, Form::brief);
  return out.str();
}

PlanStep set(std::string name, std::string value, std::optional<std::string> was = {},
             std::string why = {}) {
  return variable_step(PlanAction::set, "/f", std::move(name), std::move(value), std::move(was),
                       std::move(why));
}

TEST(Brief, SaysEachThingOnce) {
  app::ChangeReport report = sample_change();
  report.evidence[1].brief = "process 12";
  EXPECT_EQ(brief(report), R"(ollama.service: new drop-in /etc/x.d/zz.conf
  + OLLAMA_KEEP_ALIVE=-1  a loaded model stays
  restart   ollama.service
----
the settings are in force
ok: file, process 12
undo: sudo ollama-gpu rollback    watch: sudo ollama-gpu status --watch
)");
}

TEST(Brief, TellsWhatIsSetChangedAndWithdrawnApart) {
  app::ChangeReport report;
  report.unit = "u";
  report.plan = {set("A", "1"),
                 set("LONGER", "2", "3"),
                 set("C", "4", "5", "why"),
                 variable_step(PlanAction::withdraw, "/f", "D", std::nullopt, "6", ""),
                 {PlanAction::set, "/f", "UnsetEnvironment=E: /g:3 sets it to 7"},
                 {PlanAction::write, "/f", "replaced in one step"},
                 {PlanAction::reload, "systemd", "so that it reads it"}};
  EXPECT_EQ(brief(report), R"(u: changes /f
  + A=1
  ~ LONGER=2  was 3
  ~ C=4       was 5; why
  - D=6
  + UnsetEnvironment=E: /g:3 sets it to 7
----
)");
}

TEST(Brief, LeavesFiguresBehindALineToTheLongForm) {
  app::ChangeReport report;
  report.unit = "u";
  report.plan = {{PlanAction::restart, "u", "its process has other values of: A"},
                 {PlanAction::note, "", "fits on one GPU: m"},
                 {PlanAction::note, "", "m takes 5 GiB"}};
  report.plan.back().in_full = true;
  EXPECT_EQ(brief(report), R"(u: the files stay as they are
  restart   u: its process has other values of: A
  note      fits on one GPU: m
----
)");
}

TEST(Brief, ANothingIsOneLine) {
  app::ChangeReport report;
  report.unit = "u";
  report.summary = "nothing to do: everything is as wanted";
  report.evidence = {{EvidenceLevel::file, EvidenceStatus::ok, "f"},
                     {EvidenceLevel::manager, EvidenceStatus::ok, "m"}};
  EXPECT_EQ(brief(report), "----\nu: nothing to do: everything is as wanted (2 of 2 checks ok)\n");
}

TEST(Brief, WhatDoesNotHoldHasItsSentence) {
  app::ChangeReport report;
  report.unit = "u";
  report.summary = "nothing to do: what was asked for is in place, but not everything holds";
  report.evidence = sample_evidence();
  EXPECT_EQ(brief(report), R"(----
u: nothing to do: what was asked for is in place, but not everything holds
ok: file, manager
  pending  process  not restarted yet
  FAILED   server   no answer at 127.0.0.1:11434
  skipped  devices  no journal
next: in force from the service's next start (--restart=always does it now)
)");
}

TEST(Brief, OfAFailureLeavesTheLinesOfAHealthyStartOut) {
  app::ChangeReport report;
  report.unit = "u";
  report.rolled_back = true;
  report.summary = "everything was put back as it was";
  report.journal = {"time=1 level=INFO msg=\"server config\"", "Error: mkdir /m: denied"};
  EXPECT_EQ(brief(report), R"(----
The service's own words:
  | Error: mkdir /m: denied
everything was put back as it was
)");
  report.journal.pop_back();
  EXPECT_NE(brief(report).find("  | time=1 level=INFO"), std::string::npos);
}

TEST(Brief, SaysNothingWhereTheErrorSaysAll) {
  app::ChangeReport report;
  report.unit = "u";
  EXPECT_EQ(brief(report), "----\n");
}

TEST(Brief, FitsANarrowTerminal) {
  app::ChangeReport report = sample_change();
  report.plan.insert(report.plan.begin(), set("OLLAMA_ORIGINS", std::string(50, 'x'), "short",
                                              "a reason that is long enough to be wrapped"));
  report.plan.push_back({PlanAction::note, "/a/path", std::string(90, 'y') + " " + "z"});
  std::istringstream lines(brief(report, 70));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("yyy") == line.npos) EXPECT_LE(display_width(line), 72U) << line;
  }
}

}  // namespace
}  // namespace ollama_gpu
