// SPDX-License-Identifier: MIT
// OG601 to OG603, and what `doctor --fix` makes of a whole unit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/doctor/patient.hpp"

namespace ollama_gpu {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Variables = std::vector<DropInVariable>;

Patient after_the_article() {
  Patient patient;
  patient.unit(test_data("units/article.service"));
  return patient;
}

TEST(DoctorTraces, OfTheArticle) {
  EXPECT_THAT(after_the_article().marks(),
              ElementsAre("OG601 ollama.service:6:13", "OG601 ollama.service:7:13",
                          "OG601 ollama.service:8:13", "OG602 ollama.service:9:13",
                          "OG602 ollama.service:10:13", "OG602 ollama.service:11:13"));
}

TEST(DoctorTraces, OnlyInTheInstallersFile) {
  const std::string lines = "Environment=OLLAMA_KEEP_ALIVE=-1\n";
  Patient patient;
  patient.lines(lines);
  EXPECT_THAT(patient.marks(), ElementsAre("OG602 ollama.service:6:13"));
  // Where a tool keeps the whole unit, its settings are in the right place.
  patient.unit("# Ansible managed\n" + patient.snapshot().files.front().bytes);
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.lines("").service(lines);
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorTraces, InAUnitThatHomebrewRewrites) {
  const std::string unit =
      "[Unit]\nDescription=Homebrew generated unit for ollama\n[Service]\nUser=me\n"
      "ExecStart=/home/linuxbrew/.linuxbrew/opt/ollama/bin/ollama serve\n"
      "Environment=OLLAMA_FLASH_ATTENTION=1\nEnvironment=OLLAMA_KV_CACHE_TYPE=q8_0\n";
  SnapshotInput input;
  input.search_path = {"/home/me/.config/systemd/user"};
  const auto codes = [&](const std::string& text) {
    MemoryFiles files;
    files.file("/home/me/.config/systemd/user/homebrew.ollama.service", text);
    files.file("/home/linuxbrew/.linuxbrew/opt/ollama/bin/ollama", "ELF");
    const auto seen = take_snapshot(files, input, *UnitName::parse("homebrew.ollama"));
    DoctorFacts facts;
    facts.user_manager = true;
    std::vector<std::string> found;
    for (const Finding& finding : diagnose(*seen, facts)) {
      found.push_back(finding.code + " " + finding.message);
    }
    return found;
  };
  EXPECT_THAT(codes(unit), IsEmpty());
  EXPECT_THAT(codes(unit + "Environment=OLLAMA_KEEP_ALIVE=-1\n"),
              ElementsAre("OG602 the next brew services start takes OLLAMA_KEEP_ALIVE away"));
}

TEST(DoctorTraces, DoubledLines) {
  Patient patient;
  patient.service("Environment=A=1\nEnvironment=B=1\nEnvironment=A=1\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG601 override.conf:2:13"));
  EXPECT_EQ(patient.fixed(kOverridePath), "[Service]\nEnvironment=B=1\nEnvironment=A=1\n");
  patient.service("Environment=A=1\nEnvironment=A=2\n");  // which was meant?
  EXPECT_FALSE(patient.only("OG601").fixable());
  patient.service("Environment=A=1\nEnvironment=\nEnvironment=A=1\n");
  EXPECT_THAT(patient.marks(), Contains(HasSubstr("OG403")));
  patient.service("Environment=A=1 B=1\nEnvironment=A=1\n");  // the line sets more
  EXPECT_FALSE(patient.only("OG601").fixable());
}

TEST(DoctorTraces, GluedHeaders) {
  Patient patient;
  std::string unit = test_data("units/installer.service");
  const std::string correct = unit;
  unit.replace(unit.find("\n\n[Service]"), 2, "");
  patient.unit(unit);
  EXPECT_THAT(patient.marks(), ElementsAre("OG117 ollama.service", "OG603 ollama.service:3:28"));
  EXPECT_EQ(patient.fixed(kUnitPath), correct);
}

TEST(Fix, TakesTheArticlesLinesIntoOurDropIn) {
  Patient patient = after_the_article();
  EXPECT_EQ(patient.fixed(kUnitPath), test_data("units/installer.service"));
  const auto result = patient.fixes();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->edits.size(), 1U);
  EXPECT_EQ(result->edits.front().former, test_data("units/article.service"));
  EXPECT_EQ(result->drop_in.variables, (Variables{{"OLLAMA_KEEP_ALIVE", "-1", ""},
                                                  {"OLLAMA_SCHED_SPREAD", "1", ""},
                                                  {"CUDA_VISIBLE_DEVICES", "0,1,2,3", ""}}));
  EXPECT_EQ(result->fixed.size(), 6U);
  EXPECT_EQ(result->drop_in.selector, "");
}

TEST(Fix, KeepsWhatOurDropInSays) {
  Patient patient = after_the_article();
  DropIn ours;
  ours.put({"OLLAMA_KEEP_ALIVE", "24h", ""});
  ours.put({"OLLAMA_DEBUG", "1", ""});
  patient.facts.drop_in = ours;
  patient.drop_in("zz-ollama-gpu.conf", render_drop_in(ours, "ollama.service"));
  const auto result = patient.fixes();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->drop_in.find("OLLAMA_KEEP_ALIVE")->value, "24h");
  EXPECT_EQ(result->drop_in.find("OLLAMA_DEBUG")->value, "1");
  EXPECT_EQ(result->drop_in.find("OLLAMA_SCHED_SPREAD")->value, "1");
}

TEST(Fix, LeavesWhatAnotherFileDecidesToThatFile) {
  Patient patient = after_the_article();
  patient.service("Environment=OLLAMA_KEEP_ALIVE=1h\n");
  const auto result = patient.fixes();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->drop_in.find("OLLAMA_KEEP_ALIVE"), nullptr);
  EXPECT_EQ(patient.fixed(kUnitPath), test_data("units/installer.service"));
  EXPECT_EQ(patient.fixed(kOverridePath), "");
}

TEST(Fix, SpellsRightWhatItTakesOver) {
  Patient patient;
  patient.lines("Environment=\"OLLAMA_KEEPALIVE=1d\"\nEnvironment=OLLAMA_SCHED_SPREAD=off\n");
  const auto result = patient.fixes();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->drop_in.find("OLLAMA_SCHED_SPREAD")->value, "0");
  EXPECT_NE(result->drop_in.find("OLLAMA_KEEP_ALIVE"), nullptr);
  EXPECT_EQ(patient.fixed(kUnitPath), test_data("units/installer.service"));
}

TEST(Fix, LeavesAloneWhatOnlyTheUserKnows) {
  Patient patient;
  patient.lines("Environment=OLLAMA_KV_CACHE_TYPE=int8\n");
  const auto result = patient.fixes();
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->empty());
  EXPECT_THAT(result->edits, IsEmpty());
}

TEST(Fix, KeepsEveryOtherByte) {
  Patient patient;
  patient.drop_in(
      "override.conf",
      "; \xff mine\r\n[Service]\r\nEnvironment=A=1\t \r\n\r\nEnvironment=OLLAMA_KEEP_ALIVE=1d\r\n"
      "Environment=B=1 \\\r\n  C=2\r\n# end");
  EXPECT_EQ(
      patient.fixed(kOverridePath),
      "; \xff mine\r\n[Service]\r\nEnvironment=A=1\t \r\n\r\nEnvironment=OLLAMA_KEEP_ALIVE=24h\r\n"
      "Environment=B=1 \\\r\n  C=2\r\n# end");
}

TEST(Fix, LeavesAloneWhatPackagesOwn) {
  Patient patient;
  const std::string text = "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1d\n";
  patient.file("/usr/lib/systemd/system/ollama.service.d/a.conf", text);
  EXPECT_FALSE(patient.only("OG202").fixable());
  patient.files.remove("/usr/lib/systemd/system/ollama.service.d/a.conf");
  patient.drop_in("zz-ollama-gpu.conf", text);  // ours, edited by hand
  EXPECT_FALSE(patient.only("OG202").fixable());
}

TEST(Fix, DoesNotTouchWordsItCannotPlace) {
  Patient patient;
  patient.service("Environment=OLLAMA_KEEP_ALIVE=1\\x64\n");  // 1d, escaped
  EXPECT_FALSE(patient.only("OG202").fixable());
}

TEST(Fix, RefusesFindingsOfAnotherFile) {
  Patient patient;
  patient.service("Environment=OLLAMA_KEEP_ALIVE=1d\n");
  const auto findings = patient.findings();
  patient.service("");
  EXPECT_FALSE(all_fixes(patient.snapshot(), findings, {}));
}

}  // namespace
}  // namespace ollama_gpu
