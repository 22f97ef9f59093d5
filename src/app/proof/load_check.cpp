// SPDX-License-Identifier: MIT
#include "app/proof/load_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/interruption.hpp"
#include "app/proof/memory_evidence.hpp"
#include "app/running.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/split_mode.hpp"
#include "ollama_gpu/core/text/size.hpp"
#include "ollama_gpu/core/text/suggest.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

constexpr double kAnswerTimeAtWork = 5.0;  // seconds
constexpr ports::KeepAlive kKeptForALook(60);
constexpr double kLookAtGpusEvery = 0.5;         // seconds, at the GPUs while it loads
constexpr double kUnloadTime = 30;               // seconds
constexpr std::uint64_t kLeftOver = 64U << 20U;  // bytes that a process may keep between models
constexpr double kFigureLag = 2.0;               // seconds that the driver's figures may come later

std::vector<std::string> names_of(const std::vector<ports::LoadedModel>& models) {
  std::vector<std::string> names;
  names.reserve(models.size());
  for (const auto& model : models) names.push_back(model.name);
  return names;
}

// "llama3.3" for llama3.3:70b, else the name with the fewest other letters.
std::optional<std::string> model_meant(const std::string& typed,
                                       const std::vector<std::string>& names) {
  const std::string family = typed.substr(0, typed.find(':')) + ':';
  for (const std::string& name : names) {
    if (name.starts_with(family)) return name;
  }
  return closest_match(typed, names);
}

class LoadCheck {
 public:
  LoadCheck(Context& context, const Observation& seen, const VerifyOptions& options,
            VerifyReport& report, ports::OllamaService service)
      : context_(context), options_(options), report_(report), service_(std::move(service)) {
    environment_ = environment_in_force(context, seen).value_or(environment_);
  }

  Result<void> run() {
    load_.model = options_.load;
    load_.spread = is_spread();
    if (auto found = find_model(); !found || skipped_) return found;
    auto loaded = context_.ollama.loaded(service_, Seconds(kAnswerTimeAtWork));
    if (!loaded) return skip(loaded.error());
    former_ = names_of(*loaded);
    load_.was_loaded = contains(former_, load_.model);
    if (auto room = check_room(); !room) return room;
    before_ = held();
    if (load_.was_loaded) return conclude(judge());
    return load();
  }

 private:
  bool is_spread() const {
    const auto value = environment_.find("OLLAMA_SCHED_SPREAD");
    return value != environment_.end() && is_switched_on(value->second);
  }

  // Other models' memory in the figures would count too.
  bool gives_equal_shares() const {
    const bool alone = !load_.was_loaded || former_.size() == 1;
    return alone && value_in(environment_, std::string(kSplitMode)).value_or("") == kTensor &&
           !value_in(environment_, "LLAMA_ARG_TENSOR_SPLIT");
  }

  // With 0 it would be gone before anyone could look.
  std::optional<ports::KeepAlive> keep_alive() const {
    const auto value = environment_.find("OLLAMA_KEEP_ALIVE");
    if (value == environment_.end()) return std::nullopt;
    const auto duration = parse_keep_alive(trim_like_ollama(value->second));
    if (duration && *duration == 0) return kKeptForALook;
    return std::nullopt;
  }

  // Ollama takes a name without a tag for NAME:latest.
  Result<void> find_model() {
    const auto installed = context_.ollama.installed(service_, Seconds(kAnswerTimeAtWork));
    if (!installed) return skip(installed.error());
    std::vector<std::string> names;
    for (const auto& model : *installed) names.push_back(model.name);
    if (!contains(names, load_.model) && contains(names, load_.model + ":latest")) {
      load_.model += ":latest";
    }
    if (const auto at = std::ranges::find(*installed, load_.model, &ports::InstalledModel::name);
        at != installed->end()) {
      if (at->remote_host.empty()) return {};
      return fail(Errc::usage,
                  fmt::format("cannot load {}: it runs at {}, on no GPU of this machine",
                              load_.model, at->remote_host),
                  "name a model that lies here: ollama list");
    }
    const auto meant = model_meant(load_.model, names);
    std::string hint = names.empty() ? "no model is installed: ollama pull NAME"
                                     : fmt::format("installed: {}", fmt::join(names, ", "));
    if (meant) hint = fmt::format("did you mean {}? {}", *meant, hint);
    return fail(Errc::not_found,
                fmt::format("cannot load {}: Ollama at {} has no such model", load_.model,
                            service_.endpoint.connectable().text()),
                hint);
  }

  Result<void> check_room() const {
    if (load_.was_loaded || former_.empty() || options_.force) return {};
    return fail(Errc::busy,
                fmt::format("cannot load {}: that may push out what others have loaded: {}",
                            load_.model, fmt::join(former_, ", ")),
                fmt::format("name a model that is loaded (verify --load {}), or use --force",
                            former_.front()));
  }

  // Ollama cannot be asked: nothing was seen.
  Result<void> skip(const Error& error) {
    skipped_ = true;
    report_.evidence.push_back({EvidenceLevel::memory, EvidenceStatus::skipped, error.message});
    return {};
  }

  std::vector<std::uint64_t> held() {
    inventory_ = context_.gpus.list();
    return memory_held(context_, inventory_, service_.control_group);
  }

  bool tick(Seconds elapsed) {
    if (context_.clock.pending_signal() != 0) return false;
    if (context_.messages.is_watched() && elapsed.count() - looked_ >= kLookAtGpusEvery) {
      looked_ = elapsed.count();
      shown_ = 0;
      for (const std::uint64_t bytes : held()) shown_ += bytes;
    }
    const std::string figure =
        shown_ > 0 ? fmt::format(" ({} on the GPUs)", format_size(shown_)) : "";
    context_.messages.waiting(fmt::format("loading {}{}", load_.model, figure), elapsed.count(), 0);
    return true;
  }

  Result<void> load() {
    const double start = context_.clock.now().count();
    const auto done = context_.ollama.load(service_, load_.model, keep_alive(),
                                           [this](Seconds elapsed) { return tick(elapsed); });
    context_.messages.done_waiting();
    load_.seconds = context_.clock.now().count() - start;
    if (const auto stopped = interruption(context_)) {
      if (done) unload();
      return Failure(*stopped);
    }
    if (!done && done.error().code == Errc::busy) return Failure(done.error());
    if (!done) {
      return conclude({EvidenceLevel::memory, EvidenceStatus::failed, done.error().message});
    }
    const Evidence evidence = judge();
    if (!options_.keep_loaded) unload();
    if (auto told = conclude(evidence); !told) return told;
    if (const auto stopped = interruption(context_)) return Failure(*stopped);
    return {};
  }

  // The figures once they have come; what Ollama says of the model.
  Evidence judge() {
    const double start = context_.clock.now().count();
    std::vector<std::uint64_t> after = held();
    while (!load_.was_loaded && after == before_ &&
           context_.clock.now().count() - start < kFigureLag &&
           context_.clock.pending_signal() == 0) {
      context_.clock.sleep(Seconds(0.1));
      after = held();
    }
    before_.resize(after.size());
    const std::vector<bool> selected = visible_to(environment_, inventory_);
    for (std::size_t i = 0; i < after.size(); ++i) {
      const Gpu& gpu = inventory_.gpus[i];
      load_.gpus.push_back({gpu, selected[i], load_.was_loaded ? after[i] : before_[i], after[i],
                            is_judged(gpu, environment_)});
    }
    ask_for_size();
    load_.equal_shares = gives_equal_shares();
    if (inventory_.gpus.empty()) return judge_by_ollama(load_, inventory_, environment_);
    Evidence seen = judge_memory(load_);
    if (load_.was_loaded && former_.size() > 1) {
      seen.detail += fmt::format("; the figures are those of all {} models loaded", former_.size());
    }
    return seen;
  }

  void ask_for_size() {
    const auto loaded = context_.ollama.loaded(service_, Seconds(kAnswerTimeAtWork));
    if (!loaded) return;
    for (const auto& model : *loaded) {
      if (model.name != load_.model) continue;
      load_.size = model.size;
      load_.size_vram = model.size_vram;
    }
    const auto now = names_of(*loaded);
    for (const std::string& name : former_) {
      if (contains(now, name)) continue;
      report_.warnings.push_back(fmt::format("{} was pushed out by {}", name, load_.model));
    }
  }

  void unload() {
    const auto done = context_.ollama.unload(
        service_, load_.model, [](Seconds elapsed) { return elapsed.count() < kUnloadTime; });
    load_.unloaded = done.has_value();
    if (done) return wait_for_memory();
    report_.warnings.push_back(fmt::format("{} is still loaded: {}; unload it with: ollama stop {}",
                                           load_.model, done.error().message, load_.model));
  }

  // Its process gives the memory back a moment after Ollama has said that it is unloaded.
  void wait_for_memory() {
    const double start = context_.clock.now().count();
    while (true) {
      const std::vector<std::uint64_t> now = held();
      const double waited = context_.clock.now().count() - start;
      bool back = true;
      for (std::size_t i = 0; i < now.size() && i < before_.size(); ++i) {
        back = back && now[i] <= before_[i] + kLeftOver;
      }
      if (back || context_.clock.pending_signal() != 0) break;
      if (waited > kUnloadTime) {
        report_.warnings.push_back(fmt::format(
            "{} is unloaded, but its memory is not given back after {:g} s; see: ollama-gpu status",
            load_.model, kUnloadTime));
        break;
      }
      context_.messages.waiting("waiting for the GPUs to be as before", waited, kUnloadTime);
      context_.clock.sleep(Seconds(0.1));
    }
    context_.messages.done_waiting();
  }

  Result<void> conclude(Evidence evidence) {
    if (load_.size > 0 || !load_.gpus.empty()) report_.load = load_;
    for (std::string& warning : memory_warnings(load_)) {
      report_.warnings.push_back(std::move(warning));
    }
    report_.evidence.push_back(std::move(evidence));
    return {};
  }

  Context& context_;
  const VerifyOptions& options_;
  VerifyReport& report_;
  ports::OllamaService service_;
  std::map<std::string, std::string> environment_ = {};
  LoadReport load_ = {};
  Inventory inventory_ = {};
  std::vector<std::string> former_ = {};  // models that were loaded before
  std::vector<std::uint64_t> before_ = {};
  double looked_ = -1;
  std::uint64_t shown_ = 0;
  bool skipped_ = false;
};

}  // namespace

Result<void> check_memory(Context& context, const Observation& seen, const VerifyOptions& options,
                          const Evidence& server, VerifyReport& report) {
  const bool answers =
      server.status == EvidenceStatus::ok || server.status == EvidenceStatus::skipped;
  if (!answers || !seen.state || seen.state->main_pid == 0) {
    report.evidence.push_back(
        {EvidenceLevel::memory, EvidenceStatus::skipped, "no model was loaded: " + server.detail});
    return {};
  }
  auto own = own_ollama(context, seen.disk, *seen.state);
  if (!own) {
    report.evidence.push_back(
        {EvidenceLevel::memory, EvidenceStatus::skipped, own.error().message});
    return {};
  }
  return LoadCheck(context, seen, options, report, std::move(*own)).run();
}

}  // namespace ollama_gpu::app
