# SPDX-License-Identifier: MIT
"""The machines that pages ask for by name: their GPUs, for the stand-ins in the sandbox."""

HEAD = "driver=580.65.06\ncuda=13.0\nmemory_dir=/run/ollama-standin\n"
UUIDS = ("GPU-3b1ae1f2-7c40-4d1e-9a55-0c8f6e2d1a01", "GPU-58a8c7d0-2f19-4b6a-8e33-51d7b90a4c02",
         "GPU-58b2f946-e05d-4c87-b1a4-9e6031c7dd03", "GPU-c94d03ab-6a72-4f58-92ce-e7185fb63904")
BUSES = ("01", "41", "81", "C1")


def cards(name, total, used=(), count=4):
    """NVIDIA GPUs of one kind; used: MiB that others hold on each."""
    lines = []
    for i in range(count):
        held = (used[i] if i < len(used) else 0) << 20
        lines.append(f'uuid={UUIDS[i]} pci=00000000:{BUSES[i]}:00.0 name="{name}" '
                     f"total={total << 20} used={held} util=0 cc=8.9 display=0\n")
    return HEAD + "".join(lines)


MACHINES = {
    # A common server of the article's readers: 4 cards of 24 GB.
    "four-24g": cards("NVIDIA GeForce RTX 4090", 24564),
    # The same; somebody else's jobs hold most of the cards 2 and 3.
    "four-24g-busy": cards("NVIDIA GeForce RTX 4090", 24564, used=(0, 0, 18432, 20480)),
    # Two AMD cards (amd_tree) and no NVIDIA library.
    "two-amd": HEAD + "init_error=driver-not-loaded\n",
}

AMD_CARDS = ((0x03, "9f1e2d3c4b5a6978", 51140), (0x83, "1c2d3e4f5a6b7c8d", 28851))


def amd_tree():
    """A script that puts a tree in the place of /sys, with two Radeon cards as the kernel shows them."""
    lines = ["set -e; cd /e2e; rm -rf --one-file-system amd; mkdir -p amd/fs/cgroup amd/bus/pci/devices "
             "amd/class/drm amd/class/kfd/kfd/topology/nodes/0 amd/bus/pci/drivers/amdgpu; cd amd",
             "echo 0 > class/kfd/kfd/topology/nodes/0/gpu_id"]
    for node, (bus, unique, gpu_id) in enumerate(AMD_CARDS, 1):
        address = f"0000:{bus:02x}:00.0"
        device = f"devices/pci0000:00/0000:00:01.0/{address}"
        topology = f"class/kfd/kfd/topology/nodes/{node}"
        fields = {"vendor": "0x1002", "device": "0x7448", "class": "0x030000",
                  "product_name": "Radeon PRO W7900", "unique_id": unique,
                  "mem_info_vram_total": str(48 << 30), "mem_info_vram_used": str(24 << 20),
                  "gpu_busy_percent": "0"}
        lines.append(f"mkdir -p {device} {topology} class/drm/card{node}")
        lines += [f"echo '{text}' > {device}/{name}" for name, text in fields.items()]
        lines += [f"ln -s ../../../{device} bus/pci/devices/{address}",
                  f"ln -s ../../../../bus/pci/drivers/amdgpu {device}/driver",
                  f"ln -s ../../../{device} class/drm/card{node}/device",
                  f"echo {gpu_id} > {topology}/gpu_id",
                  f"printf 'simd_count 192\\nmem_banks_count 1\\ngfx_target_version 110000\\n"
                  f"vendor_id 4098\\nlocation_id {bus << 8}\\ndomain 0\\nunique_id "
                  f"{int(unique, 16)}\\n' > {topology}/properties"]
    lines.append("mount --rbind /sys/fs/cgroup fs/cgroup && mount --rbind /e2e/amd /sys")
    return "\n".join(lines)
