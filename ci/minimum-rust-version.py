"""Compares the stated minimum Rust version with what the dependencies declare (`cargo metadata` on standard input)."""

import json
import sys


def numbers(version):
    parts = [int(part) for part in version.split(".")]
    return parts + [0] * (3 - len(parts))


packages = json.load(sys.stdin)["packages"]
ours = next(package for package in packages if package["name"] == "doorward")["rust_version"]
later = [
    f"{package['name']} {package['version']} needs {package['rust_version']}"
    for package in packages
    if package["rust_version"] and numbers(package["rust_version"]) > numbers(ours)
]
silent = sum(1 for package in packages if not package["rust_version"])
print(f"minimum Rust version {ours}; {len(packages)} packages, {silent} of them declare none")
if later:
    sys.exit("\n".join(later))
