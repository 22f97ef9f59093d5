// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "core/gpu/check_devices.hpp"
#include "core/gpu/selector_ids.hpp"
#include "core/text/ascii.hpp"
#include "core/text/quote.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/text/lookalike.hpp"
#include "ollama_gpu/core/text/size.hpp"
#include "ollama_gpu/core/text/suggest.hpp"

namespace ollama_gpu {

namespace {

constexpr std::string_view kForms =
    "accepted: all, none, 0, 0-3, GPU-58a8..., MIG-..., 0000:01:00.0, not=ID, min-free=20GiB, "
    "min-total=24GiB, max-util=10%, name=A100, vendor=nvidia, count=2, joined by commas";

using Done = Result<void>;

// What a size of GPU memory without a unit was most likely counted in.
std::string_view likely_unit(std::string_view number) {
  constexpr std::size_t kMostGib = 3;  // digits
  constexpr std::size_t kMostMib = 7;
  const std::size_t digits = number.substr(0, number.find('.')).size();
  if (digits <= kMostGib) return "GiB";
  return digits <= kMostMib ? "MiB" : "B";
}

// "0;1" and "0..3", as others write lists and ranges.
std::string in_usual_signs(std::string_view term) {
  std::string out(term);
  std::ranges::replace(out, ';', ',');
  if (const std::size_t dots = out.find(".."); dots != out.npos) {
    out.replace(dots, std::min(out.find_first_not_of('.', dots), out.size()) - dots, "-");
  }
  return out;
}

// One selector being read: the terms are added to `result` one by one.
class SelectorParser {
 public:
  explicit SelectorParser(std::string_view text) : text_(text) { result_.text = text; }

  Result<Selector> parse();

 private:
  Failure error_at(std::size_t offset, const std::string& reason, std::string hint) const;
  Done parse_term(std::string_view term, std::size_t offset);
  Done parse_pair(std::string_view key, std::string_view value, std::size_t offset);
  Done parse_condition(std::string_view key, std::string_view value, std::size_t offset);
  Done add_number_condition(Condition::Kind kind, std::string_view value, std::size_t offset);
  Done add_count(std::string_view value, std::size_t offset);
  Result<IdTerm> parse_id(std::string_view term, std::size_t offset) const;
  Result<IdTerm> parse_index_or_range(std::string_view term, std::size_t offset) const;
  Failure unknown_term(std::string_view term, std::size_t offset) const;
  Done check_combination() const;
  std::size_t offset_of(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - text_.data());
  }

  std::string_view text_;
  Selector result_;
  std::size_t all_offset_ = 0;
  std::size_t none_offset_ = 0;
};

Failure SelectorParser::error_at(std::size_t offset, const std::string& reason,
                                 std::string hint) const {
  Error error;
  error.code = Errc::usage;
  error.message = fmt::format("cannot read selector {}: {}", quote_for_message(text_), reason);
  error.hint = std::move(hint);
  error.location = Location{"--gpus", 1, offset + 1, std::string(text_)};
  return Failure(std::move(error));
}

Result<Selector> SelectorParser::parse() {
  constexpr std::size_t kLongestSelector = 65536;
  if (text_.empty()) {
    return error_at(0, "it is empty", "write all for every GPU, none for no GPU, or ids: 0,1");
  }
  if (text_.size() > kLongestSelector) return error_at(0, "it is too long", std::string(kForms));
  if (const std::optional<LookalikeText> odd = find_lookalike(text_)) {
    return error_at(
        odd->offset, fmt::format("{} is not ASCII", quote_for_message(odd->character)),
        fmt::format("write {}", odd->ascii.substr(0, odd->ascii.find_last_not_of('.') + 1)));
  }
  for (const std::string_view term : split_at(text_, ',')) {
    const std::size_t offset = offset_of(term);
    if (term.empty()) return error_at(offset, "a term is missing here", "remove the comma");
    if (const std::size_t blank = term.find_first_of(" \t\r\n"); blank != term.npos) {
      return error_at(offset + blank, "blanks are not allowed", "join the terms by commas only");
    }
    if (Done done = parse_term(term, offset); !done) return Failure(done.error());
  }
  if (Done done = check_combination(); !done) return Failure(done.error());
  return result_;
}

Done SelectorParser::parse_term(std::string_view term, std::size_t offset) {
  if (term == "all") {
    result_.all = true;
    all_offset_ = offset;
    return {};
  }
  if (term == "none") {
    if (!result_.none) none_offset_ = offset;
    result_.none = true;
    return {};
  }
  if (const std::size_t equals = term.find('='); equals != std::string_view::npos) {
    return parse_pair(term.substr(0, equals), term.substr(equals + 1), offset);
  }
  Result<IdTerm> id = parse_id(term, offset);
  if (!id) return Failure(id.error());
  result_.ids.push_back(std::move(*id));
  return {};
}

Done SelectorParser::parse_pair(std::string_view key, std::string_view value, std::size_t offset) {
  const std::size_t value_offset = offset + key.size() + 1;
  static const std::vector<std::string> kKeys = {"not",  "min-free", "min-total", "max-util",
                                                 "name", "vendor",   "count"};
  if (!contains(kKeys, key)) {
    std::optional<std::string> meant = closest_match(key, kKeys);
    return error_at(offset, fmt::format("{} is no condition", quote_for_message(key)),
                    meant ? fmt::format("did you mean {}=?", *meant) : std::string(kForms));
  }
  if (value.empty()) {
    return error_at(value_offset, fmt::format("{}= needs a value", key), std::string(kForms));
  }
  if (key != "not") return parse_condition(key, value, value_offset);
  if (value == "all" || value == "none") {
    return error_at(value_offset, "not= takes one id or a range", std::string(kForms));
  }
  Result<IdTerm> id = parse_id(value, value_offset);
  if (!id) return Failure(id.error());
  result_.excluded.push_back(std::move(*id));
  return {};
}

Done SelectorParser::parse_condition(std::string_view key, std::string_view value,
                                     std::size_t offset) {
  if (key == "count") return add_count(value, offset);
  if (key == "name") {
    result_.conditions.push_back({Condition::Kind::name, 0, std::string(value), offset});
    return {};
  }
  if (key == "vendor") {
    const std::string vendor = ascii_lower(value);
    for (const std::string_view known : {"nvidia", "amd", "intel", "other"}) {
      if (vendor != known) continue;
      result_.conditions.push_back({Condition::Kind::vendor, 0, vendor, offset});
      return {};
    }
    return error_at(offset, fmt::format("{} is no vendor", quote_for_message(value)),
                    "write nvidia, amd, intel or other");
  }
  if (key == "max-util") return add_number_condition(Condition::Kind::max_util, value, offset);
  return add_number_condition(
      key == "min-free" ? Condition::Kind::min_free : Condition::Kind::min_total, value, offset);
}

Done SelectorParser::add_number_condition(Condition::Kind kind, std::string_view value,
                                          std::size_t offset) {
  const bool percent = kind == Condition::Kind::max_util;
  std::optional<std::uint64_t> number;
  if (percent) {
    number = parse_decimal(value.ends_with('%') ? value.substr(0, value.size() - 1) : value);
    if (number && *number > 100) number.reset();
  } else {
    number = parse_size(value);
  }
  if (!percent && value.find_first_not_of("0123456789.") == value.npos) {
    return error_at(offset, fmt::format("{} has no unit", quote_for_message(value)),
                    fmt::format("write {}{}, or {}B for bytes", value, likely_unit(value), value));
  }
  if (!number) {
    return error_at(
        offset,
        fmt::format("{} is no {}", quote_for_message(value), percent ? "percentage" : "size"),
        percent ? "write 0% to 100%" : "write a size such as 20GiB or 512MiB");
  }
  result_.conditions.push_back({kind, *number, std::string(value), offset});
  return {};
}

Done SelectorParser::add_count(std::string_view value, std::size_t offset) {
  const std::optional<std::uint64_t> number = parse_decimal(value);
  if (result_.count) return error_at(offset, "count= stands there twice", "write it once");
  if (!number || *number > kHighestIndex + 1) {
    return error_at(offset, fmt::format("{} is no number of GPUs", quote_for_message(value)),
                    "write a number from 1");
  }
  if (*number == 0) return error_at(offset, "a count of 0 selects nothing", "write none");
  result_.count = static_cast<unsigned>(*number);
  return {};
}

Result<IdTerm> SelectorParser::parse_id(std::string_view term, std::size_t offset) const {
  const auto make = [&](IdTerm::Kind kind) {
    return IdTerm{kind, 0, 0, std::string(term), offset};
  };
  if (is_digit(term.front()) && term.find_first_not_of("0123456789-") == term.npos &&
      !is_bare_uuid(term)) {
    return parse_index_or_range(term, offset);
  }
  if (normal_pci(term)) return make(IdTerm::Kind::pci);
  const std::string upper = ascii_upper(term.substr(0, 4));
  const std::string_view rest = term.size() > 4 ? term.substr(4) : std::string_view();
  // Letters past f too: a mistyped UUID is then compared with the UUIDs that are here.
  constexpr std::string_view kUuidLetters = "0123456789abcdefghijklmnopqrstuvwxyz-";
  const bool fits = !rest.empty() && ascii_lower(rest).find_first_not_of(kUuidLetters) == rest.npos;
  if (upper == "GPU-" && fits) return make(IdTerm::Kind::uuid);
  if (upper == "MIG-" && !rest.empty()) {
    const bool old_form = ascii_upper(rest.substr(0, 4)) == "GPU-";
    const std::string_view digits = old_form ? rest.substr(4) : rest;
    if (digits.find_first_not_of("0123456789abcdefABCDEF-/") == digits.npos) {
      return make(IdTerm::Kind::mig);
    }
  }
  return unknown_term(term, offset);
}

Result<IdTerm> SelectorParser::parse_index_or_range(std::string_view term,
                                                    std::size_t offset) const {
  const std::vector<std::string_view> ends = split_at(term, '-');
  const std::optional<std::uint64_t> first = parse_decimal(ends.front());
  const std::optional<std::uint64_t> last = parse_decimal(ends.back());
  if (ends.size() > 2 || !first || !last) {
    return error_at(offset, fmt::format("{} is no range", quote_for_message(term)),
                    "write a range as 0-3");
  }
  if (*first > kHighestIndex || *last > kHighestIndex) {
    return error_at(offset, fmt::format("{} is no GPU index", quote_for_message(term)),
                    fmt::format("indices go up to {}; a UUID starts with GPU-", kHighestIndex));
  }
  if (*first > *last) {
    return error_at(offset, fmt::format("the range {} goes down", term),
                    fmt::format("write {}-{}", *last, *first));
  }
  const IdTerm::Kind kind = ends.size() == 1 ? IdTerm::Kind::index : IdTerm::Kind::range;
  return IdTerm{kind, static_cast<unsigned>(*first), static_cast<unsigned>(*last),
                std::string(term), offset};
}

Failure SelectorParser::unknown_term(std::string_view term, std::size_t offset) const {
  constexpr std::size_t kShortestUuidPart = 8;
  const std::string lower = ascii_lower(term);
  const std::string reason = fmt::format("{} is no id", quote_for_message(term));
  const bool hex = lower.find_first_not_of("0123456789abcdef-") == std::string::npos;
  if (hex && (is_bare_uuid(term) || term.size() >= kShortestUuidPart) && is_hex_digit(term[0])) {
    return error_at(offset, reason, fmt::format("did you mean GPU-{}?", term));
  }
  if (lower == "-1") return error_at(offset, reason, "write none for no GPU");
  if (const std::string usual = in_usual_signs(term); usual != term && parse_selector(usual)) {
    return error_at(offset, reason, fmt::format("write {}", usual));
  }
  for (const std::string_view prefix : {"gpu", "cuda", "gpu:", "cuda:", "#"}) {
    const std::string_view rest =
        std::string_view(lower).substr(lower.starts_with(prefix) ? prefix.size() : lower.size());
    if (parse_decimal(rest)) return error_at(offset, reason, fmt::format("did you mean {}?", rest));
  }
  if (const auto meant = closest_match(term, {"all", "none"})) {
    return error_at(offset, reason, fmt::format("did you mean {}?", *meant));
  }
  return error_at(offset, reason, std::string(kForms));
}

Done SelectorParser::check_combination() const {
  const bool others = !result_.ids.empty() || !result_.excluded.empty() ||
                      !result_.conditions.empty() || result_.count.has_value();
  if (result_.none && (result_.all || others)) {
    return error_at(none_offset_, "none cannot be combined with anything",
                    "write none alone, or remove it");
  }
  if (result_.all && !result_.ids.empty()) {
    return error_at(std::max(all_offset_, result_.ids.front().offset),
                    "all already includes every id", "write all alone, or only the ids");
  }
  return {};
}

}  // namespace

bool Selector::is_numeric() const {
  if (none || !conditions.empty() || count) return false;
  const auto numeric = [](const IdTerm& id) { return id.is_numeric(); };
  return std::ranges::all_of(ids, numeric) && std::ranges::all_of(excluded, numeric);
}

Result<Selector> parse_selector(std::string_view text) { return SelectorParser(text).parse(); }

}  // namespace ollama_gpu
