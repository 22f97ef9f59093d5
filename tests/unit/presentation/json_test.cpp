// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <fstream>

#include "sample_reports.hpp"
#include "schema_check.hpp"

namespace ollama_gpu {
namespace {

const SchemaCheck& schema() {
  static const SchemaCheck check(SOURCE_DIR "/docs/schema.json");
  return check;
}

template <class Report>
void expect_valid(std::string_view command, const Report& report) {
  const Error error{Errc::not_verified, "m", "h", Location{"/f", 3, 0, "line"}, 0};
  EXPECT_EQ(schema().check(render_json(command, report, nullptr)), "");
  EXPECT_EQ(schema().check(render_json(command, report, &error)), "");
  EXPECT_EQ(schema().check(render_json(command, Report{}, &error)), "");
}

TEST(Json, EveryCommandHoldsToTheSchema) {
  expect_valid("configure", sample_change());
  expect_valid("reset", sample_change());
  expect_valid("rollback", sample_change());
  expect_valid("rollback", sample_generations());
  expect_valid("doctor", sample_doctor());
  expect_valid("verify", app::VerifyReport{"u", sample_evidence(), {"w"}, std::nullopt});
  expect_valid("verify", sample_verify());
  expect_valid("status", sample_status());
  expect_valid("show", sample_show());
  app::ShowReport with_gate = sample_show();
  with_gate.gate = sample_gate();
  expect_valid("show", with_gate);
  expect_valid("wait", sample_wait());
  expect_valid("gpus", app::GpusReport{sample_gpus(), "NVML", "", GpuFault::version_mismatch});
  expect_valid("settings", app::SettingsReport{{"OLLAMA_KEEP_ALIVE", "CUDA_VISIBLE_DEVICES"}});
  EXPECT_EQ(schema().check(render_json_text("help", "text")), "");
  EXPECT_EQ(schema().check(render_json_error("", Error{})), "");
}

TEST(Json, TheSchemaListsTheActionsOfAPlan) {
  std::ifstream file(SOURCE_DIR "/docs/schema.json");
  const auto json = nlohmann::json::parse(file);
  const nlohmann::json::json_pointer step("/$defs/change/properties/plan/items/properties/step");
  EXPECT_EQ(json.at(step).at("enum"), nlohmann::json(kPlanActionNames));
}

TEST(Json, TheSchemaRefusesWhatIsWrong) {
  EXPECT_NE(schema().check(R"({"schema":"ollama-gpu/1","command":"gpus","ok":true})"), "");
  EXPECT_NE(schema().check(
                R"({"schema":"ollama-gpu/1","command":"gpus","ok":true,"exit_code":0,"gpus":[1]})"),
            "");
}

TEST(Json, ChangeIsExactly) {
  EXPECT_EQ(
      render_json("configure", sample_change(), nullptr),
      R"({"schema":"ollama-gpu/1","command":"configure","ok":true,"exit_code":0,)"
      R"("unit":"ollama.service","preview":false,"changed":true,"applied":true,"restarted":true,)"
      R"("rolled_back":false,"generation":4,"plan":[)"
      R"({"step":"set","path":"/etc/x.d/zz.conf",)"
      R"("reason":"OLLAMA_KEEP_ALIVE=-1: a loaded model stays",)"
      R"("name":"OLLAMA_KEEP_ALIVE","value":"-1","was":null,"unit":null},)"
      R"({"step":"write","path":"/etc/x.d/zz.conf","reason":"new file",)"
      R"("name":null,"value":null,"was":null,"unit":null},)"
      R"({"step":"reload","path":"systemd","reason":"",)"
      R"("name":null,"value":null,"was":null,"unit":null},)"
      R"({"step":"restart","path":"ollama.service","reason":"its process has other settings",)"
      R"("name":null,"value":null,"was":null,"unit":null}],)"
      R"("diff":"--- /dev/null\n+++ /etc/x.d/zz.conf\n@@ -0,0 +1 @@\n+[Service]\n",)"
      R"("evidence":[{"level":"file","status":"ok","detail":"as intended"},)"
      R"({"level":"process","status":"ok","detail":"4 of 4 settings"}],"journal":[],)"
      R"("summary":"the settings are in force","warnings":[],"undo":"sudo ollama-gpu rollback"})");
}

TEST(Json, GenerationsAreExactly) {
  EXPECT_EQ(render_json("rollback", sample_generations(), nullptr),
            R"({"schema":"ollama-gpu/1","command":"rollback","ok":true,"exit_code":0,)"
            R"("unit":"ollama.service","generations":[)"
            R"({"id":1,"time":"2023-11-14T22:13:20Z","command":"ollama-gpu configure",)"
            R"("result":"done"},)"
            R"J({"id":12,"time":"2024-02-29T00:00:00Z","command":"(edited by hand)",)J"
            R"("result":"adopted"}],"warnings":["w"]})");
}

TEST(Json, ShowIsExactly) {
  EXPECT_EQ(
      render_json("show", sample_show(), nullptr),
      R"({"schema":"ollama-gpu/1","command":"show","ok":true,"exit_code":0,)"
      R"("unit":"ollama.service","environment":{"OLLAMA_KEEP_ALIVE":{"value":"-1","source":)"
      R"({"file":"/etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf","line":9,)"
      R"("directive":"Environment"},"overridden":[{"value":"5m","source":)"
      R"({"file":"/etc/systemd/system/ollama.service","line":12,"directive":"Environment"}}]},)"
      R"("PATH":{"value":"/usr/bin","source":{"file":null,"line":null,"directive":"manager"},)"
      R"("overridden":[]}},"unset":{"HTTP_PROXY":{"source":)"
      R"({"file":"/etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf","line":10,)"
      R"("directive":"UnsetEnvironment"}}},"unit_environment":["OLLAMA_KEEP_ALIVE=-1"],)"
      R"("fragment":"/etc/systemd/system/ollama.service",)"
      R"("drop_ins":["/etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf"],"gate":null,"warnings":[]})");
}

TEST(Json, WaitIsExactly) {
  EXPECT_EQ(render_json("wait", sample_wait(), nullptr),
            R"({"schema":"ollama-gpu/1","command":"wait","ok":true,"exit_code":0,"ready":true,)"
            R"("waited":3.25,"timeout":60.0,"gpus":[{"index":0,"uuid":"GPU-58a8",)"
            R"("pci":"0000:01:00.0","name":"A100"},{"index":null,"uuid":null,)"
            R"("pci":"0000:02:00.0","name":""}]})");
}

TEST(Json, DoctorIsExactly) {
  app::DoctorReport report = sample_doctor();
  report.findings.resize(1);
  EXPECT_EQ(render_json("doctor", report, nullptr),
            R"({"schema":"ollama-gpu/1","command":"doctor","ok":true,"exit_code":0,)"
            R"("unit":"ollama.service","findings":[{"code":"OG202","severity":"error",)"
            R"("message":"OLLAMA_KEEP_ALIVE does not accept '1d'","why":"Ollama takes 5m",)"
            R"("remedy":"write 24h","command":null,"file":"/etc/x.d/a.conf","line":2,"column":13,)"
            R"("fixable":true}],"ignored":1,"not_seen":["the GPUs: no library"]})");
}

TEST(Json, ShowOfSomeVariablesLeavesTheOthersOut) {
  app::ShowReport report = sample_show();
  report.only = {"PATH"};
  const auto json = nlohmann::json::parse(render_json("show", report, nullptr));
  EXPECT_EQ(json["environment"].size(), 1U);
  EXPECT_EQ(json["unset"].size(), 0U);
  EXPECT_EQ(json["unit_environment"].size(), 1U);  // always systemd's property
}

TEST(Json, ErrorsCarryCodeMessageHintAndPlace) {
  const Error error{Errc::conflict, "m", "h", Location{"/f", 3, 7, "line"}, 0};
  EXPECT_EQ(render_json_error("configure", error),
            R"({"schema":"ollama-gpu/1","command":"configure","ok":false,"exit_code":6,)"
            R"("error":{"code":"conflict","message":"m","hint":"h","command":null,)"
            R"("location":{"file":"/f","line":3,"column":7}}})");
  EXPECT_EQ(
      render_json_error("", Error{Errc::usage, "m", "", std::nullopt, 0}),
      R"({"schema":"ollama-gpu/1","command":null,"ok":false,"exit_code":2,)"
      R"("error":{"code":"usage","message":"m","hint":null,"command":null,"location":null}})");
}

TEST(Json, WouldChangeIsNotOk) {
  const Error error{Errc::would_change, "m", "", std::nullopt, 0};
  const auto json = nlohmann::json::parse(render_json("configure", sample_change(), &error));
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["exit_code"], 10);
  EXPECT_EQ(json["error"]["code"], "would_change");
}

TEST(Json, HoldsNoCommandForATerminal) {
  app::ChangeReport report;
  report.summary =
      "\x7f\xc2\x9b"
      "2J\xe2\x80\xae\xef\xbb\xbf 多 ä";
  const std::string text = render_json("configure", report, nullptr);
  EXPECT_NE(text.find(R"(\u007f\u009b2J\u202e\ufeff 多 ä)"), std::string::npos) << text;
  EXPECT_EQ(nlohmann::json::parse(text)["summary"], report.summary);
}

TEST(Json, HostileTextStaysValidJson) {
  app::ChangeReport report;
  report.summary = "a\xff\xfe\x1b\"\\\n";
  report.journal = {std::string("nul\0here", 8), "\xed\xa0\x80"};
  const std::string text = render_json("configure", report, nullptr);
  EXPECT_EQ(schema().check(text), "");
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_NE(text.find("\xef\xbf\xbd"), std::string::npos);  // U+FFFD for what was not UTF-8
  EXPECT_EQ(schema().check(render_json_error("x", {Errc::usage, "\xff", "\xc0", std::nullopt, 0})),
            "");
  app::ShowReport show;
  show.environment.variables["\xff"] = {"\xff", {"/\xff", 1, 1, "\xff"}, {}};
  EXPECT_EQ(schema().check(render_json("show", show, nullptr)), "");
}

}  // namespace
}  // namespace ollama_gpu
