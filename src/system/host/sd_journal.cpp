// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/host/sd_journal.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#include "system/files/os_error.hpp"
#include "system/host/journal_sync.hpp"

namespace ollama_gpu {
namespace {

constexpr std::size_t kMaxLine = 64U << 10U;
constexpr const char* kNeverStarted = "the service has not been started";

struct JournalDeleter {
  void operator()(::sd_journal* journal) const { sd_journal_close(journal); }
};
using JournalHandle = std::unique_ptr<::sd_journal, JournalDeleter>;

Failure journal_failure(int result) {
  if (result == -EACCES || result == -EPERM) return os_failure("read", "the journal", -result);
  return fail(Errc::failed, "cannot read the journal: " + errno_text(-result));
}

Result<JournalHandle> open_journal(const std::string& directory, const std::string& log_namespace) {
  ::sd_journal* raw = nullptr;
  int result = 0;
  if (!directory.empty()) {
    result = sd_journal_open_directory(&raw, directory.c_str(), 0);
  } else if (!log_namespace.empty()) {
    result = sd_journal_open_namespace(&raw, log_namespace.c_str(), SD_JOURNAL_LOCAL_ONLY);
  } else {
    result = sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY);
  }
  if (result < 0) return journal_failure(result);
  sd_journal_set_data_threshold(raw, kMaxLine);
  return JournalHandle(raw);
}

// What all entries must have (sd_journal_add_match(3)).
using Matches = std::vector<std::string>;

Result<void> only_entries_with(::sd_journal* journal, const Matches& matches) {
  sd_journal_flush_matches(journal);
  for (const std::string& match : matches) {
    const int result = sd_journal_add_match(journal, match.data(), match.size());
    if (result < 0) return journal_failure(result);
  }
  return {};
}

// A field of the entry; nothing where it has none, or its file is damaged.
std::optional<std::string_view> field(::sd_journal* journal, const char* name) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (sd_journal_get_data(journal, name, &data, &size) < 0) return std::nullopt;
  std::string_view text(static_cast<const char*>(data), size);
  text.remove_prefix(std::min(text.find('=') + 1, text.size()));
  return text.substr(0, kMaxLine);
}

std::uint64_t realtime(::sd_journal* journal) {
  std::uint64_t time = 0;
  return sd_journal_get_realtime_usec(journal, &time) < 0 ? 0 : time;
}

std::uint64_t monotonic(::sd_journal* journal) {
  std::uint64_t time = 0;
  sd_id128_t boot{};
  return sd_journal_get_monotonic_usec(journal, &time, &boot) < 0 ? 0 : time;
}

// The newest `limit` messages that match, oldest first.
Result<std::vector<std::string>> newest_messages(::sd_journal* journal, std::size_t limit,
                                                 const Matches& matches,
                                                 std::uint64_t since_usec = 0) {
  if (auto set = only_entries_with(journal, matches); !set) return Failure(set.error());
  if (const int result = sd_journal_seek_tail(journal); result < 0) return journal_failure(result);
  std::vector<std::string> found;
  while (found.size() < limit) {
    const int result = sd_journal_previous(journal);
    if (result < 0) return journal_failure(result);
    if (result == 0 || realtime(journal) < since_usec) break;
    if (const auto text = field(journal, "MESSAGE")) found.emplace_back(*text);
  }
  std::ranges::reverse(found);
  return found;
}

// What the unit's own processes wrote: journald takes the unit from their control group.
Matches of_processes(const ports::UnitRun& run) {
  if (!run.owner) return {"_SYSTEMD_UNIT=" + run.unit_id};
  return {"_SYSTEMD_USER_UNIT=" + run.unit_id, fmt::format("_SYSTEMD_OWNER_UID={}", *run.owner)};
}

// What the manager itself wrote of it, told by `field`: anybody can write that field.
Matches of_manager(const ports::UnitRun& run, const std::string& field, const std::string& value) {
  if (!run.owner) return {"_PID=1", field + '=' + value};
  return {"_SYSTEMD_USER_UNIT=init.scope", fmt::format("_SYSTEMD_OWNER_UID={}", *run.owner),
          "USER_" + field + '=' + value};
}

// Whether the journal keeps nothing from before the run: the manager and journald itself write at
// each boot, so the oldest line of their user is as old as the journal.
bool has_lost_start(::sd_journal* journal, const ports::UnitRun& run) {
  const std::string oldest = fmt::format("_UID={}", run.owner.value_or(0));
  if (run.started_usec == 0 || !only_entries_with(journal, {oldest})) return false;
  if (sd_journal_seek_head(journal) < 0 || sd_journal_next(journal) <= 0) return false;
  return realtime(journal) > run.started_usec;
}

// Hands over lines from the first on.
Result<void> take_lines(::sd_journal* journal, const ports::UnitRun& run,
                        const ports::TakeLine& take) {
  constexpr std::uint64_t kLongestStart = 600'000'000;  // microseconds
  if (const int result = sd_journal_seek_head(journal); result < 0) return journal_failure(result);
  std::optional<std::uint64_t> first;
  while (true) {
    const int result = sd_journal_next(journal);
    if (result < 0) return journal_failure(result);
    if (result == 0) return {};
    // By both clocks: one may have been set meanwhile, the other runs through a gate's wait.
    if (!first) first = monotonic(journal);
    if (monotonic(journal) > *first + kLongestStart &&
        realtime(journal) > run.started_usec + kLongestStart) {
      return {};
    }
    int pid = 0;
    const auto digits = field(journal, "_PID").value_or("");
    std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    const auto text = field(journal, "MESSAGE");
    if (text && !take(pid, *text)) return {};
  }
}

bool exists(const char* path) {
  struct stat status {};
  return stat(path, &status) == 0;
}

// Why nothing was found: opening succeeds, with no entries, for those who may read none of its
// files, and where there are no files.
std::string why_empty(::sd_journal* journal, const std::string& log_namespace) {
  std::uint64_t usage = 0;
  const bool nothing = sd_journal_get_usage(journal, &usage) < 0 || usage == 0;
  if (geteuid() != 0) {
    return "this user may not read the service's journal (run it with sudo, or join the group "
           "systemd-journal)";
  }
  if (nothing && !log_namespace.empty()) {
    return "there is no journal of the namespace " + log_namespace;
  }
  if (nothing && !exists("/run/systemd/journal/socket")) return "systemd-journald is not running";
  if (nothing) return "the journal is empty: it keeps no files (Storage=none?)";
  return "the journal has no lines of this start of the service (vacuumed, or StandardError=, "
         "LogNamespace= or LogLevelMax= keep them out)";
}

bool is_invocation_id(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

bool SdJournal::catch_up(const std::string& log_namespace) const {
  if (!directory_.empty()) return false;
  constexpr std::chrono::milliseconds kTimeout(2000);
  const std::string suffix = log_namespace.empty() ? "" : "." + log_namespace;
  bool all = true;
  for (const std::string& which : {suffix, std::string()}) {
    const auto done =
        synchronize_journal("/run/systemd/journal" + which + "/io.systemd.journal", kTimeout);
    all = all && done;
    if (which.empty() || (!done && done.error().code == Errc::permission)) break;
  }
  return all;
}

Result<std::string> SdJournal::from_start(const ports::UnitRun& run,
                                          const ports::TakeLine& take) const {
  if (!is_invocation_id(run.invocation_id)) return std::string(kNeverStarted);
  const auto journal = open_journal(directory_, run.log_namespace);
  if (!journal) return Failure(journal.error());
  Matches matches = of_processes(run);
  matches.push_back("_SYSTEMD_INVOCATION_ID=" + run.invocation_id);
  if (auto set = only_entries_with(journal->get(), matches); !set) return Failure(set.error());
  bool any = false;
  bool enough = false;
  auto taken = take_lines(journal->get(), run, [&](int pid, std::string_view line) {
    any = true;
    enough = !take(pid, line);
    return !enough;
  });
  if (!taken) return Failure(taken.error());
  if (enough) return "";
  if (has_lost_start(journal->get(), run)) {
    return std::string(
        "the beginning of this run is no longer in the journal (rotated or "
        "vacuumed)");
  }
  return any ? "" : why_empty(journal->get(), run.log_namespace);
}

Result<ports::JournalLines> SdJournal::newest(const ports::UnitRun& run, std::size_t limit) const {
  ports::JournalLines lines;
  if (!is_invocation_id(run.invocation_id)) {
    lines.reason = kNeverStarted;
    return lines;
  }
  Matches matches = of_processes(run);
  matches.push_back("_SYSTEMD_INVOCATION_ID=" + run.invocation_id);
  return read(run, matches, of_manager(run, "INVOCATION_ID", run.invocation_id), 0, limit);
}

Result<ports::JournalLines> SdJournal::recent(const ports::UnitRun& run, std::int64_t since,
                                              std::size_t limit) const {
  const std::uint64_t since_usec =
      static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0)) * 1'000'000;
  return read(run, of_processes(run), of_manager(run, "UNIT", run.unit_id), since_usec, limit);
}

Result<ports::JournalLines> SdJournal::read(const ports::UnitRun& run,
                                            const std::vector<std::string>& service,
                                            const std::vector<std::string>& manager,
                                            std::uint64_t since_usec, std::size_t limit) const {
  ports::JournalLines lines;
  const auto journal = open_journal(directory_, run.log_namespace);
  if (!journal) return Failure(journal.error());
  auto own = newest_messages(journal->get(), limit, service, since_usec);
  if (!own) return Failure(own.error());
  lines.service = std::move(*own);
  if (lines.service.empty()) lines.reason = why_empty(journal->get(), run.log_namespace);

  // systemd's own lines are never in a namespace of the service.
  const auto main_journal =
      run.log_namespace.empty() ? Result<JournalHandle>(nullptr) : open_journal(directory_, "");
  if (!main_journal) return Failure(main_journal.error());
  auto about = newest_messages(*main_journal ? main_journal->get() : journal->get(), limit, manager,
                               since_usec);
  if (!about) return Failure(about.error());
  lines.manager = std::move(*about);
  return lines;
}

}  // namespace ollama_gpu
