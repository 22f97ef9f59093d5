// SPDX-License-Identifier: MIT
#include "ollama_standin/api.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "ollama_standin/go_text.hpp"
#include "ollama_standin/json.hpp"
#include "ollama_standin/responder.hpp"
#include "ollama_standin/store.hpp"

namespace ollama_standin {

namespace {

using Clock = std::chrono::steady_clock;

// Whether a server on loopback answers requests for this host name.
bool is_allowed(std::string host) {
  const auto colon = host.rfind(':');
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else if (colon != std::string::npos && host.find(':') == colon) {
    host.erase(colon);
  }
  std::array<unsigned char, 16> address{};
  if (::inet_pton(AF_INET, host.c_str(), address.data()) == 1) {
    const bool private_172 = address[0] == 172 && (address[1] & 0xF0U) == 16;
    const bool private_192 = address[0] == 192 && address[1] == 168;
    return address[0] == 127 || address[0] == 10 || private_172 || private_192 || host == "0.0.0.0";
  }
  if (host.find(':') != std::string::npos) return host == "::1" || host == "::";
  std::array<char, 256> own{};
  ::gethostname(own.data(), own.size() - 1);
  host = to_lower(host);
  return host.empty() || host == "localhost" || host == to_lower(own.data()) ||
         host.ends_with(".localhost") || host.ends_with(".local") || host.ends_with(".internal");
}

std::string details(const Model& model) {
  const std::string family = json_quote(model.architecture);
  return R"("details":{"parent_model":"","format":"gguf","family":)" + family + ",\"families\":[" +
         family + R"(],"parameter_size":"70.6B","quantization_level":"Q4_K_M"})";
}

std::string describe(const Model& model, std::uint64_t size) {
  const std::string name = json_quote(model.name);
  return "\"name\":" + name + ",\"model\":" + name + ",\"size\":" + std::to_string(size) +
         ",\"digest\":\"" + digest_of(model) + "\"," + details(model);
}

// How many tokens the request asks for; none if it does not say.
std::optional<int> wanted_tokens(Call call, const JsonObject& body) {
  std::string text = text_of(body, "max_tokens");
  if (!is_openai(call)) {
    const auto options = parse_object(text_of(body, "options"));
    text = options ? text_of(*options, "num_predict") : "";
  }
  const long wanted = std::strtol(text.c_str(), nullptr, 10);
  return wanted > 0 ? std::optional(static_cast<int>(wanted)) : std::nullopt;
}

// A request's keep_alive; nothing if Ollama would not accept it.
std::optional<Duration> request_keep_alive(const JsonObject& body, Duration fallback) {
  const auto member = body.find("keep_alive");
  if (member == body.end() || member->second.text == "null") return fallback;
  std::optional<Duration> chosen;
  if (member->second.is_string) {
    chosen = parse_duration(member->second.text);
  } else {
    const double count = std::strtod(member->second.text.c_str(), nullptr);
    chosen = count < 0 ? -1 : static_cast<Duration>(count * static_cast<double>(kSecond));
  }
  if (chosen && *chosen < 0) chosen = kForever;
  return chosen;
}

// Until then, and busy for this share of the last so many milliseconds.
void work_until(Clock::time_point due, int milliseconds, int percent) {
  const auto busy_until =
      Clock::now() + std::chrono::microseconds(10) * (std::int64_t{milliseconds} * percent);
  while (percent > 0 && Clock::now() < std::min(busy_until, due)) {
  }
  std::this_thread::sleep_until(due);
}

}  // namespace

std::string Api::tags() const {
  std::string list;
  for (const auto& model : scheduler_.models()) {
    list += (list.empty() ? "{" : ",{") + describe(model, model.size) +
            ",\"modified_at\":\"2026-01-02T03:04:05.678901234Z\"}";
  }
  return "{\"models\":[" + list + "]}";
}

std::string Api::processes() const {
  std::string list;
  for (const auto& state : scheduler_.loaded()) {
    list += (list.empty() ? "{" : ",{") + describe(state.model, state.size) + ",\"expires_at\":\"" +
            rfc3339_nano(state.expires_at) + "\",\"size_vram\":" + std::to_string(state.on_gpus) +
            ",\"context_length\":" + std::to_string(state.context) + "}";
  }
  return "{\"models\":[" + list + "]}";
}

void Api::show(Connection& connection, const Request& request) {
  const auto body = parse_object(request.body);
  const auto name = body ? body->find("model") : JsonObject::const_iterator();
  const Model* model = body && name != body->end() ? scheduler_.find(name->second.text) : nullptr;
  if (!model) {
    connection.reply(404, kJson, error_body("model not found"));
    return;
  }
  const std::string& prefix = model->architecture;
  std::string info = "\"general.architecture\":" + json_quote(prefix);
  const auto add = [&](const char* key, std::uint64_t value) {
    info += ",\"" + prefix + "." + key + "\":" + std::to_string(value);
  };
  if (model->layers > 0) {
    constexpr std::uint64_t kGroup = 8;  // query heads that share a KV head
    add("block_count", model->layers);
    add("context_length", model->trained_context);
    add("embedding_length", model->kv_heads * kGroup * model->head_size);
    add("attention.head_count", model->kv_heads * kGroup);
    add("attention.head_count_kv", model->kv_heads);
  }
  std::string reply = "{";
  reply.append(details(*model)).append(",\"model_info\":{").append(info).append("}}");
  connection.reply(200, kJson, reply);
}

// False: the client has gone, which ends the load.
bool Api::wait_for_load(const Connection& connection, const Model& model) {
  const auto until = Clock::now() + std::chrono::milliseconds(script_.load_ms);
  if (scheduler_.is_loaded(model)) return true;
  while (Clock::now() < until) {
    if (!connection.client_is_there()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Turns& Api::turns_of(const Model& model) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t own = std::max<std::uint64_t>(settings_.num_parallel, 1);
  return turns_.try_emplace(model.name, model.only_embeds() ? 1 : own).first->second;
}

Api::Task Api::task_of(Call call, const JsonObject& body) const {
  const std::string prompt = text_of(body, prompt_key(call));
  const std::string stream = text_of(body, "stream");
  const auto wanted = wanted_tokens(call, body);
  return {call,
          !prompt.empty() && prompt != "[]",
          is_openai(call) ? stream == "true" : stream != "false",
          wanted.has_value(),
          wanted.value_or(script_.tokens),
          request_keep_alive(body, settings_.keep_alive).value_or(0)};
}

void Api::generate(Connection& connection, const Request& request, Call call) {
  const auto fail = [&](int status, const std::string& message) {
    connection.reply(status, kJson, error_body(call, message));
  };
  const auto body = parse_object(request.body);
  if (!body) return fail(400, "invalid character in request body");
  const std::string name = text_of(*body, "model");
  const Model* model = scheduler_.find(name);
  if (!model) return fail(404, "model '" + name + "' not found");
  if (!request_keep_alive(*body, settings_.keep_alive)) {
    return fail(400, "time: invalid duration " + quote(text_of(*body, "keep_alive")));
  }
  const Task task = task_of(call, *body);
  if (!task.has_prompt && !embeds(call) && body->contains("keep_alive") && task.keep_alive == 0) {
    scheduler_.unload(*model);
    connection.reply(200, kJson, whole_answer(call, *model, "", "unload", 0));
    return;
  }
  if (model->only_embeds() && !embeds(call)) {
    const std::string what = chats(call) ? " does not support chat" : " does not support generate";
    return fail(400, quote(model->name) + what);
  }
  use(connection, request, *model, task);
}

void Api::use(Connection& connection, const Request& request, const Model& model,
              const Task& task) {
  if (!wait_for_load(connection, model)) return;
  if (const std::string error = scheduler_.acquire(model, task.keep_alive); !error.empty()) {
    connection.reply(500, kJson, error_body(task.call, error));
    return;
  }
  if (task.has_prompt) {
    compute(connection, request, model, task);
  } else if (embeds(task.call)) {
    connection.reply(200, kJson, embedding(task.call, model, false));
  } else {
    connection.reply(200, kJson, whole_answer(task.call, model, "", "load", 0));
  }
  scheduler_.release(model);
}

void Api::compute(Connection& connection, const Request& request, const Model& model,
                  const Task& task) {
  const Turn turn(turns_of(model), connection);
  if (turn && embeds(task.call)) {
    connection.reply(200, kJson, embedding(task.call, model, true));
  } else if (!turn || !speak(connection, request, model, task)) {
    log_.info("llama_server.go:1540",
              "aborting completion request due to client closing the connection");
    if (connection.status() == 0) connection.reply(500, kJson, "");
    connection.abandon();
  }
}

// Token by token; false: the client has gone.
bool Api::speak(Connection& connection, const Request& request, const Model& model,
                const Task& task) {
  std::string whole;
  auto due = Clock::now();
  for (int i = 0; i < task.tokens; ++i) {
    due += std::chrono::milliseconds(script_.token_ms);
    work_until(due, script_.token_ms, script_.token_cpu);
    if (!outlasts_hang(script_, connection, request)) return false;
    if (!connection.client_is_there()) return false;
    const std::string token = "word" + std::to_string(i) + " ";
    whole += token;
    if (task.streams && i == 0) connection.begin_chunks(stream_type(task.call));
    if (task.streams) connection.chunk(stream_piece(task.call, model, token));
  }
  const std::string_view reason = task.limited ? "length" : "stop";
  if (task.streams) {
    connection.chunk(stream_end(task.call, model, reason, task.tokens));
    return connection.chunk("");
  }
  return connection.reply(200, kJson, whole_answer(task.call, model, whole, reason, task.tokens));
}

// False: it is none that only looks.
bool Api::get(Connection& connection, const Request& request) {
  const bool head = request.method == "HEAD";
  if (!head && request.method != "GET") return false;
  if (request.path == "/") {
    connection.reply(200, "text/plain; charset=utf-8", "Ollama is running", head);
  } else if (request.path == "/api/version") {
    const std::string version = "{\"version\":" + json_quote(script_.version_text) + "}";
    connection.reply(200, kJson, version, head);
  } else if (request.path == "/api/tags") {
    connection.reply(200, kJson, tags(), head);
  } else if (request.path == "/api/ps") {
    connection.reply(200, kJson, processes(), head);
  } else if (request.path == "/api/status" && script_.version.has_llama_server()) {
    connection.reply(200, kJson, R"({"cloud":{"disabled":false,"source":"none"}})", head);
  } else {
    return false;
  }
  return true;
}

void Api::answer(Connection& connection, const Request& request) {
  if (!outlasts_hang(script_, connection, request)) return connection.abandon();
  if (loopback_ && !is_allowed(request.host)) {
    connection.reply(403, kJson, "", request.method == "HEAD");
    return;
  }
  if (misanswers(script_, connection, request)) return;
  const bool post = request.method == "POST";
  const auto call = call_of(request.path);
  if (post && call) {
    generate(connection, request, *call);
  } else if (post && request.path == "/api/show") {
    show(connection, request);
  } else if (!get(connection, request) &&
             !answer_store(connection, request, scheduler_, script_.pull_ms)) {
    connection.reply(404, "text/plain", "404 page not found", request.method == "HEAD");
  }
}

}  // namespace ollama_standin
