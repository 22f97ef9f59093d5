// SPDX-License-Identifier: MIT
#include "presentation/table.hpp"

#include <algorithm>
#include <numeric>

#include "ollama_gpu/presentation/text_width.hpp"

namespace ollama_gpu {
namespace {

constexpr std::size_t kGap = 2;

// A width of 0 means that the column is not shown.
std::size_t total(const std::vector<std::size_t>& widths) {
  std::size_t sum = 0;
  for (const std::size_t width : widths) {
    if (width > 0) sum += width + kGap;
  }
  return sum > 0 ? sum - kGap : 0;
}

}  // namespace

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i].text));
    }
  }
  // A column without any text is not shown, whatever its title.
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] > 0) widths[i] = std::max(widths[i], display_width(columns_[i].title));
  }
  return widths;
}

std::size_t Table::least_total(const std::vector<std::size_t>& widths) const {
  std::vector<std::size_t> cut = widths;
  for (std::size_t i = 0; i < cut.size(); ++i) {
    if (columns_[i].least > 0) cut[i] = std::min(cut[i], columns_[i].least);
  }
  return total(cut);
}

void Table::fit(std::vector<std::size_t>& widths, std::size_t limit) const {
  while (least_total(widths) > limit) {
    unsigned worst = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] > 0) worst = std::max(worst, columns_[i].drop);
    }
    if (worst == 0) break;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].drop == worst) widths[i] = 0;
    }
  }
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::size_t now = total(widths);
    if (now <= limit) return;
    const std::size_t least = columns_[i].least;
    if (least == 0 || widths[i] <= least) continue;
    const std::size_t excess = now - limit;
    widths[i] = widths[i] > excess + least ? widths[i] - excess : least;
  }
}

std::string Table::line(const Style& style, const std::vector<std::size_t>& widths,
                        const std::vector<Cell>& row) const {
  std::string out(indent_, ' ');
  bool first = true;
  std::size_t pending = 0;  // blanks that are only written when text follows
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (widths[i] == 0) continue;
    if (!first) pending += kGap;
    first = false;
    const Cell cell = i < row.size() ? row[i] : Cell{};
    const std::string text = cut_to_width(cell.text, widths[i], ellipsis(style));
    const std::size_t rest = widths[i] - std::min(widths[i], display_width(text));
    if (text.empty()) {
      pending += rest;
      continue;
    }
    out.append(pending + (columns_[i].right ? rest : 0), ' ');
    out += paint(style, cell.tone, text);
    pending = columns_[i].right ? 0 : rest;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out + '\n';
}

std::string Table::folded(const Style& style, const std::vector<std::size_t>& widths,
                          const std::vector<Cell>& row) const {
  const std::size_t indent = indent_ + (widths.empty() ? 0 : widths.front()) + kGap;
  std::string out;
  std::size_t used = 0;
  for (std::size_t i = 0; i < row.size() && i < columns_.size(); ++i) {
    const std::string& title = columns_[i].title;
    if (widths[i] > 0 || title.empty() || row[i].text.empty()) continue;
    const std::size_t width = display_width(title) + 1 + display_width(row[i].text);
    const bool fits = used > 0 && used + kGap + width <= style.width;
    if (!fits) out.append(used > 0 ? "\n" : "").append(indent, ' ');
    if (fits) out.append(kGap, ' ');
    used = fits ? used + kGap + width : indent + width;
    out += paint(style, Tone::dim, title) + ' ' + paint(style, row[i].tone, row[i].text);
  }
  return used > 0 ? out + '\n' : out;
}

std::string Table::render(const Style& style) const {
  std::vector<std::size_t> shown = widths();
  const std::size_t limit = style.width > indent_ ? style.width - indent_ : 0;
  fit(shown, limit);
  std::string out;
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.push_back({column.title, Tone::dim});
  const bool titled =
      std::ranges::any_of(columns_, [](const Column& column) { return !column.title.empty(); });
  if (titled) out += line(style, shown, titles);
  for (const auto& row : rows_) {
    out += line(style, shown, row);
    if (folds_) out += folded(style, shown, row);
  }
  return out;
}

}  // namespace ollama_gpu
