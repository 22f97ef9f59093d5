// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/host/sd_journal.hpp"

#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "system/files/os_error.hpp"
#include "system/host/journal_sync.hpp"

namespace ollama_gpu {
namespace {

constexpr std::size_t kMaxLine = 64U << 10U;
constexpr std::size_t kMaxLines = 100'000;

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

// The newest `limit` messages that match one of the fields, oldest first.
Result<std::vector<std::string>> messages(::sd_journal* journal, std::size_t limit,
                                          const std::vector<std::string>& matches,
                                          std::uint64_t since_usec = 0) {
  sd_journal_flush_matches(journal);
  int result = 0;
  for (const std::string& match : matches) {
    if (result >= 0) result = sd_journal_add_match(journal, match.data(), match.size());
    if (result >= 0) result = sd_journal_add_disjunction(journal);
  }
  if (result >= 0) result = sd_journal_seek_tail(journal);
  if (result < 0) return journal_failure(result);
  std::vector<std::string> found;
  while (found.size() < std::min(limit, kMaxLines)) {
    result = sd_journal_previous(journal);
    if (result < 0) return journal_failure(result);
    if (result == 0) break;
    std::uint64_t time = 0;
    if (sd_journal_get_realtime_usec(journal, &time) >= 0 && time < since_usec) break;
    const void* data = nullptr;
    std::size_t size = 0;
    // Entries without a message, or of a damaged file, are left out.
    if (sd_journal_get_data(journal, "MESSAGE", &data, &size) < 0) continue;
    std::string_view text(static_cast<const char*>(data), size);
    text.remove_prefix(std::min(text.find('=') + 1, text.size()));
    found.emplace_back(text.substr(0, kMaxLine));
  }
  std::ranges::reverse(found);
  return found;
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

Result<ports::JournalLines> SdJournal::lines(const std::string& invocation_id, std::size_t limit,
                                             const std::string& log_namespace) const {
  ports::JournalLines lines;
  if (!is_invocation_id(invocation_id)) {
    lines.reason = "the service has not been started";
    return lines;
  }
  const auto journal = open_journal(directory_, log_namespace);
  if (!journal) return Failure(journal.error());
  auto service = messages(journal->get(), limit, {"_SYSTEMD_INVOCATION_ID=" + invocation_id});
  if (!service) return Failure(service.error());
  lines.service = std::move(*service);
  if (lines.service.empty()) lines.reason = why_empty(journal->get(), log_namespace);

  // systemd's own lines are never in a namespace of the service.
  const auto main_journal =
      log_namespace.empty() ? Result<JournalHandle>(nullptr) : open_journal(directory_, "");
  if (!main_journal) return Failure(main_journal.error());
  ::sd_journal* const manager = *main_journal ? main_journal->get() : journal->get();
  auto about = messages(manager, limit,
                        {"INVOCATION_ID=" + invocation_id, "USER_INVOCATION_ID=" + invocation_id});
  if (!about) return Failure(about.error());
  lines.manager = std::move(*about);
  return lines;
}

Result<ports::JournalLines> SdJournal::recent(const std::string& unit_id, std::int64_t since,
                                              std::size_t limit,
                                              const std::string& log_namespace) const {
  ports::JournalLines lines;
  const auto journal = open_journal(directory_, log_namespace);
  if (!journal) return Failure(journal.error());
  const std::uint64_t since_usec =
      static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0)) * 1'000'000;
  auto service =
      messages(journal->get(), limit, {"_SYSTEMD_UNIT=" + unit_id, "_SYSTEMD_USER_UNIT=" + unit_id},
               since_usec);
  if (!service) return Failure(service.error());
  lines.service = std::move(*service);
  if (lines.service.empty()) lines.reason = why_empty(journal->get(), log_namespace);
  auto about =
      messages(journal->get(), limit, {"UNIT=" + unit_id, "USER_UNIT=" + unit_id}, since_usec);
  if (!about) return Failure(about.error());
  lines.manager = std::move(*about);
  return lines;
}

}  // namespace ollama_gpu
