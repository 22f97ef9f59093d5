// SPDX-License-Identifier: MIT
#include "cli/declare.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

namespace ollama_gpu::cli {
namespace {

constexpr double kLongest = 365.0 * 24 * 3600;

// "auto|never|always" -> "auto, never or always".
std::string listed(std::string_view values) {
  std::string out;
  while (true) {
    const std::size_t bar = values.find('|');
    out += values.substr(0, bar);
    if (bar == std::string_view::npos) return out;
    values.remove_prefix(bar + 1);
    out += values.find('|') == std::string_view::npos ? " or " : ", ";
  }
}

// All that is given of an option, in order: each value taken, or the first refusal noted (and false
// returned). What is said twice in the same words is said once.
bool take_all(const CLI::Option* option, Notes& notes, const Declare::Take& take) {
  const Extra& extra = notes.extras[option];
  const auto& values = option->results();  // CLI11 changes what it hands to a callback
  for (std::size_t i = 0; i < values.size(); ++i) {
    Result<void> taken;
    if (i == 0 || extra.repeatable) {
      taken = take(values[i]);
    } else if (values[i] != values[0]) {
      taken = fail(Errc::usage,
                   fmt::format("{} is given twice, with different values", option->get_name()),
                   "give it once");
    }
    if (taken) continue;
    notes.refused = taken.error();
    if (i < extra.places.size()) notes.refused->location = extra.places[i];
    return false;
  }
  return true;
}

bool is_one_of(const std::string& value, std::string_view values) {
  const bool plain = !value.empty() && value.find('|') == std::string::npos;
  return plain && fmt::format("|{}|", values).find(fmt::format("|{}|", value)) != std::string::npos;
}

}  // namespace

Extra& Declare::add(CLI::Option* option) {
  option->group(heading_);
  return notes_->extras[option];
}

Extra& Declare::flag(const std::string& names, std::function<void()> given, std::string_view help) {
  CLI::Option* option = app_->add_flag_callback(names, std::move(given), std::string(help));
  return add(option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->type_name(""));
}

Extra& Declare::flag(const std::string& names, bool& member, std::string_view help) {
  return flag(
      names, [&member] { member = true; }, help);
}

Extra& Declare::value(const std::string& names, const std::string& value_name, Take take,
                      std::string_view help) {
  const auto all = [app = app_, notes = notes_, name = names.substr(names.rfind(',') + 1),
                    take = std::move(take)](const CLI::results_t&) {
    return take_all(app->get_option(name), *notes, take);
  };
  CLI::Option* option = app_->add_option(names, all, std::string(help));
  option->allow_extra_args(false)->expected(1);
  return add(option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->type_name(value_name));
}

Extra& Declare::text(const std::string& name, const std::string& value_name, std::string& member,
                     std::pair<std::string, std::string> lacking, std::string_view help) {
  const auto take = [&member, lacking = std::move(lacking)](const std::string& value) {
    member = value;
    return value.empty() ? fail(Errc::usage, lacking.first, lacking.second) : Result<void>();
  };
  return value(name, value_name, take, help);
}

Extra& Declare::seconds(const std::string& name, std::function<Result<void>(double)> take,
                        std::string_view help) {
  const auto number = [take = std::move(take)](const std::string& value) {
    return take(parse_seconds(value).value_or(0));
  };
  Extra& extra = value(name, "SECONDS", number, help);
  const auto wrong = [](std::string& value) {
    if (parse_seconds(value)) return std::string();
    return fmt::format("takes a number of seconds such as 30 or 0.5, not '{}'", value);
  };
  app_->get_option(name)->check(CLI::Validator(wrong, ""));
  return extra;
}

Extra& Declare::operands(const std::string& form, int most, Take take) {
  std::string name;  // "[VARIABLE...]" is the operand "variable"
  for (const char letter : form.substr(0, form.find('|'))) {
    if (letter >= 'A' && letter <= 'Z') name += static_cast<char>(letter - 'A' + 'a');
  }
  heading_ = "Operands";  // CLI11 has no name for what is in no group
  Extra& extra = value(name, form, std::move(take), "");
  extra.repeatable = true;
  // So many expected, none required: with fewer expected and more allowed CLI11 splits "[a,b]".
  app_->get_option(name)->expected(most)->required(!form.starts_with('['));
  return extra;
}

Extra& Declare::operand(const std::string& form, std::optional<std::string>& member) {
  return operands(form, 1, into(member));
}

void Declare::only(const std::string& name, const std::string& values) {
  CLI::Option* option = app_->get_option(name);
  notes_->extras[option].values = values;
  const auto wrong = [values](std::string& value) {
    if (is_one_of(value, values)) return std::string();
    return fmt::format("takes {}, not '{}'", listed(values), value);
  };
  option->check(CLI::Validator(wrong, ""));
}

void Declare::bare(const std::string& name, const std::string& value) {
  app_->get_option(name)->default_str(value);
}

void Declare::excludes(const std::string& name, const std::string& other) {
  app_->get_option(name)->excludes(app_->get_option(other));
}

void Declare::excludes_global(const std::string& other) {
  app_->excludes(app_->get_parent()->get_option(other));
}

void Declare::needs(const std::string& name, const std::string& other, const std::string& lacking) {
  CLI::Option* option = app_->get_option(name);
  option->needs(app_->get_option(other));
  notes_->extras[option].lacking = lacking;
}

void Declare::all_need(const std::string& other, const std::string& lacking) {
  for (const CLI::Option* option : own_options(*app_)) {
    if (option->get_name() != other) needs(option->get_name(), other, lacking);
  }
}

bool Declare::given(const std::string& name) const {
  const CLI::Option* option = app_->get_option_no_throw(name);
  if (option == nullptr) option = app_->get_parent()->get_option(name);
  return option->count() > 0;
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
  if (!plain) return std::nullopt;
  double seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (seconds > kLongest) return std::nullopt;
  return seconds;
}

}  // namespace ollama_gpu::cli
