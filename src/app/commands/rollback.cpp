// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "app/change/change.hpp"
#include "app/change/generation_write.hpp"
#include "app/change/rollback_state.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/replicas/replica_files.hpp"

namespace ollama_gpu::app {

namespace {

constexpr const char* kSeeList = "see what there is: ollama-gpu rollback --list";

struct PastState {
  std::vector<PastFile> files;
  std::string words;  // "the state before generation 7 (ollama-gpu configure ...)"
};

class Rollback {
 public:
  Rollback(Context& context, const RollbackOptions& options)
      : context_(context), options_(options) {}

  Outcome<ChangeReport> run() {
    auto outcome = carry_out(context_, options_.change,
                             [this](Context&, const Observation& seen) { return decide(seen); });
    if (!since_.empty()) {
      outcome.report.diff = since_;
      outcome.report.summary = "nothing was changed";
    }
    return outcome;
  }

 private:
  Result<Target> decide(const Observation& seen) {
    // Read again: what was observed knows nothing of why a list may be incomplete.
    std::vector<std::string> damaged;
    auto generations = context_.store.list(seen.unit_id, damaged);
    if (!generations) return Failure(generations.error());
    auto past = options_.generation ? after(*generations, damaged)
                                    : before_last(*generations, damaged, seen);
    if (!past) return Failure(past.error());
    Target target;
    target.for_good = true;
    target.notes.push_back({PlanAction::note, seen.unit_id, "brings back " + past->words});
    for (const std::string& problem : damaged) {
      target.warnings.push_back(problem + "; what it changed in other files is not undone");
    }
    for (const PastFile& file : past->files) {
      if (auto added = add(target, seen, file); !added) return Failure(added.error());
    }
    return target;
  }

  Result<PastState> after(const std::vector<ports::Generation>& generations,
                          const std::vector<std::string>& damaged) const {
    const auto found = std::ranges::find_if(
        generations, [&](const auto& generation) { return generation.id == *options_.generation; });
    if (found == generations.end() || found->result == ports::GenerationResult::damaged) {
      std::string message = fmt::format("there is no generation {}", *options_.generation);
      if (!damaged.empty()) message += fmt::format(" that can be read ({})", damaged.front());
      return fail(Errc::not_found, message, kSeeList);
    }
    return PastState{
        state_after(generations, *found),
        fmt::format("the state right after generation {} ({})", found->id, found->command)};
  }

  Result<PastState> before_last(const std::vector<ports::Generation>& generations,
                                const std::vector<std::string>& damaged,
                                const Observation& seen) const {
    const auto find = [this](const std::string& path) {
      auto content = context_.files.load(path);
      if (!content) content = context_.files.load_link(path);
      return content ? std::move(*content) : std::nullopt;
    };
    const ports::Generation* last = last_standing(generations, find);
    if (last == nullptr) {
      return fail(Errc::not_found, "there is no change of " + seen.unit_id + " to roll back",
                  kSeeList);
    }
    if (last->result ==
        ports::GenerationResult::damaged) {  // to pass over it would go back further than was asked
      return fail(Errc::not_found,
                  fmt::format("cannot undo the last change, generation {}: {}", last->id,
                              damaged.empty() ? "it is damaged" : damaged.back()),
                  "name the one to go back to; " + std::string(kSeeList));
    }
    return PastState{state_before(generations, *last),
                     fmt::format("the state before generation {} ({})", last->id, last->command)};
  }

  Result<void> add(Target& target, const Observation& seen, const PastFile& file) {
    if (file.path == seen.drop_in_path) {
      target.ours = Remove{};
      if (file.content) {
        target.ours = Exact{*file.content, read_ours(seen, file.content->bytes).drop_in};
      }
      return {};
    }
    auto found = load_now(context_.files, {file.path, file.content, file.left});
    if (!found) return Failure(found.error());
    const auto same = [](const auto& a, const auto& b) {
      return a.has_value() == b.has_value() && (!a || a->bytes == b->bytes);
    };
    if (same(*found, file.content)) return {};
    if (!same(*found, file.left)) return changed_since(file, *found);
    if (is_own(file.content) || is_own(file.left)) {
      const bool link = (file.content ? *file.content : *file.left).link;
      target.own.push_back({file.path, file.content, link});
      return {};
    }
    if (!*found || !file.content) return changed_since(file, *found);
    target.foreign.push_back({file.path, (*found)->bytes, file.content->bytes});
    return {};
  }

  // Of the servers that share the GPUs.
  static bool is_own(const std::optional<ports::FileContent>& content) {
    return content && (content->link || is_of_ollama_gpu(content->bytes));
  }

  // Ollama's installer rewrote the unit, say: to put the old file there would lose that.
  Result<void> changed_since(const PastFile& file, const std::optional<ports::FileContent>& found) {
    since_ = diff_of({file.path, file.left, found});
    return fail(Errc::conflict,
                fmt::format("cannot bring back {}: it has been changed since ollama-gpu wrote it",
                            file.path),
                "the difference is what was changed since; edit the file by hand");
  }

  Context& context_;
  const RollbackOptions& options_;
  std::string since_ = {};  // what others changed since, as a diff
};

}  // namespace

Outcome<ChangeReport> rollback(Context& context, const RollbackOptions& options) {
  return Rollback(context, options).run();
}

Outcome<GenerationsReport> generations(Context& context) {
  Outcome<GenerationsReport> outcome;
  auto id = resolve_unit_id(context);
  if (!id) return {{}, id.error()};
  outcome.report.unit = *id;
  auto found = context.store.list(*id, outcome.report.warnings);
  if (!found) return {std::move(outcome.report), found.error()};
  for (const ports::Generation& generation : *found) {
    if (generation.result == ports::GenerationResult::damaged) continue;  // named in the warnings
    outcome.report.generations.push_back(
        {generation.id, generation.time, generation.command, generation.result});
  }
  return outcome;
}

}  // namespace ollama_gpu::app
