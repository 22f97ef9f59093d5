// SPDX-License-Identifier: MIT
#include "ollama_standin/wording.hpp"

#include <array>
#include <cstdio>
#include <functional>
#include <utility>

#include "ollama_standin/go_text.hpp"
#include "ollama_standin/go_time.hpp"

namespace ollama_standin {

namespace {

constexpr std::array kPaths{
    std::pair{std::string_view("/api/generate"), Call::generate},
    std::pair{std::string_view("/api/chat"), Call::chat},
    std::pair{std::string_view("/api/embed"), Call::embed},
    std::pair{std::string_view("/api/embeddings"), Call::old_embed},
    std::pair{std::string_view("/v1/completions"), Call::openai_text},
    std::pair{std::string_view("/v1/chat/completions"), Call::openai_chat},
    std::pair{std::string_view("/v1/embeddings"), Call::openai_embed},
};

std::string message(std::string_view text) {
  return R"({"role":"assistant","content":)" + json_quote(text) + "}";
}

std::string quoted_or_null(std::string_view text) {
  return text.empty() ? "null" : json_quote(text);
}

// Ollama's own; with a reason it is the last piece.
std::string own(Call call, const Model& model, std::string_view text, std::string_view reason,
                int tokens) {
  std::string body =
      "{\"model\":" + json_quote(model.name) + ",\"created_at\":\"" + rfc3339_nano(now()) + "\",";
  body += call == Call::chat ? "\"message\":" + message(text) : "\"response\":" + json_quote(text);
  if (reason.empty()) return body + ",\"done\":false}";
  body += ",\"done\":true,\"done_reason\":" + json_quote(reason);
  if (tokens > 0) body += ",\"eval_count\":" + std::to_string(tokens);
  return body + "}";
}

std::string openai_head(const Model& model, std::string_view object) {
  return "{\"id\":\"chatcmpl-1\",\"object\":" + json_quote(object) +
         ",\"created\":" + std::to_string(now().second) + ",\"model\":" + json_quote(model.name) +
         ",\"system_fingerprint\":\"fp_ollama\"";
}

std::string usage(int tokens) {
  const std::string count = std::to_string(tokens);
  return ",\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":" + count +
         ",\"total_tokens\":" + count + "}";
}

// `key`: "delta" in a stream, "message" in a whole answer; OpenAI's older call has a text alone.
std::string choice(Call call, std::string_view key, std::string_view text,
                   std::string_view reason) {
  std::string body = ",\"choices\":[{\"index\":0,";
  if (call == Call::openai_text) {
    body += "\"text\":" + json_quote(text);
  } else {
    body += json_quote(key) + ":" + message(text);
  }
  return body + ",\"finish_reason\":" + quoted_or_null(reason) + "}]";
}

std::string openai_piece(Call call, const Model& model, std::string_view text,
                         std::string_view reason) {
  const bool old = call == Call::openai_text;
  return openai_head(model, old ? "text_completion" : "chat.completion.chunk") +
         choice(call, "delta", text, reason) + "}";
}

std::string as_event(const std::string& body) { return "data: " + body + "\n\n"; }

}  // namespace

std::optional<Call> call_of(std::string_view path) {
  for (const auto& [known, call] : kPaths) {
    if (known == path) return call;
  }
  return std::nullopt;
}

bool is_openai(Call call) {
  return call == Call::openai_text || call == Call::openai_chat || call == Call::openai_embed;
}

bool embeds(Call call) {
  return call == Call::embed || call == Call::old_embed || call == Call::openai_embed;
}

bool chats(Call call) { return call == Call::chat || call == Call::openai_chat; }

std::string_view prompt_key(Call call) {
  if (chats(call)) return "messages";
  return call == Call::embed || call == Call::openai_embed ? "input" : "prompt";
}

std::string digest_of(const Model& model) {
  std::array<char, 32> part{};
  std::snprintf(part.data(), part.size(), "%016zx", std::hash<std::string>{}(model.name));
  std::string digest;
  for (int i = 0; i < 4; ++i) digest += part.data();
  return digest;
}

std::string error_body(std::string_view message) {
  return "{\"error\":" + json_quote(message) + "}";
}

std::string error_body(Call call, std::string_view text) {
  if (!is_openai(call)) return error_body(text);
  return "{\"error\":{\"message\":" + json_quote(text) +
         R"(,"type":"api_error","param":null,"code":null}})";
}

std::string whole_answer(Call call, const Model& model, std::string_view text,
                         std::string_view reason, int tokens) {
  if (!is_openai(call)) return own(call, model, text, reason, tokens);
  const bool old = call == Call::openai_text;
  return openai_head(model, old ? "text_completion" : "chat.completion") +
         choice(call, "message", text, reason) + usage(tokens) + "}";
}

std::string embedding(Call call, const Model& model, bool any) {
  const std::string numbers = any ? "[0.6,0.8]" : "[]";
  const std::string name = json_quote(model.name);
  if (call == Call::old_embed) return "{\"embedding\":" + numbers + "}";
  if (call == Call::embed) {
    return "{\"model\":" + name + ",\"embeddings\":" + (any ? "[" + numbers + "]" : "[]") + "}";
  }
  return R"({"object":"list","data":[{"object":"embedding","embedding":)" + numbers +
         ",\"index\":0}],\"model\":" + name + usage(0) + "}";
}

std::string_view stream_type(Call call) {
  return is_openai(call) ? "text/event-stream" : "application/x-ndjson";
}

std::string stream_piece(Call call, const Model& model, std::string_view text) {
  if (is_openai(call)) return as_event(openai_piece(call, model, text, ""));
  return own(call, model, text, "", 0) + "\n";
}

std::string stream_end(Call call, const Model& model, std::string_view reason, int tokens) {
  if (is_openai(call)) return as_event(openai_piece(call, model, "", reason)) + as_event("[DONE]");
  return own(call, model, "", reason, tokens) + "\n";
}

}  // namespace ollama_standin
