// SPDX-License-Identifier: MIT
// How an answer of a model is worded: in Ollama's own calls and in OpenAI's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ollama_standin/script.hpp"

namespace ollama_standin {

inline constexpr std::string_view kJson = "application/json; charset=utf-8";

enum class Call {
  generate,
  chat,
  embed,
  old_embed,
  openai_text,
  openai_chat,
  openai_embed,
};

std::optional<Call> call_of(std::string_view path);
bool is_openai(Call call);
bool embeds(Call call);
bool chats(Call call);
std::string_view prompt_key(Call call);  // the member of the request that has the prompt

std::string digest_of(const Model& model);

std::string error_body(std::string_view message);
std::string error_body(Call call, std::string_view message);

// A whole answer in one piece; `tokens`: how many it has.
std::string whole_answer(Call call, const Model& model, std::string_view text,
                         std::string_view reason, int tokens);
std::string embedding(Call call, const Model& model, bool any);

// One in many pieces, each with what frames it.
std::string_view stream_type(Call call);
std::string stream_piece(Call call, const Model& model, std::string_view text);
std::string stream_end(Call call, const Model& model, std::string_view reason, int tokens);

}  // namespace ollama_standin
