// SPDX-License-Identifier: MIT
#include <array>

#include "core/doctor/finding_tables.hpp"

namespace ollama_gpu {

namespace {

// code, severity, title, why, explanation
// clang-format off
constexpr std::array kSharedFindings{
  FindingKind{"OG701", Severity::error, "a server or the entry is not up",
    "those that are up have all the requests, or clients find nobody at all",
    "With --replicas several servers stand behind ollama-gpu-entry.service. systemctl status of the one that is named "
    "shows why it is down; configure starts what is missing. A server that HAProxy calls DOWN does not answer "
    "GET /api/version."},
  FindingKind{"OG702", Severity::warning, "the other servers are of an older unit",
    "Ollama's installer has written the service's unit anew, and the others still start as the former one said",
    "The template of the other servers is a copy of the service's unit, since systemd takes no template that is a link "
    "to it. configure makes the copy anew and restarts one server after another."},
  FindingKind{"OG703", Severity::warning, "models too large for one server's GPUs",
    "what does not fit on them is computed on the CPU, on each server",
    "Each server has its own share of the GPUs. A model that needs several takes fewer servers: --replicas=2 on four "
    "GPUs gives each two, spread inside."},
  FindingKind{"OG704", Severity::warning, "a smaller default context than on all GPUs",
    "Ollama chooses the default by the memory that it sees: long conversations are cut where they were not before",
    "47 GiB and more give 262144 tokens, 23 GiB and more 32768, less 4096. With servers on single GPUs each sees less. "
    "Set what you need with --context-length."},
  FindingKind{"OG705", Severity::info, "models that are answered one request at a time",
    "HAProxy hands each server as many requests as OLLAMA_NUM_PARALLEL says, and the rest waits in the server",
    "For some architectures, and for embeddings, Ollama answers one request at a time whatever is set "
    "(server/sched.go). A request that waits inside a server cannot go to another that becomes free."},
  FindingKind{"OG706", Severity::error, "another program listens at an address of the servers",
    "that server or the entry cannot start",
    "The entry has Ollama's own address, the servers the ports after it on 127.0.0.1. Stop the other program, or move "
    "all of them with --listen."},
  FindingKind{"OG707", Severity::error, "HAProxy is gone or too old",
    "at its next start the entry does not come up, and clients find nobody",
    "Install HAProxy 2.4 or later from the distribution, or go back to one server: configure --no-replicas."},
  FindingKind{"OG708", Severity::error, "a setting of one server is not in force",
    "two servers may use the same GPUs, or listen at the same address",
    "Drop-ins of the service hold for all servers. One that comes after zzz-ollama-gpu.conf by its name, or an "
    "environment file, beats what each server has for itself: take the variable out of it."},
};
// clang-format on

static_assert(has_codes(kSharedFindings, "OG701", "OG708"));

}  // namespace

std::span<const FindingKind> shared_findings() { return kSharedFindings; }

}  // namespace ollama_gpu
