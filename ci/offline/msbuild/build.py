"""Builds projects of C# on a machine without the .NET SDK, as far as they are simple: what is not known is an error.

usage: build.py FOLDER OUTPUT PROJECT FRAMEWORK [PROJECT FRAMEWORK]...

FOLDER is what ci/offline/dotnet has prepared. Each project comes to be OUTPUT/NAME/FRAMEWORK/NAME.dll, with those that it refers
to beside it. An ordinary `dotnet build` does the same with the SDK.
"""

import re
import shutil
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import csc

# The reference assemblies of the .NET Framework 4.7.2, as Mono has them. They stand for .NET Standard 2.0, too.
MONO = Path("/usr/lib/mono/4.7.2-api")
SYMBOLS = {
    "net8.0": ["NET", "NET8_0", "NET8_0_OR_GREATER"],
    "net9.0": ["NET", "NET9_0", "NET8_0_OR_GREATER", "NET9_0_OR_GREATER"],
    "netstandard2.0": ["NETSTANDARD", "NETSTANDARD2_0", "NETSTANDARD2_0_OR_GREATER"],
    "net472": ["NETFRAMEWORK", "NET472", "NET472_OR_GREATER"],
}
# Which of a project's frameworks one of another project takes, the best first.
TAKES = {
    "net8.0": ["net8.0", "netstandard2.0"],
    "net9.0": ["net9.0", "net8.0", "netstandard2.0"],
    "netstandard2.0": ["netstandard2.0"],
    "net472": ["net472", "netstandard2.0"],
}
USINGS = ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks"]
WEB_SDK = "Microsoft.NET.Sdk.Web"
WEB_USINGS = ["Builder", "Hosting", "Http", "Routing"]
WEB_EXTENSIONS = ["Configuration", "DependencyInjection", "Hosting", "Logging"]
PROPERTIES = {
    "AllowUnsafeBlocks", "AssemblyName", "Authors", "DebugType", "Description", "Deterministic", "GenerateDocumentationFile",
    "ImplicitUsings", "IsPackable", "LangVersion", "Nullable", "NuspecFile", "NuspecProperties", "OutputType", "PackageLicenseExpression",
    "PackageReadmeFile", "RootNamespace", "TargetFramework", "TargetFrameworks", "TreatWarningsAsErrors", "Version",
}
# What tells the SDK how to run tests changes nothing of what is compiled, under whatever condition it stands.
OF_TESTS = {"GenerateProgramFile", "IsTestProject"}
TEST_PACKAGES = {"Microsoft.NET.Test.Sdk", "NUnit3TestAdapter"}
ITEMS = {"Compile", "FrameworkReference", "None", "PackageReference", "ProjectReference", "Reference"}


class Project:
    def __init__(self, file):
        self.file = file.resolve()
        self.folder = self.file.parent
        self.properties, self.items = {}, []
        for source in [*self.shared(), self.file]:
            self.read(source)

    def shared(self):
        found = [folder / "Directory.Build.props" for folder in reversed(self.folder.parents)]
        return [file for file in found if file.exists()]

    def read(self, file):
        root = xml.parse(file).getroot()
        self.sdk = root.get("Sdk")
        for group in root:
            for entry in group:
                if entry.tag in OF_TESTS:
                    continue
                known = PROPERTIES if group.tag == "PropertyGroup" else ITEMS
                if entry.tag not in known or "Condition" in entry.attrib:
                    sys.exit(f"{file}: {entry.tag} is not known here")
                if group.tag == "PropertyGroup":
                    self.properties[entry.tag] = (entry.text or "").strip()
                else:
                    self.items.append((entry.tag, entry.attrib))

    @property
    def name(self):
        return self.properties.get("AssemblyName", self.file.stem)

    def frameworks(self):
        return (self.properties.get("TargetFrameworks") or self.properties["TargetFramework"]).split(";")

    def includes(self, tag, kind="Include"):
        return [attributes[kind] for item, attributes in self.items if item == tag and kind in attributes]

    def framework_for(self, other):
        """The one that another project takes, which is built for `other`."""
        return next(framework for framework in TAKES[other] if framework in self.frameworks())

    def sources(self):
        """All below the project's folder that belong to no other project and were not built, and those that it names."""
        removed = {path for pattern in self.includes("Compile", "Remove") for path in self.folder.glob(pattern)}
        others = {file.parent for file in self.folder.rglob("*.csproj")} - {self.folder}
        others |= {self.folder / name for name in ("bin", "obj")}
        own = [path for path in self.folder.rglob("*.cs") if not others & set(path.parents)]
        named = [path for pattern in self.includes("Compile") for path in self.folder.glob(pattern)]
        return sorted({path.resolve() for path in [*own, *named]} - removed)

    def is_on(self, name):
        return self.properties.get(name) in ("true", "enable")

    def usings(self):
        names = list(USINGS)
        if self.sdk == WEB_SDK:
            names += [f"Microsoft.AspNetCore.{name}" for name in WEB_USINGS]
            names += [f"Microsoft.Extensions.{name}" for name in WEB_EXTENSIONS]
        return "".join(f"global using {name};\n" for name in names)


class Build:
    def __init__(self, tools, output):
        self.tools, self.output, self.done = tools, output, {}

    def folder(self, project, framework):
        return self.output / project.name / framework

    def build(self, file, framework):
        """The assemblies that the project and those that it refers to come to be."""
        project = Project(file)
        key = (project.name, framework)
        if key not in self.done:
            references = self.references(project, framework)
            self.done[key] = [self.compile(project, framework, references), *references]
        return self.done[key]

    def references(self, project, framework):
        references = []
        for other in project.includes("ProjectReference"):
            file = project.folder / other
            references += self.build(file, Project(file).framework_for(framework))
        packages = [name for name in project.includes("PackageReference") if name not in TEST_PACKAGES]
        references += [self.named(project, name) for name in packages]
        return list(dict.fromkeys(references))

    def named(self, project, name):
        if name != "NUnit":
            sys.exit(f"{project.file}: the package {name} is not known here")
        return self.tools / "nunit" / "nunit.framework.dll"

    def compile(self, project, framework, references):
        folder = self.folder(project, framework)
        folder.mkdir(parents=True, exist_ok=True)
        assembly = folder / f"{project.name}.dll"
        sources = project.sources()
        if project.is_on("ImplicitUsings"):
            usings = folder / "ImplicitUsings.g.cs"
            usings.write_text(project.usings())
            sources.append(usings)
        sources.append(write_attributes(folder, project, framework))
        options = [*self.options(project, framework, assembly), *(f'-r:"{path}"' for path in references), *map(str, sources)]
        if csc.run(options) != 0:
            sys.exit(f"{project.name} for {framework} was not built")
        for reference in references:
            shutil.copy(reference, folder)
        return assembly

    def options(self, project, framework, assembly):
        is_program = project.properties.get("OutputType") == "Exe" or project.sdk == WEB_SDK
        kind = "exe" if is_program else "library"
        symbols = ";".join(SYMBOLS[framework])
        options = [f"-out:{assembly}", f"-target:{kind}", f"-define:{symbols}", "-optimize", "-debug:embedded", "-deterministic"]
        options += [f"-langversion:{project.properties['LangVersion']}", "-warnaserror", "-nowarn:1701,1702"]
        options += ["-nullable"] if project.is_on("Nullable") else []
        options += ["-unsafe"] if project.is_on("AllowUnsafeBlocks") else []
        options += [f"-doc:{assembly.with_suffix('.xml')}"] if project.is_on("GenerateDocumentationFile") else []
        return options + self.framework(project, framework)

    def framework(self, project, framework):
        if framework.startswith("net8"):
            return [f"@{self.tools / 'net8.rsp'}"]
        if framework.startswith("net9"):
            return [f"@{self.tools / 'net9.rsp'}"]
        names = ["mscorlib", "System", "System.Core", *project.includes("Reference")]
        return ["-nostdlib", *(f"-r:{MONO / name}.dll" for name in names), f"-r:{MONO / 'Facades' / 'netstandard'}.dll"]


def write_attributes(folder, project, framework):
    """Those that the SDK makes of a project's properties."""
    version = project.properties["Version"]
    names = {"net8.0": ".NETCoreApp,Version=v8.0", "net9.0": ".NETCoreApp,Version=v9.0",
             "netstandard2.0": ".NETStandard,Version=v2.0", "net472": ".NETFramework,Version=v4.7.2"}
    file = folder / "Attributes.g.cs"
    number = re.match(r"\d+\.\d+\.\d+", version).group()
    file.write_text(
        "using System.Reflection;\n"
        f'[assembly: System.Runtime.Versioning.TargetFramework("{names[framework]}")]\n'
        f'[assembly: AssemblyVersion("{number}.0")]\n'
        f'[assembly: AssemblyFileVersion("{number}.0")]\n'
        f'[assembly: AssemblyInformationalVersion("{version}")]\n'
    )
    return file


def main(tools, output, *wanted):
    csc.load(tools)
    build = Build(Path(tools), Path(output))
    for file, framework in zip(wanted[::2], wanted[1::2], strict=True):
        build.build(Path(file), framework)


if __name__ == "__main__":
    main(*sys.argv[1:])
