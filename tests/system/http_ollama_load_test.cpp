// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "http_server.hpp"
#include "ollama_gpu/system/ollama/http_ollama.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using Seconds = HttpOllama::Seconds;
using ports::KeepAlive;

bool patiently(Seconds /*elapsed*/) { return true; }

// Answers every request from a list, the last one again and again, and keeps what was asked.
class Recorder {
 public:
  explicit Recorder(std::vector<std::string> replies)
      : replies_(std::move(replies)), server_([this](int fd, const std::string& request) {
          const std::lock_guard lock(mutex_);
          const std::size_t which = std::min(requests_.size(), replies_.size() - 1);
          requests_.push_back(request);
          HttpServer::reply(replies_[which])(fd, request);
        }) {}

  Endpoint endpoint() const { return server_.endpoint(); }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> replies_;
  std::vector<std::string> requests_;
  HttpServer server_;
};

const std::string kLoaded =
    HttpServer::ok(R"({"model":"a","response":"","done":true,"done_reason":"load"})");

TEST(HttpOllamaLoad, asks_without_a_prompt) {
  Recorder server({kLoaded});
  HttpOllama ollama(anybody);
  EXPECT_TRUE(ollama.load(at(server.endpoint()), "a:70b", std::nullopt, patiently));
  EXPECT_TRUE(ollama.load(at(server.endpoint()), "a\"b", KeepAlive(-1), patiently));
  EXPECT_TRUE(ollama.load(at(server.endpoint()), "a", KeepAlive(90), patiently));
  // Nought would unload it.
  EXPECT_TRUE(ollama.load(at(server.endpoint()), "a", KeepAlive(0), patiently));
  EXPECT_TRUE(ollama.unload(at(server.endpoint()), "a", patiently));
  const auto requests = server.requests();
  EXPECT_THAT(requests.at(0), HasSubstr("POST /api/generate HTTP/1.1\r\n"));
  EXPECT_THAT(requests.at(0), HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(requests, ElementsAre(EndsWith("\r\n{\"model\":\"a:70b\"}"),
                                    EndsWith("\r\n{\"keep_alive\":-1,\"model\":\"a\\\"b\"}"),
                                    EndsWith("\r\n{\"keep_alive\":90,\"model\":\"a\"}"),
                                    EndsWith("\r\n{\"keep_alive\":1,\"model\":\"a\"}"),
                                    EndsWith("\r\n{\"keep_alive\":0,\"model\":\"a\"}")));
}

TEST(HttpOllamaLoad, a_model_that_only_embeds_is_asked_to_embed) {
  const std::string name(100, 'e');
  Recorder server({HttpServer::answer("400 Bad Request", R"({"error":"\")" + name +
                                                             R"(\" does not support generate"})"),
                   HttpServer::ok(R"({"model":"e","embeddings":[]})")});
  EXPECT_TRUE(HttpOllama(anybody).load(at(server.endpoint()), name, KeepAlive(-1), patiently));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_THAT(requests.at(1), HasSubstr("POST /api/embed HTTP/1.1\r\n"));
  EXPECT_THAT(requests.at(1), EndsWith("{\"keep_alive\":-1,\"model\":\"" + name + "\"}"));
}

Error error_of(const std::string& status, const std::string& body) {
  Recorder server({HttpServer::answer(status, body)});
  const auto done =
      HttpOllama(anybody).load(at(server.endpoint()), "llama3", std::nullopt, patiently);
  return done ? Error{} : done.error();
}

TEST(HttpOllamaLoad, errors_say_why) {
  const Error missing = error_of("404 Not Found", R"({"error":"model 'llama3' not found"})");
  EXPECT_EQ(missing.code, Errc::not_found);
  EXPECT_THAT(missing.message,
              HasSubstr("cannot load llama3: HTTP status 404 (model 'llama3' not"));
  const Error busy =
      error_of("503 Service Unavailable", R"({"error":"server busy, please try again."})");
  EXPECT_EQ(busy.code, Errc::busy);
  EXPECT_THAT(busy.message, HasSubstr("server busy"));
  const Error failed = error_of("500 Internal Server Error", R"({"error":"no room"})");
  EXPECT_EQ(failed.code, Errc::failed);
  EXPECT_THAT(failed.message, HasSubstr("no room"));
  EXPECT_EQ(error_of("400 Bad Request", R"({"error":"bad name"})").code, Errc::failed);
  EXPECT_THAT(error_of("200 OK", R"({"error":"late"})").message, EndsWith("llama3: late"));
  EXPECT_THAT(error_of("200 OK", "hello").message, HasSubstr("\"hello\""));
}

TEST(HttpOllamaLoad, nobody_listens) {
  Endpoint gone;
  {
    const HttpServer server(HttpServer::reply(""));
    gone = server.endpoint();
  }
  const auto done = HttpOllama(anybody).load(at(gone), "a", std::nullopt, patiently);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::failed);
  EXPECT_THAT(done.error().message, HasSubstr("nobody listens"));
  EXPECT_FALSE(HttpOllama(anybody).load(at({"a b", 1}), "a", std::nullopt, patiently));
}

TEST(HttpOllamaLoad, takes_as_long_as_it_takes_and_tells_the_time) {
  std::atomic<bool> go = false;
  const HttpServer server([&go](int fd, const std::string& request) {
    while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    HttpServer::reply(kLoaded)(fd, request);
  });
  std::vector<double> told;
  const auto done =
      HttpOllama(anybody).load(at(server.endpoint()), "a", std::nullopt, [&](Seconds elapsed) {
        told.push_back(elapsed.count());
        go = told.size() >= 4;
        return true;
      });
  EXPECT_TRUE(done);
  ASSERT_GE(told.size(), 4U);
  EXPECT_GT(told.back(), told.front());
  EXPECT_LT(told.at(3), 3.0);
}

TEST(HttpOllamaLoad, giving_up_closes_the_connection) {
  std::atomic<bool> closed = false;
  const HttpServer server([&closed](int fd, const std::string&) {
    pollfd poller{fd, POLLIN | POLLRDHUP, 0};
    closed = poll(&poller, 1, 5000) == 1 && (poller.revents & POLLRDHUP) != 0;
  });
  int ticks = 0;
  HttpOllama ollama(anybody);
  const auto done = ollama.load(at(server.endpoint()), "a", std::nullopt,
                                [&ticks](Seconds) { return ++ticks < 3; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::interrupted);
  for (int i = 0; i < 500 && !closed; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(closed);
  // And it can be asked again.
  const HttpServer other(HttpServer::reply(HttpServer::ok(R"({"version":"1"})")));
  EXPECT_EQ(ollama.version(at(other.endpoint()), Seconds(5)), "1");
}

}  // namespace
}  // namespace ollama_gpu
