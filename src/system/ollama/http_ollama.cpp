// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/ollama/http_ollama.hpp"

#include "system/ollama/http_exchange.hpp"
#include "system/ollama/ollama_reply.hpp"

namespace ollama_gpu {
namespace {

// What may stand in a URL's host; a name from a unit file can hold anything.
bool is_host(const std::string& host) {
  constexpr std::string_view kAllowed =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:%";
  return !host.empty() && host.find_first_not_of(kAllowed) == std::string::npos;
}

std::string address_of_service(const ports::OllamaService& service) {
  return service.endpoint.connectable().text();
}

Result<HttpQuestion> question_to(const ports::OllamaService& service, const std::string& path,
                                 const HttpOllama::CheckOtherEnd& check) {
  Endpoint target = service.endpoint.connectable();
  if (!is_host(target.host)) {
    return fail(Errc::failed, "cannot ask Ollama: \"" + target.host + "\" is no host name");
  }
  HttpQuestion question;
  question.address = service.address;
  question.port = target.port;
  // The numeric address: an Ollama on loopback refuses names that it does not know
  // (server/routes.go, allowedHostsMiddleware). A zone means nothing there.
  target.host = service.address.substr(0, service.address.find('%'));
  question.host = target.text();
  question.path = path;
  question.check = [&](int fd) { return check(fd, service.control_group); };
  return question;
}

// What went wrong, if anything did; `what`: what could not be done.
std::optional<Error> fault_of(const HttpAnswer& answer, const std::string& what) {
  std::string reason;
  Errc code = Errc::failed;
  switch (answer.end) {
    case HttpAnswer::End::answered: {
      if (answer.status == 200) return std::nullopt;
      const std::string told = reply::error_text(answer.body);
      reason =
          "HTTP status " + std::to_string(answer.status) + (told.empty() ? "" : " (" + told + ")");
      break;
    }
    case HttpAnswer::End::not_connected:
      code = Errc::not_found;
      reason = "nobody listens there";
      break;
    case HttpAnswer::End::not_allowed:
      code = answer.refused->code;
      reason = answer.refused->message;
      break;
    case HttpAnswer::End::too_large:
      reason = "the answer is larger than 4 MiB";
      break;
    case HttpAnswer::End::ended:
      reason = "no answer in time";
      break;
    case HttpAnswer::End::broken:
      reason = "the answer is not HTTP, or was cut off";
      break;
  }
  return Error{code, what + ": " + reason};
}

// The same where a model was asked for.
std::optional<Error> fault_of_model(const HttpAnswer& answer, const std::string& what) {
  if (answer.end == HttpAnswer::End::ended) return Error{Errc::interrupted, what + ": given up"};
  auto fault = fault_of(answer, what);
  if (!fault) return std::nullopt;
  if (fault->code == Errc::not_found) fault->code = Errc::failed;
  if (answer.status == 404) fault->code = Errc::not_found;
  if (answer.status == 503) fault->code = Errc::busy;
  return fault;
}

}  // namespace

Result<std::string> HttpOllama::ask(const OllamaService& service, const std::string& path,
                                    Seconds timeout, std::optional<std::string> json) {
  auto question = question_to(service, path, check_);
  if (!question) return Failure(question.error());
  question->json = std::move(json);
  question->tick = [timeout](Seconds waited) { return waited < timeout; };
  HttpAnswer answer = exchange(*question);
  const std::string what = "cannot ask http://" + address_of_service(service) + path;
  if (auto fault = fault_of(answer, what)) return Failure(std::move(*fault));
  return std::move(answer.body);
}

// Ollama takes a question without a prompt for "load it" or, with keep_alive 0, for "unload it"
// (server/routes.go); to a model that only embeds the question is another.
Result<void> HttpOllama::keep(const OllamaService& service, const std::string& model,
                              std::optional<ports::KeepAlive> keep_alive, const Tick& tick) {
  const bool unload = keep_alive && keep_alive->count() == 0;
  const std::string what = std::string("cannot ") + (unload ? "unload " : "load ") + model;
  HttpAnswer answer;
  for (const char* path : {"/api/generate", "/api/embed"}) {
    auto question = question_to(service, path, check_);
    if (!question) return Failure(question.error());
    question->json = reply::question(model, keep_alive);
    question->tick = tick;
    answer = exchange(*question);
    if (!reply::cannot_generate(answer.status, answer.body)) break;
  }
  if (auto fault = fault_of_model(answer, what)) return Failure(std::move(*fault));
  return reply::done(answer.body, what);
}

Result<void> HttpOllama::probe(const OllamaService& service, const std::string& model,
                               const Tick& tick) {
  auto question = question_to(service, "/api/generate", check_);
  if (!question) return Failure(question.error());
  question->json = reply::question_for_a_token(model);
  question->tick = tick;
  const HttpAnswer answer = exchange(*question);
  const std::string what = "no answer of " + model;
  if (auto fault = fault_of_model(answer, what)) return Failure(std::move(*fault));
  return reply::has_token(answer.body, what);
}

Result<std::string> HttpOllama::version(const OllamaService& service, Seconds timeout) {
  const auto body = ask(service, "/api/version", timeout);
  if (!body) return Failure(body.error());
  return reply::version(*body, service.endpoint.text());
}

Result<std::vector<ports::LoadedModel>> HttpOllama::loaded(const OllamaService& service,
                                                           Seconds timeout) {
  const auto body = ask(service, "/api/ps", timeout);
  if (!body) return Failure(body.error());
  return reply::loaded(*body, service.endpoint.text());
}

Result<std::vector<ports::InstalledModel>> HttpOllama::installed(const OllamaService& service,
                                                                 Seconds timeout) {
  const auto body = ask(service, "/api/tags", timeout);
  if (!body) return Failure(body.error());
  return reply::installed(*body, service.endpoint.text());
}

Result<std::optional<ModelShape>> HttpOllama::shape(const OllamaService& service,
                                                    const std::string& model, Seconds timeout) {
  const auto body = ask(service, "/api/show", timeout, reply::question(model, std::nullopt));
  if (!body) return Failure(body.error());
  return reply::shape(*body, service.endpoint.text());
}

Result<void> HttpOllama::load(const OllamaService& service, const std::string& model,
                              std::optional<ports::KeepAlive> keep_alive, const Tick& tick) {
  // Nought would unload it.
  if (keep_alive && keep_alive->count() == 0) keep_alive = ports::KeepAlive(1);
  return keep(service, model, keep_alive, tick);
}

Result<void> HttpOllama::unload(const OllamaService& service, const std::string& model,
                                const Tick& tick) {
  return keep(service, model, ports::KeepAlive(0), tick);
}

}  // namespace ollama_gpu
