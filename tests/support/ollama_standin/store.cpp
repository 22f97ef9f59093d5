// SPDX-License-Identifier: MIT
#include "ollama_standin/store.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "ollama_standin/go_text.hpp"
#include "ollama_standin/json.hpp"
#include "ollama_standin/wording.hpp"

namespace ollama_standin {

namespace {

using Lines = std::vector<std::string>;

std::string status(std::string_view text) { return "{\"status\":" + json_quote(text) + "}"; }

// Older clients say "name".
std::string model_of(const JsonObject& body) {
  const std::string name = text_of(body, "model");
  return name.empty() ? text_of(body, "name") : name;
}

Lines progress(std::string_view verb, const Model& model) {
  constexpr std::uint64_t kSteps = 5;
  const std::string digest = "sha256:" + digest_of(model);
  const std::string head =
      "{\"status\":" + json_quote(std::string(verb) + " " + digest.substr(7, 12)) +
      ",\"digest\":\"" + digest + "\",\"total\":" + std::to_string(model.size) + ",\"completed\":";
  Lines lines{status(std::string(verb) + " manifest")};
  for (std::uint64_t i = 0; i <= kSteps; ++i) {
    lines.push_back(head + std::to_string(model.size * i / kSteps) + "}");
  }
  return lines;
}

// Line by line, spread over this time; or the last one alone.
void tell(Connection& connection, const JsonObject& body, const Lines& lines, int milliseconds) {
  const bool whole = text_of(body, "stream") == "false";
  if (!whole && !connection.begin_chunks("application/x-ndjson")) return;
  const auto start = std::chrono::steady_clock::now();
  const auto step = std::chrono::milliseconds(milliseconds) / lines.size();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::this_thread::sleep_until(start + i * step);
    if (!connection.client_is_there()) return connection.abandon();
    if (!whole) connection.chunk(lines[i] + "\n");
  }
  if (whole) {
    connection.reply(200, kJson, lines.back());
  } else {
    connection.chunk("");
  }
}

void move_model(Connection& connection, const JsonObject& body, std::string_view verb,
                const Scheduler& scheduler, int milliseconds) {
  const Model* model = scheduler.find(model_of(body));
  if (!model) {
    tell(connection, body,
         {status(std::string(verb) + " manifest"),
          error_body("pull model manifest: file does not exist")},
         0);
    return;
  }
  Lines lines = progress(verb, *model);
  if (verb == "pulling") {
    lines.push_back(status("verifying sha256 digest"));
    lines.push_back(status("writing manifest"));
  }
  lines.push_back(status("success"));
  tell(connection, body, lines, milliseconds);
}

// Copies and deletes: nothing to say but that it is done.
void change(Connection& connection, const std::string& name, const Scheduler& scheduler) {
  if (scheduler.find(name)) {
    connection.reply(200, kJson, "");
  } else {
    connection.reply(404, kJson, error_body("model '" + name + "' not found"));
  }
}

}  // namespace

bool answer_store(Connection& connection, const Request& request, const Scheduler& scheduler,
                  int pull_ms) {
  const std::string& path = request.path;
  const bool post = request.method == "POST";
  if (path.starts_with("/api/blobs/")) {
    connection.reply(post ? 201 : 200, "text/plain", "", request.method == "HEAD");
    return true;
  }
  const JsonObject body = parse_object(request.body).value_or(JsonObject());
  if (post && path == "/api/pull") {
    move_model(connection, body, "pulling", scheduler, pull_ms);
  } else if (post && path == "/api/push") {
    move_model(connection, body, "pushing", scheduler, pull_ms);
  } else if (post && path == "/api/create") {
    tell(connection, body, {status("writing manifest"), status("success")}, 0);
  } else if (post && path == "/api/copy") {
    change(connection, text_of(body, "source"), scheduler);
  } else if ((post || request.method == "DELETE") && path == "/api/delete") {
    change(connection, model_of(body), scheduler);
  } else {
    return false;
  }
  return true;
}

}  // namespace ollama_standin
