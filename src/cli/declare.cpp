// SPDX-License-Identifier: MIT
#include "cli/declare.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "ollama_gpu/core/contains.hpp"

namespace ollama_gpu::cli {
namespace {

constexpr double kLongest = 365.0 * 24 * 3600;

// All that is given of an option, in order: each value taken, or the first refusal noted (and false
// returned). What is said twice in the same words is said once.
bool take_all(const CLI::Option* option, Notes& notes, const Declare::Take<std::string>& take) {
  const auto& places = notes.places[option];
  const auto& values = option->results();  // CLI11 changes what it hands to a callback
  const bool list = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Result<void> taken;
    if (i == 0 || list) {
      taken = take(values[i]);
    } else if (values[i] != values[0]) {
      taken = fail(Errc::usage,
                   fmt::format("{} is given twice, with different values", option->get_name()),
                   "give it once");
    }
    if (taken) continue;
    notes.refused = taken.error();
    if (i < places.size()) notes.refused->location = places[i];
    return false;
  }
  return true;
}

}  // namespace

CLI::Option* Declare::flag(const std::string& names, std::function<void()> given,
                           std::string_view help) {
  CLI::Option* option = app_->add_flag_callback(names, std::move(given), std::string(help));
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->type_name("")->group(heading_);
  return option;
}

CLI::Option* Declare::flag(const std::string& names, bool& member, std::string_view help) {
  return flag(
      names, [&member] { member = true; }, help);
}

CLI::Option* Declare::value(const std::string& name, const std::string& value_name,
                            Take<std::string> take, std::string_view help, std::string values) {
  const auto all = [app = app_, notes = notes_, name, take = std::move(take)](const auto&) {
    return take_all(app->get_option(name), *notes, take);
  };
  CLI::Option* option = app_->add_option(name, CLI::callback_t(all), std::string(help));
  option->allow_extra_args(false)->expected(1)->type_name(value_name)->group(heading_);
  notes_->values[option] = std::move(values);
  return option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

CLI::Option* Declare::seconds(const std::string& name, Take<double> take, std::string_view help) {
  const auto number = [name, take = std::move(take)](const std::string& value) -> Result<void> {
    if (const auto seconds = parse_seconds(value)) return take(*seconds);
    return fail(Errc::usage, fmt::format("{} takes a number of seconds such as 30 or 0.5, not '{}'",
                                         name, value));
  };
  return value(name, "SECONDS", number, help);
}

CLI::Option* Declare::operands(const std::string& name, const std::string& form, int most,
                               Take<std::string> take, std::string values) {
  CLI::Option* option = value(name, form, std::move(take), "", std::move(values));
  // So many expected, none required: with fewer expected and more allowed CLI11 splits "[a,b]".
  option->expected(most)->required(!form.starts_with('['));
  return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

bool Declare::given(const std::string& name) const {
  const CLI::Option* option = app_->get_option_no_throw(name);
  if (option == nullptr) option = app_->get_parent()->get_option(name);
  return option->count() > 0;
}

// "auto|never|always": auto, never or always.
Result<void> Declare::not_taken(const std::string& name, const std::string& values,
                                const std::string& value) {
  std::string listed = values;
  const std::size_t last = listed.rfind('|');
  if (last != std::string::npos) listed.replace(last, 1, " or ");
  for (std::size_t bar = 0; (bar = listed.find('|')) != std::string::npos;) {
    listed.replace(bar, 1, ", ");
  }
  constexpr std::array<std::string_view, 3> kYes{"true", "yes", "1"};
  constexpr std::array<std::string_view, 3> kNo{"false", "no", "0"};
  const bool is_switch = values.starts_with("on|off");
  std::string hint;
  if (is_switch && contains(kYes, value)) hint = fmt::format("write {} on", name);
  if (is_switch && contains(kNo, value)) hint = fmt::format("write {} off", name);
  return fail(Errc::usage, fmt::format("{} takes {}, not '{}'", name, listed, value),
              std::move(hint));
}

std::vector<const CLI::Option*> own_options(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return app.get_options([parent](const CLI::Option* option) {
    return parent == nullptr || parent->get_option_no_throw(option->get_name()) != option;
  });
}

std::optional<double> parse_seconds(std::string_view text) {
  const bool plain = !text.empty() && text.find_first_not_of("0123456789.") == text.npos &&
                     text.front() != '.' && text.back() != '.';
  double seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  return plain && whole && seconds <= kLongest ? std::optional(seconds) : std::nullopt;
}

}  // namespace ollama_gpu::cli
