// SPDX-License-Identifier: MIT
#include "cli/run.hpp"

#include <cstdio>
#include <exception>
#include <iostream>
#include <new>

#include "cli/arguments.hpp"
#include "cli/completion/script.hpp"
#include "cli/help.hpp"
#include "cli/session.hpp"
#include "ollama_gpu/app/out_of_memory.hpp"
#include "ollama_gpu/system/host/terminal.hpp"

namespace ollama_gpu::cli {
namespace {

int dispatch(const Invocation& invocation, Session& session) {
  if (invocation.error) return session.finish_error(*invocation.error);
  if (invocation.options.version) return session.finish_text("version", version_text());
  if (invocation.options.help) {
    return session.finish_text("help", help_text(invocation.command, session.style()));
  }
  return invocation.command->run(session);
}

// Without a look at anything else: it must be quick.
int print_version() {
  const auto written = write_out(version_text());
  if (!written) StreamMessages(std::cerr, {}, ports::Verbosity::normal).error(written.error());
  return written ? 0 : exit_code(written.error());
}

}  // namespace

int run(int argc, const char* const* argv) {
  open_standard_streams();
  if (argc == 2 && std::string_view(argv[1]) == "--version") return print_version();
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (!arguments.empty() && arguments.front() == "__complete") {
    return complete({arguments.begin() + 1, arguments.end()});
  }
  const Invocation invocation = read_arguments(arguments);
  Session session(invocation);
  try {
    return dispatch(invocation, session);
  } catch (const app::LeftWritten& left) {
    std::fprintf(stderr, "error: %s\n", left.what());
    return exit_code({Errc::failed, "", "", std::nullopt, 0});
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& exception) {
    return session.finish_error(
        {Errc::failed, exception.what(), "this is a bug in ollama-gpu: please report it"});
  }
}

}  // namespace ollama_gpu::cli
