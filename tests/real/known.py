# SPDX-License-Identifier: MIT
"""Pairs that the tool accepts on purpose although Ollama may end with them, and why."""

KNOWN = {
    ("OLLAMA_HOST", "nosuch.invalid:12000"): "what a name means is known when Ollama starts; then it is put back",
    ("OLLAMA_HOST", "192.0.2.1:12000"): "an address that the machine may have by then; if not, it is put back",
    ("OLLAMA_MODELS", "/proc/ollama"): "what its user can make shows at the start; then it is put back",
}

# Names that llama-server reads, not Ollama's own program.
READ_BY_LLAMA_SERVER = {"OLLAMA_LLAMA_CPP_COMPAT"}
