// SPDX-License-Identifier: MIT
#include "declare.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "ollama_gpu/core/settings.hpp"

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
bool take_all(const CLI::App& app, const std::string& name, Notes& notes,
              const Declare::Take& take) {
  const CLI::Option* option = app.get_option(name);
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

}  // namespace

Declared& Declared::only(std::string values) {
  extra_.values = std::move(values);
  option_.check(CLI::Validator(
      [&extra = extra_](std::string& value) {
        const bool plain = !value.empty() && value.find('|') == std::string::npos;
        const std::string all = fmt::format("|{}|", extra.values);
        if (plain && all.find(fmt::format("|{}|", value)) != std::string::npos) {
          return std::string();
        }
        return fmt::format("takes {}, not '{}'", listed(extra.values), value);
      },
      ""));
  return *this;
}

Declared& Declared::propose(std::string values) {
  extra_.values = std::move(values);
  return *this;
}

Declared& Declared::complete(Complete kind) {
  extra_.complete = kind;
  return *this;
}

Declared& Declared::repeatable() {
  extra_.repeatable = true;
  return *this;
}

Declared& Declared::bare(const std::string& value) {
  option_.default_str(value);
  return *this;
}

Declared& Declared::excludes(const std::string& other) {
  option_.excludes(app_.get_option(other));
  return *this;
}

Declared& Declared::needs(const std::string& other, std::string lacking) {
  option_.needs(app_.get_option(other));
  extra_.lacking = std::move(lacking);
  return *this;
}

Declared& Declared::writes(std::string_view variable, ToChange change) {
  extra_.variable = variable;
  extra_.change = std::move(change);
  return *this;
}

Declared Declare::add(CLI::Option* option) {
  option->group(heading_);
  return {app_, *option, notes_.extras[option]};
}

Declared Declare::flag(const std::string& names, bool& member, std::string_view help) {
  return flag(
      names, [&member] { member = true; }, help);
}

Declared Declare::flag(const std::string& names, std::function<void()> given,
                       std::string_view help) {
  CLI::Option* option = app_.add_flag_callback(names, std::move(given), std::string(help));
  return add(option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->type_name(""));
}

Declared Declare::value(const std::string& names, const std::string& value_name, Take take,
                        std::string_view help) {
  const std::string name = names.substr(names.rfind(',') + 1);
  CLI::Option* option = app_.add_option(
      names,
      [this_app = &app_, notes = &notes_, name, take = std::move(take)](const CLI::results_t&) {
        return take_all(*this_app, name, *notes, take);
      },
      std::string(help));
  option->allow_extra_args(false)->expected(1);
  return add(option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->type_name(value_name));
}

Declared Declare::text(const std::string& names, const std::string& value_name, std::string& member,
                       std::pair<std::string, std::string> lacking, std::string_view help) {
  const auto take = [&member, lacking = std::move(lacking)](const std::string& value) {
    member = value;
    return value.empty() ? fail(Errc::usage, lacking.first, lacking.second) : Result<void>();
  };
  return value(names, value_name, take, help);
}

Declared Declare::seconds(const std::string& names, std::function<Result<void>(double)> take,
                          std::string_view help) {
  const auto number = [take = std::move(take)](const std::string& value) {
    return take(parse_seconds(value).value_or(0));
  };
  Declared declared = value(names, "SECONDS", number, help);
  app_.get_option(names)->check(CLI::Validator(
      [](std::string& value) {
        if (parse_seconds(value)) return std::string();
        return fmt::format("takes a number of seconds such as 30 or 0.5, not '{}'", value);
      },
      ""));
  return declared;
}

Declared Declare::setting(const std::string& name, const std::string& value_name,
                          std::string_view variable, std::string_view help) {
  const auto change = [variable](const std::string& given,
                                 std::string value) -> Result<SettingChange> {
    if (value.empty()) {
      return fail(Errc::usage, fmt::format("{} needs a value", given),
                  fmt::format("--unset {} takes it away", variable));
    }
    return SettingChange{SettingChange::Kind::set, std::string(variable), std::move(value), given};
  };
  const auto nothing = [](const std::string&) { return Result<void>(); };
  return value(name, value_name, nothing, help).writes(variable, change);
}

Declared Declare::setting_flag(const std::string& name, SettingChange change,
                               std::string_view help) {
  const std::string_view variable = find_setting(change.name)->name;
  return flag(
             name, [] {}, help)
      .writes(variable, [change = std::move(change)](const std::string& given, const std::string&) {
        SettingChange out = change;
        out.option = given;
        return Result<SettingChange>(std::move(out));
      });
}

void Declare::all_so_far_need(const std::string& other, const std::string& lacking) {
  CLI::Option* needed = app_.get_option(other);
  for (CLI::Option* option : app_.get_options()) {
    if (option == needed) return;
    option->needs(needed);
    notes_.extras[option].lacking = lacking;
  }
}

Declared Declare::operands(const std::string& form, int most, Take take) {
  std::string name;  // "[VARIABLE...]" is the operand "variable"
  for (const char letter : form) {
    if (letter >= 'A' && letter <= 'Z') name += static_cast<char>(letter - 'A' + 'a');
    if (letter == '|') break;
  }
  const bool required = !form.starts_with('[');
  heading_ = "Operands";  // CLI11 has no name for what is in no group
  Declared declared = value(name, form, std::move(take), "");
  // CLI11 would take "[a,b]" for two operands where it may go on beyond the number expected.
  app_.get_option(name)->expected(most)->required(required);
  return declared.repeatable();
}

Declared Declare::operand(const std::string& form, std::optional<std::string>& member) {
  return operands(form, 1, [&member](const std::string& word) {
    member = word;
    return Result<void>();
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
