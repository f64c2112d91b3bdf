"""Makes the frameworks of a self-contained application of .NET frameworks of a DOTNET_ROOT.

usage: layout.py APPLICATION ROOT

APPLICATION is the folder with NAME.deps.json, which tells the frameworks that it contains, with their versions and files.
Names of assemblies for the compiler's references are the caller's business.
"""

import json
import shutil
import sys
from pathlib import Path

PREFIX = "runtimepack."
SUFFIX = ".Runtime.linux-x64"
BASE = "Microsoft.NETCore.App"


def main(application, root):
    frameworks = dict(contained(application))
    for name, (version, files) in frameworks.items():
        folder = root / "shared" / name / version
        folder.mkdir(parents=True)
        for file in files:
            take(application / file, folder, root / "host" / "fxr" / version)
        write_lists(folder, name, version, files, frameworks[BASE][0])


def contained(application):
    """Each framework's name, with its version and the names of its files by kind."""
    (listed,) = application.glob("*.deps.json")
    dependencies = json.loads(listed.read_text())
    for pack, content in dependencies["targets"][dependencies["runtimeTarget"]["name"]].items():
        if pack.startswith(PREFIX):
            name, version = pack.removeprefix(PREFIX).split("/")
            kinds = {kind: content[kind] for kind in ("runtime", "native") if kind in content}
            yield name.removesuffix(SUFFIX), (version, {file: kind for kind, files in kinds.items() for file in files})


def take(file, folder, resolver):
    """A file may be there or not: the application may have left it out."""
    if not file.exists():
        return
    shutil.copy(file, folder)
    if file.name == "libhostfxr.so":
        resolver.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, resolver)


def write_lists(folder, name, version, files, base):
    """What the host reads to find the assemblies of a framework, and the framework below it."""
    library = f"{name}{SUFFIX}/{version}"
    assemblies = {kind: {file: {} for file, of in files.items() if of == kind} for kind in ("runtime", "native")}
    target = ".NETCoreApp,Version=v" + version.rsplit(".", 1)[0]
    listed = {
        "runtimeTarget": {"name": f"{target}/linux-x64", "signature": ""},
        "targets": {target: {}, f"{target}/linux-x64": {library: assemblies}},
        "libraries": {library: {"type": "package", "serviceable": True, "sha512": ""}},
    }
    (folder / f"{name}.deps.json").write_text(json.dumps(listed))
    if name != BASE:
        needs = {"runtimeOptions": {"framework": {"name": BASE, "version": base}}}
        (folder / f"{name}.runtimeconfig.json").write_text(json.dumps(needs))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
