// SPDX-License-Identifier: MIT
// How the time of core's readers grows with their input (Google Benchmark; see
// docs/performance.md).
#include <benchmark/benchmark.h>

#include <string>

#include "../unit/memory_files.hpp"
#include "core/systemd/words.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"
#include "ollama_gpu/core/systemd/unit_file.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace {

using namespace ollama_gpu;

std::string unit_with(std::int64_t assignments) {
  std::string text = "[Service]\n";
  for (std::int64_t i = 0; i < assignments; ++i) {
    text += "Environment=\"NAME_" + std::to_string(i) + "=value " + std::to_string(i) + "\"\n";
  }
  return text;
}

void parse_assignments(benchmark::State& state) {
  const std::string text = unit_with(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(parse_unit_file("/x", text));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(parse_assignments)->RangeMultiplier(10)->Range(100, 100000)->Complexity();

void merge_assignments(benchmark::State& state) {
  const std::vector<UnitFile> files{parse_unit_file("/x", unit_with(state.range(0)))};
  for (auto _ : state) benchmark::DoNotOptimize(merge_environment(files, {}));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(merge_assignments)->RangeMultiplier(10)->Range(100, 100000)->Complexity();

void split_one_line(benchmark::State& state) {
  std::string line;
  while (line.size() < static_cast<std::size_t>(state.range(0))) line += "\"A=\\x41 b\" ";
  for (auto _ : state) benchmark::DoNotOptimize(split_words(line, Escapes::c_style));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(split_one_line)->RangeMultiplier(10)->Range(1000, 1000000)->Complexity();

// The whole way: one line of that many bytes in a unit, read, unescaped and merged.
void read_one_line(benchmark::State& state) {
  std::string text = "[Service]\nEnvironment=";
  while (text.size() < static_cast<std::size_t>(state.range(0))) {
    text += "\"A" + std::to_string(text.size()) + "=%% \\x41 b\" ";
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(merge_environment({parse_unit_file("/x", text)}, {}));
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(read_one_line)->RangeMultiplier(10)->Range(1000, 1000000)->Complexity();

// That many drop-ins, found in their directory, ordered, read and merged.
void read_drop_ins(benchmark::State& state) {
  MemoryFiles files;
  files.file("/etc/systemd/system/x.service", "[Service]\nExecStart=/bin/x\n");
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const std::string number = std::to_string(i);
    files.file("/etc/systemd/system/x.service.d/" + number + ".conf",
               "[Service]\nEnvironment=N" + number + "=1 COMMON=" + number + "\n");
  }
  const SnapshotInput input{{{"/etc/systemd/system"}}, {}, 252, {}};
  const UnitName name = *UnitName::parse("x.service");
  for (auto _ : state) benchmark::DoNotOptimize(take_snapshot(files, input, name));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(read_drop_ins)->RangeMultiplier(10)->Range(10, 10000)->Complexity();

}  // namespace

BENCHMARK_MAIN();
