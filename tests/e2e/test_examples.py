# SPDX-License-Identifier: MIT
"""packaging/examples, run as they stand, looked at from outside."""
import json
import subprocess

from harness import (DROP_IN, ETC, ROOT, STARTS, TOOL, Skip, equal, expect, has_settings, lacks,
                     matches, nothing_changed, slow, wait_until)

EXAMPLES = ROOT / "packaging/examples"
UNIT_FILE = ROOT / "packaging/systemd/ollama-gpu.service"
ALL = {"CUDA_VISIBLE_DEVICES": "0,1,2,3", "OLLAMA_SCHED_SPREAD": "1", "OLLAMA_KEEP_ALIVE": "24h"}
PLACE = "/e2e/scratch"


def example(name):
    return (EXAMPLES / name).read_text(encoding="utf-8")


def install(box):
    """The tool where the package puts it, its boot unit, and nothing that forbids restarts (containers have that)."""
    box.sh(f"ln -sf {TOOL} /usr/bin/ollama-gpu && rm -f /usr/sbin/policy-rc.d")
    box.write(f"{ETC}/ollama-gpu.service", UNIT_FILE.read_text(encoding="utf-8"))
    box.reload()


def needs(box, program):
    if box.run("sh", "-c", f"command -v {program}").rc != 0:
        raise Skip(f"there is no {program} in this root file system")


def settings_hold(box, wanted):
    """In systemd and in the process, which Ollama's own log lines agree with."""
    has_settings(box.snapshot(), wanted)
    evidence = box.json("verify").exits(0).evidence()
    equal((evidence["process"], evidence["devices"]), ("ok", "ok"), "evidence")


# --- a package's postinst

def package(box, version):
    """A package acme-llm with the example as its postinst; gives its path."""
    folder = f"{PLACE}/acme"
    box.write(f"{folder}/DEBIAN/control",
              f"Package: acme-llm\nVersion: {version}\nArchitecture: all\n"
              "Maintainer: Acme <acme@example.invalid>\nDescription: models of Acme\n")
    box.write(f"{folder}/DEBIAN/postinst", example("debian-postinst"), "755")
    path = f"{PLACE}/acme-llm_{version}.deb"
    box.sh(f"dpkg-deb --root-owner-group --build {folder} {path}")
    return path


def dpkg(box, *words, wrap=()):
    return box.run(*wrap, "env", "DEBIAN_FRONTEND=noninteractive", "dpkg", *words)


def remove_package(box):
    box.sh("rm -f /usr/sbin/policy-rc.d; dpkg --purge acme-llm")


def test_postinst_configures_once(box):
    """Installed, upgraded, configured anew: the settings hold, and Ollama was restarted once."""
    install(box)
    before = box.snapshot()
    dpkg(box, "--install", package(box, "1.0")).exits(0)
    settings_hold(box, ALL)
    first = box.snapshot()
    expect(first.invocation != before.invocation, "Ollama was not restarted")
    dpkg(box, "--install", package(box, "1.1")).exits(0)
    nothing_changed(first, box.snapshot())
    remove_package(box)
    nothing_changed(first, box.snapshot())


def test_postinst_obeys_policy_rc_d(box):
    """policy-rc.d says 101: systemd has the settings, the process stays and has them after its next start."""
    install(box)
    box.write("/usr/sbin/policy-rc.d", '#!/bin/sh\n[ "$2" != restart ] || exit 101\n', "755")
    before = box.snapshot()
    dpkg(box, "--install", package(box, "1.0")).exits(0)
    after = box.snapshot()
    equal(after.invocation, before.invocation, "InvocationID")
    equal(after.environment.get("OLLAMA_KEEP_ALIVE"), "24h", "systemd's OLLAMA_KEEP_ALIVE")
    box.restart()
    settings_hold(box, ALL)
    remove_package(box)


def test_postinst_in_a_chroot(box):
    """No systemd running: written, and in force when Ollama is started."""
    install(box)
    before = box.snapshot()
    no_run = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh")
    dpkg(box, "--install", package(box, "1.0"), wrap=no_run).exits(0)
    equal(box.snapshot().invocation, before.invocation, "InvocationID")
    box.restart()
    settings_hold(box, ALL)
    remove_package(box)


@slow
def test_postinst_does_not_break_apt(box):
    """No GPU, another's file, an Ollama that fails: a message, nothing changed, the package is installed."""
    install(box)
    cases = (
        ("no Ollama or no GPU", "sed -i '1i init_error=driver-not-loaded' /etc/nvml-standin.conf", ""),
        ("your own settings", "", "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n"),
    )
    for number, (message, script, text) in enumerate(cases):
        if text:
            box.write(f"{ETC}/ollama.service.d/zzz.conf", text)
        box.sh(script or "true")
        result = dpkg(box, "--install", package(box, f"1.{number}")).exits(0)
        matches(f"acme-llm: {message}", result.err, "what dpkg shows")
        expect(not box.exists(DROP_IN), f"{DROP_IN} was written")
        box.sh(f"cp /e2e/nvml-standin.conf /etc/; rm -f {ETC}/ollama.service.d/zzz.conf")
    box.reload()
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=24h")
    result = dpkg(box, "--install", package(box, "1.9")).exits(0)
    matches("acme-llm: Ollama does not work with these settings", result.err, "what dpkg shows")
    expect(not box.exists(DROP_IN), f"{DROP_IN} was left")
    equal(box.snapshot().active, "active", "ActiveState")
    remove_package(box)


# --- a hook of apt

def apt(box, path):
    return box.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "APT::Sandbox::User=root",
                   "--yes", "--quiet", "--allow-downgrades", "--reinstall", "install", path)


def plain_package(box):
    box.write(f"{PLACE}/other/DEBIAN/control",
              "Package: acme-other\nVersion: 1.0\nArchitecture: all\n"
              "Maintainer: Acme <acme@example.invalid>\nDescription: something else\n")
    box.sh(f"dpkg-deb --root-owner-group --build {PLACE}/other {PLACE}/other.deb")
    return f"{PLACE}/other.deb"


@slow
def test_apt_hook_holds_ollama_to_the_file(box):
    """Each run of apt brings back what a package took away; a run that finds all well changes nothing."""
    install(box)
    box.write("/etc/apt/apt.conf.d/90ollama-gpu", example("apt-hook.conf"))
    deb = plain_package(box)
    apt(box, deb).exits(0)
    expect(not box.exists(DROP_IN), f"{DROP_IN} was written without /etc/ollama-gpu.toml")
    box.write("/etc/ollama-gpu.toml", example("ollama-gpu.toml"))
    apt(box, deb).exits(0)
    settings_hold(box, ALL)
    before = box.snapshot()
    apt(box, deb).exits(0)
    nothing_changed(before, box.snapshot())
    box.sh(f"rm {DROP_IN}")  # as a careless package might
    apt(box, deb).exits(0)
    settings_hold(box, ALL)
    box.write("/etc/ollama-gpu.toml", 'keep-alive = "1d"\n')  # a wrong file does not make apt fail
    before = box.snapshot()
    result = apt(box, deb).exits(0)
    matches("ollama-gpu: exit code 2 .*apt goes on", result.text, "what apt shows")
    nothing_changed(before, box.snapshot())
    box.sh("rm /etc/apt/apt.conf.d/90ollama-gpu; dpkg --purge acme-other")


# --- an image

def image(box):
    """The files of an image with Ollama and the package in it."""
    box.write(f"{PLACE}/image-build", example("image-build"), "755")
    box.sh(f"mkdir -p /mnt/image/etc/systemd/system /mnt/image/usr/bin /mnt/image/usr/lib/systemd/system && "
           f"cp {TOOL} /mnt/image/usr/bin/ && cp {ETC}/ollama.service {ETC}/ollama-gpu.service "
           "/mnt/image/usr/lib/systemd/system/")


@slow
def test_image_has_the_settings_at_its_first_boot(box):
    """The script touches the image only; a machine with what it wrote boots with the settings, and with its own GPUs."""
    install(box)
    image(box)
    before = box.snapshot()
    box.run(f"{PLACE}/image-build", "/mnt/image").exits(0)
    nothing_changed(before, box.snapshot())
    text = box.read(f"/mnt/image{DROP_IN}").decode()
    matches("^ExecStartPre=-/usr/bin/ollama-gpu wait --timeout=60$", text, "the image's drop-in")
    lacks("CUDA_VISIBLE_DEVICES", text, "the image's drop-in")
    box.run(f"{PLACE}/image-build", "/mnt/image").exits(0)
    equal(box.read(f"/mnt/image{DROP_IN}").decode(), text, "the drop-in after a second run")
    box.sh("cp -a /mnt/image/etc/. /etc/ && mkdir -p /var/lib && cp -a /mnt/image/var/lib/. /var/lib/")
    box.reboot()
    wait_until(lambda: box.snapshot().active == "active", "Ollama is up")
    equal(box.sh("systemctl show ollama-gpu --property=Result --value").strip(), "success", "the boot unit")
    equal(box.read(STARTS).strip().decode(), "1", "starts of Ollama")
    settings_hold(box, ALL)


def test_image_build_stops_where_the_image_is_wrong(box):
    """No unit of Ollama: exit 5; a file that would win: 6; an error of doctor's: 11."""
    install(box)
    image(box)
    unit = "/mnt/image/usr/lib/systemd/system/ollama.service"
    box.sh(f"mv {unit} {unit}.away")
    box.run(f"{PLACE}/image-build", "/mnt/image").exits(5)
    box.sh(f"mv {unit}.away {unit}")
    late = f"/mnt/image{ETC}/ollama.service.d/zzz.conf"
    box.write(late, "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n")
    matches(r"zzz\.conf:2", box.run(f"{PLACE}/image-build", "/mnt/image").exits(6).err, "the place")
    box.write(late, "[Service]\nEnvironment=OLLAMA_FLASH_ATTENTION=off\n")
    matches("OG201", box.run(f"{PLACE}/image-build", "/mnt/image").exits(11).text, "the finding")


# --- cloud-init

CLOUD_CONFIG = """\
datasource_list: [NoCloud]
network: {config: disabled}
users: []
cloud_init_modules: [write-files]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user]
system_info: {distro: debian, paths: {cloud_dir: /var/lib/cloud, run_dir: /run/cloud-init}}
"""
SEED = "/var/lib/cloud/seed/nocloud"


def cloud_init(box, *words):
    """Debian's own cloud-init, out of its package."""
    return box.run("env", "PYTHONPATH=/e2e/cloud-init/usr/lib/python3/dist-packages", "LC_ALL=C.UTF-8",
                   "python3", "-m", "cloudinit.cmd.main", *words)


def put_cloud_init(box):
    needs(box, "python3")
    found = subprocess.run([str(ROOT / "tests/support/cloud-init")], capture_output=True, text=True,
                           check=False, stdin=subprocess.DEVNULL)
    if found.returncode != 0:
        raise Skip(f"cloud-init cannot be fetched: {found.stderr.strip()}")
    if not box.exists("/e2e/cloud-init"):
        packed = subprocess.run(["tar", "-c", "-C", found.stdout.strip(), "usr"], capture_output=True,
                                check=True)
        box.sh("mkdir -p /e2e/cloud-init")
        box.run("tar", "-x", "-C", "/e2e/cloud-init", stdin=packed.stdout).exits(0)
    box.write("/etc/cloud/cloud.cfg", CLOUD_CONFIG)
    box.write(f"{SEED}/user-data", example("cloud-config.yaml"))
    box.write(f"{SEED}/meta-data", "instance-id: e2e\n")


def first_boot(box):
    """The four stages of a first boot; gives the errors that cloud-init tells of."""
    for stage in (("init", "--local"), ("init",), ("modules", "--mode=config")):
        cloud_init(box, *stage).exits(0)
    cloud_init(box, "modules", "--mode=final")
    return json.loads(box.read("/run/cloud-init/result.json"))["v1"]["errors"]


def remove_cloud_init(box):
    box.sh("rm -rf /etc/cloud /var/lib/cloud /run/cloud-init /var/log/cloud-init*")


@slow
def test_cloud_config_fits_the_schema_and_does_its_job(box):
    """cloud-init finds the user-data valid and carries it out: the settings hold, and the next boot has them too."""
    install(box)
    put_cloud_init(box)
    result = cloud_init(box, "schema", "--config-file", f"{SEED}/user-data").exits(0)
    matches("Valid cloud-config", result.text, "schema")
    equal(first_boot(box), [], "errors")
    settings_hold(box, ALL)
    equal(box.sh("systemctl is-enabled ollama-gpu.service").strip(), "enabled", "the boot unit")
    equal(box.json("configure", "--config", "/etc/ollama-gpu.toml", "--check").exits(0).json["changed"],
          False, "changed")
    remove_cloud_init(box)


@slow
def test_cloud_config_tells_of_a_failure(box):
    """No Ollama on the machine: cloud-init ends with an error, and its log has the reason."""
    install(box)
    put_cloud_init(box)
    box.sh(f"systemctl stop ollama && rm {ETC}/ollama.service && systemctl daemon-reload")
    expect(first_boot(box), "cloud-init tells of no error")
    remove_cloud_init(box)


# --- a provisioning script

def provision(box, config, **variables):
    words = [f"{name}={value}" for name, value in variables.items()]
    box.write(f"{PLACE}/provision", example("provision"), "755")
    return box.run("env", *words, f"{PLACE}/provision", config)


def test_provision_says_what_it_did(box):
    """First pass: changed. Second: nothing to do. A line less in the file: it goes from the host too."""
    install(box)
    needs(box, "jq")
    config = f"{PLACE}/a.toml"
    box.write(config, example("ollama-gpu.toml"))
    result = provision(box, config).exits(0)
    matches("^provision: changed .Ollama was restarted.*rollback$", result.out, "output")
    settings_hold(box, ALL)
    before = box.snapshot()
    equal(provision(box, config).exits(0).out, "provision: nothing to do\n", "output")
    nothing_changed(before, box.snapshot())
    box.write(config, 'gpus = "all"\n')
    provision(box, config).exits(0)
    lacks("KEEP_ALIVE", box.read(DROP_IN).decode(), DROP_IN)


@slow
def test_provision_branches_on_what_went_wrong(box):
    """Each way to fail: its line, its exit code, and the service as it was."""
    install(box)
    needs(box, "jq")
    config = f"{PLACE}/a.toml"
    late = f"{ETC}/ollama.service.d/zzz.conf"
    box.write(config, 'keep-alive = "1d"\n')
    before = box.snapshot()
    matches(f"^provision: {config}:1: .*does not accept '1d'", provision(box, config).exits(2).out, "output")
    box.write(config, 'gpus = "0-5"\n')
    matches("^provision: not on this host: ", provision(box, config).exits(5).out, "output")
    nothing_changed(before, box.snapshot())
    box.write(config, 'keep-alive = "24h"\n')
    box.write(late, "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n")
    matches(f"^provision: another file stands in the way: {late}:2: ",
            provision(box, config).exits(6).out, "output")
    box.sh(f"rm {late}")
    box.reload()
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=24h")
    matches("^provision: Ollama does not work with these settings; the former ones are back.*\n.*\\S",
            provision(box, config).exits(7).out, "output")
    expect(not box.exists(DROP_IN), f"{DROP_IN} was left")
    box.standin(misbehave="cpu")
    result = provision(box, config).exits(11)
    matches("^provision: devices: ", result.out, "output")


@slow
def test_provision_tries_again_when_busy(box):
    """Another ollama-gpu has the lock: as often as told, then exit 9; free again in between: done."""
    install(box)
    needs(box, "jq")
    config = f"{PLACE}/a.toml"
    box.write(config, 'keep-alive = "24h"\nlock-timeout = 1\n')
    box.tool("configure", "--no-spread").exits(0)  # the lock file is there now
    hold = "exec 9> /var/lib/ollama-gpu/ollama.service.lock; flock 9; touch /run/e2e/held; sleep {}"
    box.sh(f"setsid bash -c '{hold.format(60)}' > /dev/null 2>&1 & "
           "echo $! > /run/e2e/holder; until [ -e /run/e2e/held ]; do sleep 0.02; done")
    result = provision(box, config, PROVISION_TRIES=2, PROVISION_PAUSE=0).exits(9)
    matches("^provision: busy, once more in 0 s: ", result.out, "output")
    matches("^provision: still busy", result.out, "output")
    box.sh('kill -- -"$(cat /run/e2e/holder)"')
    provision(box, config).exits(0)
    has_settings(box.snapshot(), {"OLLAMA_KEEP_ALIVE": "24h"})
