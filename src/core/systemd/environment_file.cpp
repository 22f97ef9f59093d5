// SPDX-License-Identifier: MIT
#include <algorithm>
#include <unordered_map>

#include "core/systemd/whitespace.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {
namespace {

constexpr unsigned kVersionOfPlainComments = 254;

bool is_newline(char c) { return c == '\n' || c == '\r'; }

// The state machine of src/basic/env-file.c, parse_env_file_internal().
class EnvironmentFileParser {
 public:
  EnvironmentFileParser(EnvironmentFile& file, std::string_view bytes, unsigned systemd_version)
      : file_(file), bytes_(bytes), plain_comments_(systemd_version >= kVersionOfPlainComments) {}

  void run() {
    // Refused as a whole by read_full_file().
    if (bytes_.find('\0') != std::string_view::npos) {
      refuse(bytes_.find('\0'), "the file holds a NUL byte: systemd refuses the whole file");
      return;
    }
    for (at_ = 0; at_ < bytes_.size() && !file_.invalid; ++at_) step(bytes_[at_]);
    const bool unfinished = state_ == State::before_key || state_ == State::key ||
                            state_ == State::comment || state_ == State::comment_escape;
    if (!unfinished && !file_.invalid) push();
    if (file_.invalid) file_.assignments.clear();
  }

 private:
  enum class State {
    before_key,
    key,
    before_value,
    value,
    value_escape,
    single_quoted,
    double_quoted,
    double_quoted_escape,
    comment,
    comment_escape,
  };

  void step(char c) {
    switch (state_) {
      case State::before_key:
        return before_key(c);
      case State::key:
        return key(c);
      case State::before_value:
        return before_value(c);
      case State::value:
        return value(c);
      case State::value_escape:
        return value_escape(c);
      case State::single_quoted:
        return quoted(c, '\'');
      case State::double_quoted:
        return quoted(c, '"');
      case State::double_quoted_escape:
        return double_quoted_escape(c);
      case State::comment:
        if (c == '\\') state_ = State::comment_escape;
        if (is_newline(c)) state_ = State::before_key;
        return;
      case State::comment_escape:
        // Until 253 the backslash took the newline with it, and the next line was lost.
        state_ = plain_comments_ && is_newline(c) ? State::before_key : State::comment;
        return;
    }
  }

  void before_key(char c) {
    if (c == '#' || c == ';') {
      state_ = State::comment;
    } else if (!is_blank(c)) {
      state_ = State::key;
      key_ = c;
      key_offset_ = at_;
    }
  }

  void key(char c) {
    if (is_newline(c)) {
      drop("line without \"=\"");
      state_ = State::before_key;
    } else if (c == '=') {
      state_ = State::before_value;
      value_.clear();
      kept_ = 0;
    } else {
      key_ += c;
    }
  }

  void before_value(char c) {
    if (is_newline(c)) {
      push();
    } else if (c == '\'') {
      state_ = State::single_quoted;
    } else if (c == '"') {
      state_ = State::double_quoted;
    } else if (c == '\\') {
      state_ = State::value_escape;
    } else if (!is_blank(c)) {
      state_ = State::value;
      value_ += c;
      kept_ = value_.size();
    }
  }

  // Quotes inside an unquoted value mean nothing.
  void value(char c) {
    if (is_newline(c)) {
      push();
    } else if (c == '\\') {
      state_ = State::value_escape;
    } else {
      value_ += c;
      if (!is_blank(c)) kept_ = value_.size();
    }
  }

  // Blanks before the backslash and an escaped one stay; an escaped newline leaves nothing behind.
  void value_escape(char c) {
    state_ = State::value;
    if (!is_newline(c)) value_ += c;
    kept_ = value_.size();
  }

  void quoted(char c, char quote) {
    if (c == quote) {
      state_ = State::before_value;  // pieces may follow, blanks between them vanish
    } else if (c == '\\' && quote == '"') {
      state_ = State::double_quoted_escape;
    } else {
      value_ += c;
    }
  }

  void double_quoted_escape(char c) {
    constexpr std::string_view kEscapable = "\"\\`$";
    state_ = State::double_quoted;
    if (c == '\n') return;
    if (kEscapable.find(c) == std::string_view::npos) value_ += '\\';
    value_ += c;
  }

  void push() {
    if (state_ == State::value) value_.resize(kept_);
    state_ = State::before_key;
    while (!key_.empty() && is_blank(key_.back())) key_.pop_back();
    if (!is_valid_utf8(key_) || !is_valid_utf8(value_)) {
      refuse(key_offset_, "not valid UTF-8: systemd refuses the whole file");
      return;
    }
    if (!is_variable_name(key_)) {
      drop("not a variable's name: " + key_);
      return;
    }
    assign();
  }

  void assign() {
    const Position position = file_.lines.at(key_offset_);
    Assignment assignment{
        key_, value_, {file_.path, position.line, position.column, "EnvironmentFile"}};
    const auto [found, added] = positions_.try_emplace(key_, file_.assignments.size());
    if (added) {
      file_.assignments.push_back(std::move(assignment));
    } else {
      file_.assignments[found->second] = std::move(assignment);
    }
  }

  void drop(std::string message) {
    file_.dropped.push_back(
        {file_.path, file_.lines.at(key_offset_), "EnvironmentFile", std::move(message)});
  }

  void refuse(std::size_t offset, std::string message) {
    file_.invalid = true;
    file_.dropped.push_back(
        {file_.path, file_.lines.at(offset), "EnvironmentFile", std::move(message)});
  }

  EnvironmentFile& file_;
  std::string_view bytes_;
  bool plain_comments_;
  State state_ = State::before_key;
  std::size_t at_ = 0;
  std::string key_;
  std::size_t key_offset_ = 0;
  std::string value_;
  std::size_t kept_ = 0;  // length of value_ without the blanks at its end
  std::unordered_map<std::string, std::size_t> positions_;
};

}  // namespace

EnvironmentFile parse_environment_file(std::string path, std::string_view bytes,
                                       unsigned systemd_version) {
  EnvironmentFile file;
  file.path = std::move(path);
  file.bytes = bytes;
  file.lines = LineTable(bytes);
  EnvironmentFileParser(file, bytes, systemd_version).run();
  return file;
}

}  // namespace ollama_gpu
