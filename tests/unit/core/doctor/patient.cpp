// SPDX-License-Identifier: MIT
#include "core/doctor/patient.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ollama_gpu/core/systemd/exec_start.hpp"

namespace ollama_gpu {

std::string test_data(const std::string& name) {
  const std::ifstream file(TEST_DATA "/" + name);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

Patient::Patient() {
  unit(test_data("units/installer.service"));
  facts.drop_in_path = kOwnPath;
}

Patient& Patient::unit(const std::string& text) { return file(kUnitPath, text); }

Patient& Patient::lines(const std::string& text) {
  std::string bytes = test_data("units/installer.service");
  return unit(bytes.insert(bytes.find("[Service]\n") + 10, text));
}

Patient& Patient::drop_in(const std::string& name, const std::string& text) {
  return file(kDropIns + name, text);
}

Patient& Patient::service(const std::string& lines) {
  return drop_in("override.conf", "[Service]\n" + lines);
}

Patient& Patient::file(const std::string& path, const std::string& text) {
  files.file(path, text);
  return *this;
}

Patient& Patient::gpus(unsigned count, Vendor vendor) {
  if (!facts.gpus) facts.gpus = Inventory{{}, "NVML", {}, {}};
  for (unsigned i = 0; i < count; ++i) {
    Gpu gpu;
    gpu.vendor = vendor;
    gpu.index = i;
    gpu.uuid = fmt::format("GPU-58a8{}000-0000-0000-0000-000000000000", i);
    gpu.name = "NVIDIA A100";
    gpu.memory_total = 80ULL << 30U;
    facts.gpus->gpus.push_back(gpu);
  }
  return *this;
}

UnitSnapshot Patient::snapshot() const {
  SnapshotInput input;
  input.search_path = system_search_path();
  input.manager_environment = manager;
  auto taken = take_snapshot(files, input, *UnitName::parse("ollama"));
  EXPECT_TRUE(taken);
  return taken ? std::move(*taken) : UnitSnapshot{};
}

std::vector<Finding> Patient::findings() const {
  const UnitSnapshot seen = snapshot();
  DoctorFacts all = facts;
  MemoryFiles there = files;
  for (const ExecCommand& command : exec_start_of(seen)) {
    if (has_programs && command.program.starts_with('/')) there.file(command.program, "ELF");
  }
  gather_file_facts(there, system_search_path(), seen, all);
  if (facts.user) all.user = facts.user;
  return diagnose(seen, all);
}

std::vector<std::string> Patient::marks() const {
  std::vector<std::string> marks;
  for (const Finding& finding : findings()) {
    std::string mark = finding.code;
    const Location& place = finding.place;
    if (!place.file.empty()) mark += " " + place.file.substr(place.file.rfind('/') + 1);
    if (place.line > 0) mark += fmt::format(":{}:{}", place.line, place.column);
    marks.push_back(finding.severity == Severity::info ? "(" + mark + ")" : mark);
  }
  return marks;
}

const Finding& Patient::only(const std::string& code) {
  kept_ = findings();
  std::erase_if(kept_, [&](const Finding& finding) { return finding.code != code; });
  EXPECT_EQ(kept_.size(), 1U) << code;
  if (kept_.empty()) kept_.emplace_back();
  return kept_.front();
}

Result<Fixes> Patient::fixes() const {
  return all_fixes(snapshot(), findings(), facts.drop_in.value_or(DropIn{}));
}

std::string Patient::fixed(const std::string& path) const {
  const auto result = fixes();
  EXPECT_TRUE(result);
  if (!result) return "";
  for (const FileEdit& edit : result->edits) {
    if (edit.path == path) return edit.wanted;
  }
  return "";
}

}  // namespace ollama_gpu
