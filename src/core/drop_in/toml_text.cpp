// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/toml_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"

namespace ollama_gpu {

namespace {

// A basic string of TOML 1.0.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      out += std::string("\\") + byte;
    } else if (code < 0x20 || code == 0x7f) {
      out += fmt::format("\\u{:04X}", code);
    } else {
      out += byte;
    }
  }
  return out + '"';
}

bool is_bare_key(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_plain_number(std::string_view value) {
  constexpr std::size_t kMostDigits = 18;
  return !value.empty() && value.size() <= kMostDigits && (value == "0" || value.front() != '0') &&
         value.find_first_not_of("0123456789") == std::string_view::npos;
}

// The value under the option's key; nothing where the option does not write just this.
std::optional<std::string> value_of(const Setting& setting, const std::string& value) {
  if (setting.option == "--spread") return is_switched_on(value) ? "true" : "false";
  if (setting.option == "--keep-alive" && value == "-1") return "true";
  if (setting.option == "--flash-attention") {
    if (value == "1") return "\"on\"";
    if (value == "0") return "\"off\"";
    return std::nullopt;
  }
  if (setting.option == "--split-mode" && value != "tensor" && value != "layer") {
    return std::nullopt;
  }
  if (setting.option == "--gpus") {
    const std::string selector = value == "-1" ? "none" : value;
    return parse_selector(selector) ? std::optional(quoted(selector)) : std::nullopt;
  }
  if (value.empty() || !check_setting(setting.name, value)) return std::nullopt;
  return is_plain_number(value) ? value : quoted(value);
}

class TomlWriter {
 public:
  TomlWriter(const EffectiveEnvironment& effective, const DropIn& ours)
      : effective_(effective), ours_(ours) {}

  std::string run() {
    if (!ours_.selector.empty()) keys_ += fmt::format("gpus = {}\n", quoted(ours_.selector));
    // Ours in their order: the drop-in that comes of it keeps it.
    for (const DropInVariable& own : ours_.variables) {
      const auto found = effective_.variables.find(own.name);
      if (found != effective_.variables.end() && is_wanted(own.name, found->second)) {
        add(own.name, found->second.value);
      }
    }
    for (const auto& [name, variable] : effective_.variables) {
      if (ours_.find(name) == nullptr && is_wanted(name, variable)) add(name, variable.value);
    }
    if (ours_.replicas) {
      const unsigned asked = ours_.replicas->asked;
      keys_ += asked == 0 ? "replicas = true\n" : fmt::format("replicas = {}\n", asked);
    }
    if (ours_.gate) {
      keys_ += fmt::format("wait-for-gpus = {}\n", ours_.gate->seconds);
      if (ours_.gate->required) keys_ += "require-gpu = true\n";
    }
    if (!ours_.unset.empty()) {
      std::vector<std::string> names;
      for (const std::string& name : ours_.unset) names.push_back(quoted(name));
      keys_ += fmt::format("unset = [{}]\n", fmt::join(names, ", "));
    }
    return keys_ + (set_.empty() ? "" : "\n[set]\n" + set_);
  }

 private:
  bool is_wanted(const std::string& name, const EffectiveVariable& variable) const {
    const DropInVariable* own = ours_.find(name);
    if (own != nullptr && !own->reason.empty()) return false;  // a selection brings it again
    if (!ours_.selector.empty() && contains(selection_variable_names(), name)) return false;
    if (own != nullptr) return true;
    const bool of_system = name == "PATH" || name == "HOME";
    return !variable.source.file.empty() && !of_system && find_setting(name) != nullptr;
  }

  void add(const std::string& name, const std::string& value) {
    const Setting* setting = find_setting(name);
    const auto written = setting != nullptr && !setting->option.empty()
                             ? value_of(*setting, value)
                             : std::optional<std::string>();
    if (written) {
      keys_ += fmt::format("{} = {}\n", setting->option.substr(2), *written);
    } else {
      set_ += fmt::format("{} = {}\n", is_bare_key(name) ? name : quoted(name), quoted(value));
    }
  }

  const EffectiveEnvironment& effective_;
  const DropIn& ours_;
  std::string keys_ = {};
  std::string set_ = {};
};

}  // namespace

std::string toml_text(const EffectiveEnvironment& effective, const DropIn& ours) {
  return TomlWriter(effective, ours).run();
}

}  // namespace ollama_gpu
