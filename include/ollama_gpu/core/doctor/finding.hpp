// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// error: something is not as it was meant. warning: it may be so, or will be. info: good to know.
enum class Severity { info, warning, error };

std::string_view name_of(Severity severity);

// A kind of finding. Codes never change their meaning: OG1xx what systemd does not read as meant,
// OG2xx what Ollama misreads, OG3xx what hides GPUs, OG4xx who wins, OG5xx risks, OG6xx the traces
// of instructions from the web, OG7xx several servers behind one address.
struct FindingKind {
  std::string_view code;  // "OG102"
  Severity severity;      // the usual one
  std::string_view title;
  std::string_view why;          // one sentence: why it matters
  std::string_view explanation;  // for `help CODE`: what to do about it, at length
};

// In the order of their codes.
std::span<const FindingKind> finding_kinds();

// The kind of that code in any case ("og102"), or null.
const FindingKind* find_kind(std::string_view code);

// `length` bytes at `offset` of a file's text become `text`.
struct TextEdit {
  std::string file;
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string text = {};

  friend bool operator==(const TextEdit&, const TextEdit&) = default;
};

// What fixes a finding for certain: edits of the files, and settings that our drop-in takes over.
struct Fix {
  std::vector<TextEdit> edits = {};
  std::vector<DropInVariable> settings = {};
};

// Something wrong or risky about a service's configuration.
struct Finding {
  std::string code;
  Severity severity = Severity::warning;
  std::string message;  // one sentence: what
  std::string why;
  std::string remedy;
  Location place = {};
  std::optional<Fix> fix = {};

  bool fixable() const { return fix.has_value(); }
};

}  // namespace ollama_gpu
