// SPDX-License-Identifier: MIT
#include "system/ollama/ollama_reply.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace ollama_gpu::reply {
namespace {

using nlohmann::json;

// A start of the text that can be shown: no control characters, not long.
std::string excerpt(const std::string& body, std::size_t shown = 80) {
  std::string text = body.substr(0, shown);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = ' ';
  }
  return body.size() > shown ? text + "..." : text;
}

Failure not_understood(const std::string& body, const std::string& from) {
  return fail(Errc::failed, "cannot read the answer of " + from +
                                ": it is not what Ollama answers: \"" + excerpt(body) + '"');
}

// Ollama's replies are some levels deep; thousands of them would cost seconds to parse.
bool is_too_deep(const std::string& body) {
  constexpr int kDeepest = 100;
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_text && c == '\\') ++i;
    if (c == '"') in_text = !in_text;
    if (in_text) continue;
    if ((c == '[' || c == '{') && ++depth > kDeepest) return true;
    if (c == ']' || c == '}') --depth;
  }
  return false;
}

std::optional<json> parse_object(const std::string& body) {
  if (is_too_deep(body)) return std::nullopt;
  json parsed = json::parse(body, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object()) return std::nullopt;
  return parsed;
}

std::string text_in(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::uint64_t number_in(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return 0;
  if (found->is_number_unsigned()) return found->get<std::uint64_t>();
  const double value = found->get<double>();
  return value > 0 && value < 1e18 ? static_cast<std::uint64_t>(value) : 0;
}

// The elements of "models" that are objects; null (Go's empty slice) is none.
std::optional<std::vector<json>> models_in(const std::string& body) {
  const auto object = parse_object(body);
  if (!object) return std::nullopt;
  const auto found = object->find("models");
  if (found == object->end()) return std::nullopt;
  std::vector<json> models;
  if (found->is_null()) return models;
  if (!found->is_array()) return std::nullopt;
  for (const json& model : *found) {
    if (model.is_object()) models.push_back(model);
  }
  return models;
}

std::string name_of(const json& model) {
  const std::string name = text_in(model, "name");
  return name.empty() ? text_in(model, "model") : name;
}

// More than 20 years is for ever, as Ollama itself shows it (its format/time.go).
std::optional<double> seconds_until(const std::string& time) {
  constexpr double kTwentyYears = 20 * 365.25 * 86400;
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const double left = parse_rfc3339(time).value_or(now) - now;
  return left > kTwentyYears ? std::nullopt : std::optional(left);
}

bool take_number(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  const auto result = std::from_chars(text.data(), text.data() + digits, value);
  if (result.ec != std::errc() || result.ptr != text.data() + digits) return false;
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant's days_from_civil).
double days_from_civil(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return static_cast<double>(era) * 146097 + day_of_era - 719468;
}

// "Z" or "+08:00", in seconds.
std::optional<int> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return 0;
  const bool negative = text.starts_with('-');
  int hours = 0;
  int minutes = 0;
  if (!take(text, "+-") || !take_number(text, 2, hours) || !take(text, ":") ||
      !take_number(text, 2, minutes)) {
    return std::nullopt;
  }
  return (negative ? -1 : 1) * (hours * 3600 + minutes * 60);
}

}  // namespace

std::optional<double> parse_rfc3339(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool valid = take_number(text, 4, year) && take(text, "-") && take_number(text, 2, month) &&
                     take(text, "-") && take_number(text, 2, day) && take(text, "Tt ") &&
                     take_number(text, 2, hour) && take(text, ":") &&
                     take_number(text, 2, minute) && take(text, ":") &&
                     take_number(text, 2, second);
  if (!valid || month < 1 || month > 12) return std::nullopt;
  double fraction = 0;
  if (take(text, ".")) {
    for (double unit = 0.1; !text.empty() && text[0] >= '0' && text[0] <= '9'; unit /= 10) {
      fraction += (text[0] - '0') * unit;
      text.remove_prefix(1);
    }
  }
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - *offset +
         fraction;
}

Result<std::string> version(const std::string& body, const std::string& from) {
  const auto object = parse_object(body);
  if (!object) return not_understood(body, from);
  const auto found = object->find("version");
  if (found == object->end() || !found->is_string()) return not_understood(body, from);
  return found->get<std::string>();
}

Result<std::vector<ports::LoadedModel>> loaded(const std::string& body, const std::string& from) {
  const auto models = models_in(body);
  if (!models) return not_understood(body, from);
  std::vector<ports::LoadedModel> result;
  for (const json& model : *models) {
    ports::LoadedModel& added = result.emplace_back();
    added.name = name_of(model);
    added.size = number_in(model, "size");
    added.size_vram = number_in(model, "size_vram");
    added.expires_at = text_in(model, "expires_at");
    added.expires_in = seconds_until(added.expires_at);
    added.context_length = number_in(model, "context_length");
  }
  return result;
}

Result<std::vector<ports::InstalledModel>> installed(const std::string& body,
                                                     const std::string& from) {
  const auto models = models_in(body);
  if (!models) return not_understood(body, from);
  std::vector<ports::InstalledModel> result;
  for (const json& model : *models) {
    const auto details = model.find("details");
    const bool known = details != model.end() && details->is_object();
    result.push_back({name_of(model), number_in(model, "size"), text_in(model, "remote_host"),
                      known ? text_in(*details, "family") : ""});
  }
  return result;
}

// Only the count that holds for all layers: an array of more than five comes back empty.
Result<std::optional<ModelShape>> shape(const std::string& body, const std::string& from) {
  const auto object = parse_object(body);
  if (!object) return not_understood(body, from);
  const auto info = object->find("model_info");
  if (info == object->end() || !info->is_object()) return std::nullopt;
  const std::string prefix = text_in(*info, "general.architecture") + '.';
  const auto number = [&](const char* name) { return number_in(*info, (prefix + name).c_str()); };
  ModelShape found;
  found.layers = number("block_count");
  found.kv_heads = number("attention.head_count_kv");
  const std::uint64_t heads = number("attention.head_count");
  if (heads > 0) found.head_size = number("embedding_length") / heads;
  found.trained_context = number("context_length");
  if (found.layers == 0 || found.kv_heads == 0 || found.head_size == 0) return std::nullopt;
  return found;
}

std::string question(const std::string& model, std::optional<ports::KeepAlive> keep_alive) {
  json body{{"model", model}};
  if (keep_alive) body["keep_alive"] = keep_alive->count();
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string question_for_a_token(const std::string& model) {
  const json body{
      {"model", model}, {"prompt", "1"}, {"stream", false}, {"options", {{"num_predict", 1}}}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<void> has_token(const std::string& body, const std::string& what) {
  if (auto answered = done(body, what); !answered) return answered;
  const auto object = parse_object(body);
  const auto count = object->find("eval_count");
  const bool counted = count != object->end() && count->is_number() && count->get<double>() >= 1;
  if (counted || !text_in(*object, "response").empty()) return {};
  return fail(Errc::failed, what + ": it came without a token");
}

bool cannot_generate(long status, const std::string& body) {
  const auto object = parse_object(body);
  return status == 400 && object &&
         text_in(*object, "error").find("does not support generate") != std::string::npos;
}

Result<void> done(const std::string& body, const std::string& what) {
  if (!parse_object(body)) {
    return fail(Errc::failed,
                what + ": the answer is not what Ollama answers: \"" + excerpt(body) + '"');
  }
  const std::string error = error_text(body);
  if (!error.empty()) return fail(Errc::failed, what + ": " + error);
  return {};
}

std::string error_text(const std::string& body) {
  constexpr std::size_t kLongestReason = 300;
  const auto object = parse_object(body);
  return object ? excerpt(text_in(*object, "error"), kLongestReason) : "";
}

}  // namespace ollama_gpu::reply
