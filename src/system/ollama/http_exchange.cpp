// SPDX-License-Identifier: MIT
#include "system/ollama/http_exchange.hpp"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <signal.h>
#include <sys/socket.h>

#include <memory>

namespace ollama_gpu {
namespace {

constexpr ev_ssize_t kMaxReply = ev_ssize_t{4} << 20U;
constexpr ev_ssize_t kMaxHeaders = ev_ssize_t{64} << 10U;
constexpr timeval kTickTime{0, 100'000};
constexpr int kNoLimit = 365 * 86400;  // seconds; the tick ends it

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using EventBase = std::unique_ptr<event_base, FreeWith<event_base_free>>;
using Connection = std::unique_ptr<evhttp_connection, FreeWith<evhttp_connection_free>>;
using Timer = std::unique_ptr<event, FreeWith<event_free>>;

// A connection that the other side closes must not end a command that leaves SIGPIPE as it is.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &former_);
  }
  ~WithoutSigpipe() {
    const timespec now{0, 0};
    if (sigismember(&former_, SIGPIPE) == 0) sigtimedwait(&pipe_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &former_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t former_{};
};

class Exchange {
 public:
  explicit Exchange(const HttpQuestion& question) : question_(question) {}

  HttpAnswer run() {
    event_set_log_callback([](int, const char*) {});  // what matters comes as an error
    base_.reset(event_base_new());
    if (base_) {
      connection_.reset(evhttp_connection_base_new(base_.get(), nullptr, question_.address.c_str(),
                                                   question_.port));
    }
    if (!connection_ || !send()) return {};
    timer_.reset(event_new(base_.get(), -1, EV_PERSIST, on_tick, this));
    if (!timer_ || event_add(timer_.get(), &kTickTime) != 0) return {};
    event_base_dispatch(base_.get());
    return std::move(answer_);
  }

 private:
  bool send() {
    evhttp_connection* const connection = connection_.get();
    evhttp_connection_set_max_body_size(connection, kMaxReply);
    evhttp_connection_set_max_headers_size(connection, kMaxHeaders);
    evhttp_connection_set_timeout(connection, kNoLimit);
    evbuffer* const output = bufferevent_get_output(evhttp_connection_get_bufferevent(connection));
    if (evbuffer_add_cb(output, on_output, this) == nullptr) return false;
    evhttp_request* const request = evhttp_request_new(on_answer, this);  // the connection's soon
    if (request == nullptr) return false;
    evhttp_request_set_error_cb(request, on_error);
    evkeyvalq* const headers = evhttp_request_get_output_headers(request);
    evhttp_add_header(headers, "Host", question_.host.c_str());
    evhttp_add_header(headers, "Accept", "application/json");
    evhttp_add_header(headers, "Connection", "close");
    if (question_.json) {
      evhttp_add_header(headers, "Content-Type", "application/json");
      evbuffer_add(evhttp_request_get_output_buffer(request), question_.json->data(),
                   question_.json->size());
    }
    return evhttp_make_request(connection, request,
                               question_.json ? EVHTTP_REQ_POST : EVHTTP_REQ_GET,
                               question_.path.c_str()) == 0;
  }

  void end(HttpAnswer::End how) {
    if (!ended_) answer_.end = how;
    ended_ = true;
    event_base_loopbreak(base_.get());
  }

  // The first bytes of the question are about to leave: the connection is there. One that is not
  // allowed is shut down, and what was to be sent is never written.
  static void on_output(evbuffer*, const evbuffer_cb_info* info, void* self) {
    auto& that = *static_cast<Exchange*>(self);
    if (info->n_added == 0 || that.connected_) return;
    that.connected_ = true;
    const int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(that.connection_.get()));
    auto allowed = that.question_.check(fd);
    if (allowed) return;
    shutdown(fd, SHUT_RDWR);
    that.answer_.refused = std::move(allowed.error());
    that.end(HttpAnswer::End::not_allowed);
  }

  static void on_answer(evhttp_request* request, void* self) {
    auto& that = *static_cast<Exchange*>(self);
    if (that.ended_ || request == nullptr) return that.end(that.why_none());
    that.answer_.status = evhttp_request_get_response_code(request);
    if (that.answer_.status == 0) return that.end(that.why_none());
    evbuffer* const body = evhttp_request_get_input_buffer(request);
    that.answer_.body.resize(evbuffer_get_length(body));
    evbuffer_remove(body, that.answer_.body.data(), that.answer_.body.size());
    that.end(HttpAnswer::End::answered);
  }

  HttpAnswer::End why_none() const {
    return connected_ ? HttpAnswer::End::broken : HttpAnswer::End::not_connected;
  }

  static void on_error(evhttp_request_error error, void* self) {
    auto& that = *static_cast<Exchange*>(self);
    that.end(error == EVREQ_HTTP_DATA_TOO_LONG ? HttpAnswer::End::too_large : that.why_none());
  }

  static void on_tick(evutil_socket_t, short, void* self) {
    auto& that = *static_cast<Exchange*>(self);
    const auto waited = std::chrono::steady_clock::now() - that.start_;
    if (!that.question_.tick(waited)) that.end(HttpAnswer::End::ended);
  }

  const HttpQuestion& question_;
  HttpAnswer answer_ = {};
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool connected_ = false;
  bool ended_ = false;
  EventBase base_ = {};
  Connection connection_ = {};
  Timer timer_ = {};
};

}  // namespace

HttpAnswer exchange(const HttpQuestion& question) {
  const WithoutSigpipe guard;
  return Exchange(question).run();
}

}  // namespace ollama_gpu
