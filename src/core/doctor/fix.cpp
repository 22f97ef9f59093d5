// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/doctor/fix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace ollama_gpu {

namespace {

std::size_t end_of(const TextEdit& edit) { return edit.offset + edit.length; }

// From the start of the file on; of two that touch the same bytes the greater one stays, so that
// what stands in a line that goes is not fixed first.
std::vector<TextEdit> in_order(std::vector<TextEdit> edits) {
  std::ranges::stable_sort(edits, [](const TextEdit& a, const TextEdit& b) {
    return std::pair(a.offset, b.length) < std::pair(b.offset, a.length);
  });
  std::vector<TextEdit> kept;
  for (TextEdit& edit : edits) {
    const bool overlaps = !kept.empty() && edit.offset < end_of(kept.back());
    const bool again = !kept.empty() && kept.back() == edit;
    if (!overlaps && !again) kept.push_back(std::move(edit));
  }
  return kept;
}

std::string apply(const std::string& bytes, const std::vector<TextEdit>& edits) {
  std::string out;
  std::size_t at = 0;
  for (const TextEdit& edit : edits) {
    out.append(bytes, at, edit.offset - at);
    out += edit.text;
    at = end_of(edit);
  }
  return out.append(bytes, at);
}

}  // namespace

Result<Fixes> all_fixes(const UnitSnapshot& snapshot, const std::vector<Finding>& findings,
                        const DropIn& current) {
  Fixes result;
  result.drop_in = current;
  std::map<std::string, std::vector<TextEdit>> edits;
  for (const Finding& finding : findings) {
    if (!finding.fix) continue;
    for (const TextEdit& edit : finding.fix->edits) edits[edit.file].push_back(edit);
    for (const DropInVariable& setting : finding.fix->settings) result.drop_in.put(setting);
    result.fixed.push_back(fmt::format("{}: {}", finding.code, finding.message));
  }
  for (auto& [path, wanted] : edits) {
    const UnitFile* file = snapshot.file(path);
    const std::vector<TextEdit> ordered = in_order(std::move(wanted));
    if (file == nullptr || end_of(ordered.back()) > file->bytes.size()) {
      return fail(Errc::failed, fmt::format("cannot repair {}: it is not as it was read", path),
                  "run it again");
    }
    result.edits.push_back({path, file->bytes, apply(file->bytes, ordered)});
  }
  return result;
}

}  // namespace ollama_gpu
