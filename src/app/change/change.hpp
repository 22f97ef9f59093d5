// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <variant>

#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/app/options.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// Someone else's file that a command was asked to repair. Its mode and owner stay as they are.
struct ForeignEdit {
  std::string path;
  std::string former;  // the bytes that were read; other bytes found there: Errc::busy
  std::string target;
};

// What becomes of our drop-in: it is no part of this change, it goes, it comes back byte for byte
// (and then says `drop_in`), or it is written so that it says these settings.
struct Keep {};
struct Remove {};
struct Exact {
  ports::FileContent content;
  DropIn drop_in = {};
};
using OurFile = std::variant<Keep, Remove, Exact, DropIn>;

// The drop-in that says this; one that says nothing goes.
OurFile file_that_says(DropIn drop_in);

// A file that is ours besides the drop-in (of several servers); nothing: it goes.
struct OwnFile {
  std::string path;
  std::optional<ports::FileContent> content = {};
  bool link = false;  // a symbolic link lies there, or is to
};

// What the files are to be, as a command has decided.
struct Target {
  OurFile ours = Keep{};
  std::vector<ForeignEdit> foreign = {};  // exchanged after ours, in this order
  std::vector<OwnFile> own = {};          // those written come before ours, those that go after it
  std::vector<PlanStep> notes = {};
  std::map<std::string, std::string> reasons = {};  // of variables asked for, for the plan
  std::vector<std::string> warnings = {};
  bool for_good = false;  // whatever somebody took away: reset, rollback
};

// Decides from what was observed, without touching anything.
using Decide = std::function<Result<Target>(Context&, const Observation&)>;

// Carries out a change as docs/design.md says: lock, observe, plan by simulation, write, reload,
// restart, watch, and put everything back when the service is not healthy.
Outcome<ChangeReport> carry_out(Context& context, const ChangeOptions& options,
                                const Decide& decide);

}  // namespace ollama_gpu::app
