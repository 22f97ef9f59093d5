// SPDX-License-Identifier: MIT
#include "ollama_standin/api.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "ollama_standin/go_text.hpp"
#include "ollama_standin/json.hpp"
#include "ollama_standin/responder.hpp"

namespace ollama_standin {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kJson = "application/json; charset=utf-8";

std::string error_body(std::string_view message) {
  return "{\"error\":" + json_quote(message) + "}";
}

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

std::string digest_of(const Model& model) {
  std::array<char, 32> part{};
  std::snprintf(part.data(), part.size(), "%016zx", std::hash<std::string>{}(model.name));
  std::string digest;
  for (int i = 0; i < 4; ++i) digest += part.data();
  return digest;
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

std::string generated(const Model& model, std::string_view text, std::string_view reason) {
  std::string body = "{\"model\":" + json_quote(model.name) + ",\"created_at\":\"" +
                     rfc3339_nano(now()) + "\",\"response\":" + json_quote(text);
  body += reason.empty() ? ",\"done\":false" : ",\"done\":true";
  if (!reason.empty()) body += ",\"done_reason\":" + json_quote(reason);
  return body + "}";
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

// Takes this long, busy for this share of it.
void compute(int milliseconds, int percent) {
  const auto start = Clock::now();
  const auto busy_until = start + std::chrono::microseconds(10) * (milliseconds * percent);
  while (Clock::now() < busy_until) {
  }
  std::this_thread::sleep_until(start + std::chrono::milliseconds(milliseconds));
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
  connection.reply(200, kJson, "{" + details(*model) + ",\"model_info\":{" + info + "}}");
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

bool Api::stream(Connection& connection, const Model& model, bool chunked) {
  std::string whole;
  if (chunked && !connection.begin_chunks("application/x-ndjson")) return false;
  for (int i = 0; i < script_.tokens; ++i) {
    compute(script_.token_ms, script_.token_cpu);
    const std::string token = "word" + std::to_string(i) + " ";
    whole += token;
    if (chunked && !connection.chunk(generated(model, token, "") + "\n")) return false;
  }
  if (!chunked) return connection.reply(200, kJson, generated(model, whole, "stop"));
  return connection.chunk(generated(model, "", "stop") + "\n") && connection.chunk("");
}

void Api::generate(Connection& connection, const Request& request) {
  const auto body = parse_object(request.body);
  const auto text = [&body](std::string_view key) {
    const auto found = body->find(key);
    return found == body->end() ? std::string() : found->second.text;
  };
  if (!body) {
    connection.reply(400, kJson, error_body("invalid character in request body"));
    return;
  }
  const Model* model = scheduler_.find(text("model"));
  const auto keep_alive = request_keep_alive(*body, settings_.keep_alive);
  if (!model) {
    connection.reply(404, kJson, error_body("model '" + text("model") + "' not found"));
    return;
  }
  if (!keep_alive) {
    connection.reply(400, kJson, error_body("time: invalid duration " + quote(text("keep_alive"))));
    return;
  }
  const bool chat = request.path == "/api/chat";
  const bool embed = request.path == "/api/embed";
  const std::string prompt = text(chat ? "messages" : "prompt");
  const bool load_only = prompt.empty() || prompt == "[]";
  if (load_only && !embed && body->contains("keep_alive") && *keep_alive == 0) {
    scheduler_.unload(*model);
    connection.reply(200, kJson, generated(*model, "", "unload"));
    return;
  }
  if (model->only_embeds() && !embed) {
    const std::string what = chat ? " does not support chat" : " does not support generate";
    connection.reply(400, kJson, error_body(quote(model->name) + what));
    return;
  }
  const Task answer = text("stream") == "false" ? Task::answer : Task::stream;
  use(connection, *model, *keep_alive, embed ? Task::embed : load_only ? Task::nothing : answer);
}

void Api::use(Connection& connection, const Model& model, Duration keep_alive, Task task) {
  if (!wait_for_load(connection, model)) return;
  if (const std::string error = scheduler_.acquire(model, keep_alive); !error.empty()) {
    connection.reply(500, kJson, error_body(error));
    return;
  }
  if (task == Task::embed) {
    connection.reply(200, kJson, "{\"model\":" + json_quote(model.name) + ",\"embeddings\":[]}");
  } else if (task == Task::nothing) {
    connection.reply(200, kJson, generated(model, "", "load"));
  } else {
    stream(connection, model, task == Task::stream);
  }
  scheduler_.release(model);
}

void Api::answer(Connection& connection, const Request& request) {
  const bool head = request.method == "HEAD";
  const bool get = head || request.method == "GET";
  if (loopback_ && !is_allowed(request.host)) {
    connection.reply(403, kJson, "", head);
    return;
  }
  if (misanswers(script_, connection, request)) return;
  if (request.method == "POST" && (request.path == "/api/generate" || request.path == "/api/chat" ||
                                   request.path == "/api/embed")) {
    generate(connection, request);
  } else if (request.method == "POST" && request.path == "/api/show") {
    show(connection, request);
  } else if (get && request.path == "/") {
    connection.reply(200, "text/plain; charset=utf-8", "Ollama is running", head);
  } else if (get && request.path == "/api/version") {
    const std::string version = "{\"version\":" + json_quote(script_.version_text) + "}";
    connection.reply(200, kJson, version, head);
  } else if (get && request.path == "/api/tags") {
    connection.reply(200, kJson, tags(), head);
  } else if (get && request.path == "/api/ps") {
    connection.reply(200, kJson, processes(), head);
  } else if (get && request.path == "/api/status" && script_.version.has_llama_server()) {
    connection.reply(200, kJson, R"({"cloud":{"disabled":false,"source":"none"}})", head);
  } else {
    connection.reply(404, "text/plain", "404 page not found", head);
  }
}

}  // namespace ollama_standin
