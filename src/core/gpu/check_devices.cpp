// SPDX-License-Identifier: MIT
#include "core/gpu/check_devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/text/ascii.hpp"
#include "core/text/quote.hpp"
#include "ollama_gpu/core/contains.hpp"

namespace ollama_gpu {

namespace {

bool only(std::string_view text, std::string_view besides_hex) {
  for (const char c : text) {
    if (!is_hex_digit(c) && besides_hex.find(c) == std::string_view::npos) return false;
  }
  return true;
}

// A MIG device's own UUID, or the older MIG-GPU-<uuid>/<gi>/<ci>.
bool is_mig_id(std::string_view id) {
  if (!id.starts_with("MIG-")) return false;
  id.remove_prefix(4);
  if (id.starts_with("GPU-")) return only(id.substr(4), "-/");
  return !id.empty() && only(id, "-");
}

bool takes_uuids(std::string_view name) {
  return name == "CUDA_VISIBLE_DEVICES" || name == "ROCR_VISIBLE_DEVICES";
}

bool is_device_id(std::string_view name, std::string_view id) {
  if (parse_decimal(id)) return id.size() <= 4;
  if (!takes_uuids(name)) return false;
  if (name == "CUDA_VISIBLE_DEVICES" && is_mig_id(id)) return true;
  return id.starts_with("GPU-") && id.size() > 4 && only(id.substr(4), "-");
}

// Why one entry of the list is no id.
std::string entry_hint(std::string_view name, std::string_view id) {
  if (id == "-1") {
    return "write -1 alone for no GPU: everything from the -1 on is ignored in a list";
  }
  const std::string lower = ascii_lower(id);
  if (lower == "all") return "leave it unset to use all GPUs";
  if (lower == "none" || lower == "void") return "write -1 for no GPU";
  if (takes_uuids(name) && is_bare_uuid(id)) {
    return fmt::format("write GPU-{}: without GPU- it does not name that GPU", id);
  }
  if (name == "HIP_VISIBLE_DEVICES" && lower.starts_with("gpu-")) {
    return "HIP takes numbers only: give UUIDs to ROCR_VISIBLE_DEVICES";
  }
  if (lower.starts_with("gpu-") && takes_uuids(name) && only(lower.substr(4), "-")) {
    return fmt::format("write GPU-{}", id.substr(4));
  }
  if (!id.empty() && is_digit(id.front())) {
    return fmt::format("{} is no id: write the index or the UUID, as ollama-gpu gpus shows them",
                       quote_for_message(id));
  }
  return fmt::format("{} is no id: it and everything after it would be ignored",
                     quote_for_message(id));
}

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kSeparators = " \t,;";

}  // namespace

bool is_bare_uuid(std::string_view text) {
  constexpr std::array<std::size_t, 5> kLengths = {8, 4, 4, 4, 12};
  const std::vector<std::string_view> parts = split_at(text, '-');
  if (parts.size() != kLengths.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].size() != kLengths[i] || !only(parts[i], "")) return false;
  }
  return true;
}

std::optional<std::string> joined_ids(std::string_view name, std::string_view value) {
  std::string joined;
  while (true) {
    const std::size_t begin = std::min(value.find_first_not_of(kSeparators), value.size());
    const std::string_view between = value.substr(0, begin);
    const auto marks = between.size() - static_cast<std::size_t>(std::ranges::count_if(
                                            between, [](char c) { return contains(kBlanks, c); }));
    value.remove_prefix(begin);
    const bool at_an_end = joined.empty() || value.empty();
    if (marks > (at_an_end ? 0U : 1U)) return std::nullopt;  // an id is missing there
    if (value.empty()) break;
    const std::string_view id = value.substr(0, value.find_first_of(kSeparators));
    if (!is_device_id(name, id)) return std::nullopt;
    joined += (joined.empty() ? "" : ",") + std::string(id);
    value.remove_prefix(id.size());
  }
  if (joined.empty() || device_ids_hint(name, joined)) return std::nullopt;
  return joined;
}

std::optional<std::string> device_ids_hint(std::string_view name, std::string_view value) {
  if (value.empty()) {
    const bool hides = name == "CUDA_VISIBLE_DEVICES" || name == "ROCR_VISIBLE_DEVICES";
    if (!hides) return std::nullopt;
    return "an empty value hides every GPU: leave it unset to use all, write -1 to use none";
  }
  if (value == "-1") return std::nullopt;
  if (value.find_first_of("\"'") != std::string_view::npos) {
    return "write it without quotes: they would be part of the first or last id";
  }
  if (value.find_first_of(" \t;") != std::string_view::npos) {
    const auto joined = joined_ids(name, value);
    return joined ? fmt::format("write {}: commas and no blanks between the ids", *joined)
                  : std::string("write ids and nothing else, joined by commas without blanks");
  }
  std::vector<std::string_view> seen;
  for (const std::string_view id : split_at(value, ',')) {
    if (id.empty()) return "write ids joined by single commas";
    if (!is_device_id(name, id)) return entry_hint(name, id);
    if (contains(seen, id)) {
      return fmt::format("{} stands there twice", id);
    }
    // CUDA reads the list by its first entry (tried with driver 580).
    const bool both = name == "CUDA_VISIBLE_DEVICES" && !seen.empty() &&
                      is_digit(seen.front().front()) != is_digit(id.front());
    if (both) return fmt::format("write indices or UUIDs, not both: {} would be ignored", id);
    seen.push_back(id);
  }
  return std::nullopt;
}

}  // namespace ollama_gpu
