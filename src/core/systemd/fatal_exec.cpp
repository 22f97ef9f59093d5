// SPDX-License-Identifier: MIT
#include "core/systemd/fatal_exec.hpp"

#include "core/systemd/value_rules.hpp"
#include "core/systemd/word_reader.hpp"

namespace ollama_gpu {
namespace {

// path_implies_directory() instead of a look at the last character: seen on 257, not on 252.
constexpr unsigned kVersionOfDirectoryCheck = 257;
constexpr unsigned kVersionOfShellPrefix = 258;  // "|"

bool names_directory(std::string_view path, unsigned systemd_version) {
  if (path.ends_with("/")) return true;
  if (systemd_version < kVersionOfDirectoryCheck) return false;
  return path == "." || path == ".." || path.ends_with("/.") || path.ends_with("/..");
}

// What systemd finds wrong with the program; empty for nothing.
std::string fault_of(std::string_view path, unsigned systemd_version) {
  if (path.empty()) return "the command is empty";
  if (!is_safe_string(path))
    return "the program's name holds a quote, backslash or control character";
  if (names_directory(path, systemd_version)) return "the program is a directory";
  const bool valid = path.front() == '/' ? is_valid_path(path) : is_file_name(path);
  return valid ? "" : "the program is neither a file name nor an absolute path";
}

// Goes through the commands of one value.
class ExecReader {
 public:
  ExecReader(std::string_view value, const SpecifierTable& specifiers, unsigned systemd_version)
      : reader_(value, WordSyntax::c_style_relaxed, systemd_version),
        specifiers_(specifiers),
        version_(systemd_version) {}

  std::optional<ValueFault> run() {
    for (Word first; reader_.next(first) == WordReader::Found::word;) {
      if (first.text == ";") continue;
      begin(first);
      const std::optional<ValueFault> fault = command(first);
      // With "-" the fault makes systemd pass over this command and the rest of the line.
      if (fault) return ignore_ ? std::nullopt : fault;
      ++taken_;
      if (!more_) return std::nullopt;
    }
    return std::nullopt;
  }

  std::size_t taken() const { return taken_; }

 private:
  void begin(const Word& first) {
    ignore_ = false;
    own_name_ = false;
    through_shell_ = false;
    more_ = false;
    program_ = first.text;
    bool no_expansion = false;
    int privilege = 0;  // "+", "!" and "!!" exclude one another
    for (; !program_.empty(); program_.remove_prefix(1)) {
      const char c = program_.front();
      if (c == '-' && !ignore_) {
        ignore_ = true;
      } else if (c == '@' && !own_name_) {
        own_name_ = true;
      } else if (c == ':' && !no_expansion) {
        no_expansion = true;
      } else if (c == '|' && !through_shell_ && version_ >= kVersionOfShellPrefix) {
        through_shell_ = true;
      } else if (c == '+' && privilege == 0) {
        privilege = 3;
      } else if (c == '!' && privilege < 2) {
        ++privilege;
      } else {
        return;
      }
    }
  }

  std::optional<ValueFault> command(const Word& first) {
    if (!through_shell_) {
      if (auto found = program_fault(first.offset)) return found;
    }
    std::size_t count = own_name_ && !through_shell_ ? 0 : 1;
    if (auto found = arguments(count)) return found;
    if (count == 0) return ValueFault{first.offset, "\"@\" without a name for the program"};
    return std::nullopt;
  }

  std::optional<ValueFault> program_fault(std::size_t offset) const {
    const std::optional<std::string> path = expand_or_fail(program_, specifiers_, kPathLengthMax);
    if (!path) return ValueFault{offset, "unknown specifier in the program's name"};
    std::string fault = fault_of(*path, version_);
    if (fault.empty()) return std::nullopt;
    return ValueFault{offset, std::move(fault)};
  }

  std::optional<ValueFault> arguments(std::size_t& count) {
    for (;;) {
      if (takes(";")) {
        more_ = true;
        return std::nullopt;
      }
      if (takes("\\;")) {
        ++count;
        continue;
      }
      Word word;
      switch (reader_.next(word)) {
        case WordReader::Found::end:
          return std::nullopt;
        case WordReader::Found::broken:
          return ValueFault{reader_.offset(), "unbalanced quotes"};
        case WordReader::Found::word:
          if (!expand_or_fail(word.text, specifiers_, std::string::npos)) {
            return ValueFault{word.offset, "unknown specifier in " + word.text};
          }
          ++count;
      }
    }
  }

  // Takes a mark that stands alone.
  bool takes(std::string_view mark) {
    const std::string_view rest = reader_.rest();
    if (rest.substr(0, mark.size()) != mark) return false;
    if (rest.size() > mark.size() &&
        std::string_view(" \t\n\r").find(rest[mark.size()]) == std::string_view::npos) {
      return false;
    }
    reader_.skip(mark.size());
    return true;
  }

  WordReader reader_;
  const SpecifierTable& specifiers_;
  unsigned version_;
  std::string_view program_;
  bool ignore_ = false;         // "-"
  bool own_name_ = false;       // "@": the next word is argv[0]
  bool through_shell_ = false;  // "|": the first word is a shell's, whatever it is
  bool more_ = false;           // a ";" ended the command
  std::size_t taken_ = 0;
};

}  // namespace

std::optional<std::string> expand_or_fail(std::string_view text, const SpecifierTable& specifiers,
                                          std::size_t limit) {
  Expansion expansion = expand_specifiers(text, specifiers);
  if (expansion.status == Expansion::Status::invalid || expansion.text.size() > limit) {
    return std::nullopt;
  }
  return std::move(expansion.text);
}

std::optional<ValueFault> find_exec_fault(std::string_view value, const SpecifierTable& specifiers,
                                          unsigned systemd_version) {
  return ExecReader(value, specifiers, systemd_version).run();
}

std::size_t count_commands(std::string_view value, const SpecifierTable& specifiers,
                           unsigned systemd_version) {
  ExecReader reader(value, specifiers, systemd_version);
  reader.run();
  return reader.taken();
}

}  // namespace ollama_gpu
