// SPDX-License-Identifier: MIT
#include "ollama_gpu/presentation/render.hpp"

namespace ollama_gpu {

std::string_view help_exit_codes() {
  return R"(Exit codes

    0  done, or nothing to do
    1  failed for a reason not below; --confirm: not confirmed; or the result
       could not be written (a full disk, a closed pipe): what was to be done has
       been done
    2  wrong usage, a --config file that cannot be read, or a value that Ollama
       would not accept
    4  not permitted: the message says what to do
    5  not there: the unit, a GPU, enough GPUs, a generation, a model, the
       directory of --root
    6  conflict: another file would win, was changed since, or may be written to
       by others; the unit is malformed or masked
    7  the service was not healthy; everything was put back, verified
    8  the service is not healthy: --no-rollback was given, it was failing before,
       or putting back failed. The message says what lies where and what to type
    9  busy: another ollama-gpu is at work, someone else edited, stopped or
       restarts the service at the same time, or Ollama did not become idle;
       verify --load: other models are loaded
   10  --check: something would change
   11  evidence: something does not hold (configure, verify, status --exit-code)
       or, with verify --strict, was not seen; doctor: it found an error or a
       warning
128+n  ended by signal n, after everything was put back

With --json the same is in "exit_code", and its kind in "error.code": failed,
usage, permission, not_found, conflict, unhealthy_rolled_back, unhealthy, busy,
would_change, not_verified, interrupted.
)";
}

std::string_view help_selectors() {
  return R"(Selectors: what --gpus takes. Terms are joined by commas.

  all                every GPU
  none               no GPU: Ollama uses the CPU
  0   0,2   0-3      by index, as nvidia-smi counts
  GPU-58a8…          by UUID, or a prefix of it that only one GPU has
  MIG-…              by the UUID of a MIG instance
  0000:3b:00.0       by PCI address
  not=ID             takes a GPU away: all,not=0
  min-free=20GiB     only GPUs with so much memory free
  min-total=24GiB    only GPUs with so much memory
  max-util=10%       only GPUs that are at most so busy
  name=A100          only GPUs with this in their name, in any case
  vendor=nvidia      only GPUs of this maker: nvidia, amd, intel
  count=2            of those, the two with the most memory free

Ids are united in the order typed (none typed: all), not= takes away, every
condition must hold, and count picks last. A size needs a unit: B, KiB, MiB,
GiB or TiB (or KB, MB, GB: powers of ten). Memory that the service itself holds
counts as free. A selection in force that still satisfies the selector stays.
status and verify warn when the selector would choose other GPUs today, and
configure without --gpus keeps what is there.
With --root only ids, all and none can be used.

  ollama-gpu configure --gpus all
  ollama-gpu configure --gpus 0-3,not=2
  ollama-gpu configure --gpus min-free=20GiB,count=2
)";
}

}  // namespace ollama_gpu
