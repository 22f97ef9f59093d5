// SPDX-License-Identifier: MIT
#include "app/change/planned_files.hpp"

#include <fmt/format.h>

#include <variant>

#include "ollama_gpu/core/drop_in/read_only_system.hpp"

namespace ollama_gpu::app {

namespace {

constexpr unsigned kDropInMode = 0644;

class FilePlanner {
 public:
  FilePlanner(Context& context, const ChangeOptions& options, const Observation& seen,
              const Target& target, const DropIn& settings, ChangePlan& plan)
      : context_(context),
        options_(options),
        seen_(seen),
        target_(target),
        settings_(settings),
        plan_(plan) {}

  // Our drop-in alone brings the files of several servers into force: those that are written come
  // before it, those that go come after it, so that each moment is one that systemd can load.
  Result<void> run() {
    std::visit([this](const auto& ours) { decide_file(ours); }, target_.ours);
    if (auto decided = decide_own(Own::written); !decided) return decided;
    if (plan_.write) plan_.files.push_back({seen_.drop_in_path, seen_.former, plan_.ours});
    if (auto decided = decide_own(Own::gone); !decided) return decided;
    if (auto decided = decide_foreign(); !decided) return decided;
    return check_writable();
  }

 private:
  enum class Own { written, gone };

  // Whoever looks, the owner is root's to set.
  static bool says_the_same(const std::optional<ports::FileContent>& found,
                            const std::optional<ports::FileContent>& wanted) {
    if (!found || !wanted) return found.has_value() == wanted.has_value();
    return found->bytes == wanted->bytes && (found->link || found->mode == wanted->mode);
  }

  Result<void> decide_own(Own which) {
    for (const OwnFile& file : target_.own) {
      if (file.content.has_value() != (which == Own::written)) continue;
      auto found = file.link ? context_.files.load_link(file.path) : context_.files.load(file.path);
      if (!found) return Failure(found.error());
      if (says_the_same(*found, file.content)) continue;
      plan_.files.push_back({file.path, std::move(*found), file.content});
    }
    return {};
  }

  // Our drop-in says already, as we would have written it, what it is to say.
  bool stays_as_it_is(const DropIn& drop_in) const {
    return seen_.former && seen_.current.drop_in == drop_in && !seen_.current.damaged &&
           seen_.former->mode == kDropInMode;
  }

  void decide_file(const Keep&) { plan_.ours = seen_.former; }
  void decide_file(const Remove&) { plan_.write = seen_.former.has_value(); }
  void decide_file(const Exact& exact) {
    plan_.write = seen_.former != exact.content;
    plan_.ours = exact.content;
  }
  void decide_file(const DropIn& drop_in) {
    if (stays_as_it_is(drop_in)) return decide_file(Keep{});
    plan_.write = true;
    plan_.ours = ports::FileContent{render_drop_in(drop_in, seen_.unit_id), kDropInMode,
                                    context_.host.user_id(), context_.host.group_id()};
  }

  // Only the bytes of somebody else's file are ours to change.
  Result<void> decide_foreign() {
    for (const ForeignEdit& edit : target_.foreign) {
      auto found = context_.files.load(edit.path);
      if (!found) return Failure(found.error());
      if (!*found || (*found)->bytes != edit.former) {
        return fail(Errc::busy,
                    fmt::format("cannot change {}: someone else changed it just now", edit.path),
                    "look at the file, then run the command again");
      }
      if (edit.target == edit.former) continue;
      auto written = *found;
      written->bytes = edit.target;
      plan_.files.push_back({edit.path, std::move(*found), std::move(written)});
    }
    return {};
  }

  Result<void> check_writable() const {
    for (const ports::ReplacedFile& file : plan_.files) {
      auto writable = check_directory(file.path.substr(0, file.path.rfind('/')));
      if (!writable) return writable;
    }
    return {};
  }

  // A preview says the same, but needs no rights.
  Result<void> check_directory(const std::string& directory) const {
    auto writable = context_.files.check_writable(directory);
    if (writable) return {};
    const bool preview = options_.dry_run || options_.check;
    if (writable.error().code == Errc::permission) return preview ? Result<void>() : writable;
    // NixOS has links into its store there.
    const OsRelease os = os_release();
    if (writable.error().code != Errc::read_only && os.id != "nixos") return writable;
    return Failure(explain_read_only(writable.error(), os, directory, settings_));
  }

  OsRelease os_release() const {
    auto text = context_.files.read("/etc/os-release");
    if (!text) text = context_.files.read("/usr/lib/os-release");
    return parse_os_release(text.value_or(""));
  }

  Context& context_;
  const ChangeOptions& options_;
  const Observation& seen_;
  const Target& target_;
  const DropIn& settings_;
  ChangePlan& plan_;
};

}  // namespace

Result<void> plan_files(Context& context, const ChangeOptions& options, const Observation& seen,
                        const Target& target, const DropIn& settings, ChangePlan& plan) {
  return FilePlanner(context, options, seen, target, settings, plan).run();
}

}  // namespace ollama_gpu::app
