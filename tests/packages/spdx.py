#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds the SPDX document of a release against what SPDX 2.3 asks of one, and against the release itself.

    tests/packages/spdx.py DIR      DIR: as packaging/release leaves it
"""
import copy
import hashlib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNKNOWN = ("NOASSERTION", "NONE")
ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
CREATOR = re.compile(r"(Tool: \S+|(Person|Organization): \S.*)")
SUPPLIER = re.compile(r"(Person|Organization): \S.*|NOASSERTION")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
URI = re.compile(r"[a-z][a-z0-9+.-]*://[^\s#]+")
DIGITS = {"SHA1": 40, "SHA224": 56, "SHA256": 64, "SHA384": 96, "SHA512": 128, "MD5": 32}
CATEGORIES = {"SECURITY", "PACKAGE-MANAGER", "PERSISTENT-ID", "OTHER"}
PURPOSES = {"APPLICATION", "FRAMEWORK", "LIBRARY", "CONTAINER", "OPERATING-SYSTEM", "DEVICE", "FIRMWARE", "SOURCE", "ARCHIVE",
            "FILE", "INSTALL", "OTHER"}
# Those of chapter 11 that a release can have use for.
RELATIONSHIPS = {"DESCRIBES", "CONTAINS", "DEPENDS_ON", "GENERATED_FROM", "DYNAMIC_LINK", "STATIC_LINK", "BUILD_TOOL_OF",
                 "BUILD_DEPENDENCY_OF", "OTHER"}
LICENCES = {"MIT", "BSD-3-Clause", "CC0-1.0", "LGPL-2.1-or-later"}
# Which header belongs to which of Debian's packages.
HEADERS = {"CLI": "libcli11-dev", "fmt": "libfmt-dev", "nlohmann": "nlohmann-json3-dev", "tl": "libexpected-dev",
           "toml++": "libtomlplusplus-dev", "event2": "libevent-core-2.1-7", "systemd": "libsystemd0"}


def creation(document):
    """Chapter 6: the document and its making."""
    made = document.get("creationInfo", {})
    checks = {"spdxVersion": document.get("spdxVersion") == "SPDX-2.3", "dataLicense": document.get("dataLicense") == "CC0-1.0",
              "SPDXID": document.get("SPDXID") == "SPDXRef-DOCUMENT", "name": bool(document.get("name")),
              "documentNamespace": bool(URI.fullmatch(document.get("documentNamespace", ""))),
              "creators": bool(made.get("creators")) and all(CREATOR.fullmatch(one) for one in made["creators"]),
              "created": bool(MOMENT.fullmatch(made.get("created", "")))}
    return [f"the document's {name}" for name, good in checks.items() if not good]


def package_problems(package):
    """Chapter 7, for a package whose files are not looked at."""
    licences = [package.get(name) for name in ("licenseConcluded", "licenseDeclared") if name in package]
    place = package.get("downloadLocation", "")
    sums, references = package.get("checksums", []), package.get("externalRefs", [])
    checks = {"SPDXID": bool(ID.fullmatch(package.get("SPDXID", ""))), "name": bool(package.get("name")),
              "downloadLocation": place in UNKNOWN or bool(URI.fullmatch(place)),
              "filesAnalyzed": package.get("filesAnalyzed") is False,
              "what is for analysed files only": not {"packageVerificationCode", "licenseInfoFromFiles", "hasFiles"} & set(package),
              "supplier": bool(SUPPLIER.fullmatch(package.get("supplier", "NOASSERTION"))),
              "purpose": package.get("primaryPackagePurpose") in PURPOSES,
              "licences": all(one in LICENCES or one in UNKNOWN for one in licences),
              "checksums": all(len(one["checksumValue"]) == DIGITS.get(one["algorithm"]) and
                               re.fullmatch("[0-9a-f]+", one["checksumValue"]) for one in sums),
              "externalRefs": all(one["referenceCategory"] in CATEGORIES and one["referenceType"] == "purl" and
                                  re.fullmatch(r"pkg:[a-z]+/\S+@\S+", one["referenceLocator"]) for one in references)}
    return [f"{package.get('SPDXID')}: {name}" for name, good in checks.items() if not good]


def relationship_problems(document):
    """Chapter 11: of elements that there are, of kinds that there are, and what the document describes."""
    known = {"SPDXRef-DOCUMENT"} | {package.get("SPDXID") for package in document["packages"]}
    relations = document.get("relationships", [])
    problems = [f"relationship {one}" for one in relations if one["relationshipType"] not in RELATIONSHIPS
                or not {one["spdxElementId"], one["relatedSpdxElement"]} <= known]
    described = [one for one in relations
                 if (one["spdxElementId"], one["relationshipType"]) == ("SPDXRef-DOCUMENT", "DESCRIBES")]
    return problems + ([] if described else ["the document describes nothing"])


def invalid(document):
    """What SPDX 2.3 would not have."""
    problems = creation(document)
    if not document.get("packages"):
        return problems + ["there are no packages"]
    ids = [package.get("SPDXID") for package in document["packages"]]
    problems += [f"{one} stands for several" for one in set(ids) if ids.count(one) > 1]
    for package in document["packages"]:
        problems += package_problems(package)
    return problems + relationship_problems(document)


def related(document, one, kind):
    names = {package["SPDXID"]: package["name"] for package in document["packages"]}
    return {names[found["relatedSpdxElement"]] for found in document["relationships"]
            if (found["spdxElementId"], found["relationshipType"]) == (one, kind)}


def untrue(document, folder):
    """What is otherwise in the release: the files and their sums, what the program needs, what its sources include."""
    files = {package["packageFileName"]: package for package in document["packages"] if "packageFileName" in package}
    wanted = {path.name for path in folder.iterdir() if re.search(r"(?<!-arch)\.(tar\.gz|deb|rpm)$", path.name)}
    problems = [] if set(files) == wanted else [f"files are {sorted(files)}, not {sorted(wanted)}"]
    problems += [f"{name} has another sum" for name, package in files.items()
                 if hashlib.sha256((folder / name).read_bytes()).hexdigest() != package["checksums"][0]["checksumValue"]]
    deb = next(folder.glob("*.deb"))
    depends = subprocess.run(["dpkg-deb", "--field", deb, "Depends"], check=True, capture_output=True, text=True).stdout
    needed = {one.split()[0] for one in depends.split(",")}
    for name in (name for name in files if not name.endswith(".tar.gz")):
        one = files[name]["SPDXID"]
        linked, compiled_in = related(document, one, "DYNAMIC_LINK"), related(document, one, "STATIC_LINK")
        problems += [] if linked == needed else [f"{name} links {sorted(linked)}, Depends is {sorted(needed)}"]
        missing = {HEADERS[header] for header in included()} - linked - compiled_in
        problems += [f"{name}: {sorted(missing)} is included, and not named"] if missing else []
        strange = compiled_in - set(HEADERS.values())
        problems += [f"{name}: {sorted(strange)} is named, and not included"] if strange else []
    return problems


def included():
    """The folders of other people's headers that the sources include; one that HEADERS does not have is a KeyError."""
    files = [path for folder in ("src", "include") for path in (ROOT / folder).rglob("*.[ch]pp")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    system = {"sys", "linux", "arpa", "net", "netinet"}  # the C library's
    return set(re.findall(r"^#include <([^/>]+)/", text, re.MULTILINE)) - system


def blind(document):
    """The mistakes that `invalid` does not see: every one that is made here must be found."""
    mistakes = {f"no {key}": lambda d, k=key: d.pop(k) for key in document}
    mistakes.update({f"no creationInfo.{key}": lambda d, k=key: d["creationInfo"].pop(k) for key in document["creationInfo"]})
    for key in ("SPDXID", "name", "downloadLocation", "filesAnalyzed"):
        mistakes[f"a package without {key}"] = lambda d, k=key: d["packages"][-1].pop(k)
    mistakes["a moment with a zone"] = lambda d: d["creationInfo"].update(created="2026-01-01T00:00:00+01:00")
    mistakes["a namespace with a fragment"] = lambda d: d.update(documentNamespace="https://a.invalid/b#c")
    mistakes["a sum too short"] = lambda d: d["packages"][0]["checksums"][0].update(checksumValue="ab")
    mistakes["one name for two"] = lambda d: d["packages"][1].update(SPDXID=d["packages"][0]["SPDXID"])
    mistakes["a licence that is none"] = lambda d: d["packages"][0].update(licenseDeclared="Expat")
    mistakes["a relationship to nothing"] = lambda d: d["relationships"][0].update(relatedSpdxElement="SPDXRef-none")
    mistakes["a relationship of no kind"] = lambda d: d["relationships"][0].update(relationshipType="USES")
    found = []
    for name, make in mistakes.items():
        wrong = copy.deepcopy(document)
        make(wrong)
        found += [f"not seen: {name}"] if not invalid(wrong) else []
    return found


def main():
    folder = pathlib.Path(sys.argv[1])
    document = json.loads(next(folder.glob("*.spdx.json")).read_text(encoding="utf-8"))
    problems = invalid(document) or untrue(document, folder) + blind(document)
    print("\n".join(problems) or f"{len(document['packages'])} packages, {len(document['relationships'])} relationships")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
