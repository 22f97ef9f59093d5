// SPDX-License-Identifier: MIT
// OG701 to OG708: several servers behind one address (configure --replicas).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "core/doctor/parts.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/drop_in/model_placement.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"
#include "ollama_gpu/core/text/size.hpp"

namespace ollama_gpu {

namespace {

using Sizes = std::vector<std::uint64_t>;

constexpr const char* kAnew = "sudo ollama-gpu configure does what is missing";

// server/sched.go, load(): these answer one request at a time.
constexpr std::array<std::string_view, 11> kOneAtATime{
    "mllama", "qwen3vl", "qwen3vlmoe", "qwen35",         "qwen35moe",      "qwen3next",
    "lfm2",   "lfm2moe", "nemotron_h", "nemotron_h_moe", "nemotron_h_omni"};

std::uint64_t sum_of(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
}

// The GPUs of each server, in bytes; empty where one could not be seen.
std::vector<Sizes> groups_of(const Examination& exam) {
  std::vector<Sizes> groups;
  if (!exam.facts.gpus) return groups;
  for (const ServerGpus& server : exam.facts.shared->servers) {
    const auto devices = usable_devices(server.cuda, server.rocr, *exam.facts.gpus);
    groups.push_back(memory_of(devices, *exam.facts.gpus));
    if (groups.back().empty()) return {};
  }
  return groups;
}

Location place_of_ours(const Examination& exam) { return {exam.facts.drop_in_path, 0, 0, ""}; }

// configure refuses where HAProxy or a port is not to be had.
std::string remedy_for_what_is_down(const SharedServers& shared) {
  const char* first = shared.no_proxy ? "OG707" : shared.taken ? "OG706" : nullptr;
  return first == nullptr ? kAnew : fmt::format("first what {} says; then {}", first, kAnew);
}

void examine_state(const Examination& exam, const SharedServers& shared) {
  for (const std::string& what : shared.down) {
    exam.add("OG701", what, remedy_for_what_is_down(shared), place_of_ours(exam));
  }
  if (!shared.template_trouble.empty()) {
    exam.add("OG702", shared.template_path + " " + shared.template_trouble,
             "sudo ollama-gpu configure makes it anew, and restarts one server after another",
             {shared.template_path, 0, 0, ""});
  }
  const auto pass_on = [&](FindingCode code, const Error& error) {
    exam.add(code, error.message, error.hint, error.location.value_or(place_of_ours(exam)));
  };
  if (shared.taken) pass_on("OG706", *shared.taken);
  if (shared.no_proxy) pass_on("OG707", *shared.no_proxy);
  for (const Error& beaten : shared.beaten) pass_on("OG708", beaten);
}

void examine_sizes(const Examination& exam, const Sizes& smallest) {
  const ContextSettings context = context_settings(exam.snapshot.effective, smallest);
  std::vector<std::string> too_large;
  for (const StoredModel& model : exam.facts.models) {
    const std::uint64_t need = predicted_memory(model, context);
    if (need > sum_of(smallest)) {
      too_large.push_back(fmt::format("{} ({})", model.name, format_size(need)));
    }
  }
  if (too_large.empty()) return;
  exam.add("OG703",
           fmt::format("a server's GPUs have {}, and these models take more: {}",
                       format_size(sum_of(smallest)), fmt::join(too_large, ", ")),
           "fewer servers with more GPUs each (--replicas=N), less context (--context-length), or "
           "do without them here",
           place_of_ours(exam));
}

void examine_context(const Examination& exam, const std::vector<Sizes>& groups,
                     const Sizes& smallest) {
  if (exam.variable("OLLAMA_CONTEXT_LENGTH") != nullptr) return;
  Sizes all;
  for (const Sizes& group : groups) all.insert(all.end(), group.begin(), group.end());
  const std::uint64_t alone = context_settings(exam.snapshot.effective, all).tokens;
  const std::uint64_t now = context_settings(exam.snapshot.effective, smallest).tokens;
  if (now >= alone) return;
  exam.add("OG704",
           fmt::format("the default context is {} tokens on a server's GPUs, and was {} on all of "
                       "them",
                       now, alone),
           "set it: configure --context-length N", place_of_ours(exam));
}

void examine_parallel(const Examination& exam, const Sizes& smallest) {
  if (context_settings(exam.snapshot.effective, smallest).parallel < 2) return;
  std::vector<std::string> names;
  for (const StoredModel& model : exam.facts.models) {
    if (contains(kOneAtATime, model.architecture)) names.push_back(model.name);
  }
  if (names.empty()) return;
  exam.add("OG705",
           fmt::format("Ollama answers these models one request at a time, whatever "
                       "OLLAMA_NUM_PARALLEL says: {}",
                       fmt::join(names, ", ")),
           "where they are used most: configure --num-parallel 1", place_of_ours(exam));
}

}  // namespace

void examine_shared(const Examination& exam) {
  if (!exam.facts.shared) return;
  examine_state(exam, *exam.facts.shared);
  const std::vector<Sizes> groups = groups_of(exam);
  if (groups.empty()) return;
  const Sizes& smallest = *std::ranges::min_element(groups, {}, sum_of);
  examine_sizes(exam, smallest);
  examine_context(exam, groups, smallest);
  examine_parallel(exam, smallest);
}

}  // namespace ollama_gpu
