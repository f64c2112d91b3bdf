"""Compiles C# on a machine without the .NET SDK: csc, with its own options, by the compiler that the SDK has too.

usage: csc.py FOLDER -out:FILE OPTION... SOURCE...

FOLDER is what ci/offline/dotnet has prepared. No resources, no analyzers and no source generators.
"""

import os
import sys


def main(folder, *options):
    load(folder)
    return run(options)


def run(options):
    """Compiles once, and returns the exit status."""
    from Microsoft.CodeAnalysis.CSharp import CSharpCommandLineParser
    from System import Array, String

    arguments = CSharpCommandLineParser.Default.Parse(Array[String](options), os.getcwd(), None)
    return report(arguments.Errors) if arguments.Errors.Length > 0 else compile(arguments)


def load(folder):
    """Starts .NET in this process, and loads the compiler into it."""
    os.environ["DOTNET_ROOT"] = os.path.join(folder, "root")
    # Without it .NET needs a library for languages and countries, which not every machine has.
    os.environ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1"
    sys.path.insert(0, os.path.join(folder, "python"))
    import pythonnet

    pythonnet.load("coreclr")
    import clr

    for name in ("Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp"):
        clr.AddReference(os.path.join(folder, "roslyn", f"{name}.dll"))


def compile(arguments):
    from Microsoft.CodeAnalysis import MetadataReference, SyntaxTree
    from Microsoft.CodeAnalysis.CSharp import CSharpCompilation
    from System import Array
    from System.IO import File, MemoryStream

    trees = [parse(source.Path, arguments) for source in arguments.SourceFiles]
    references = [MetadataReference.CreateFromFile(r.Reference) for r in arguments.MetadataReferences]
    compilation = CSharpCompilation.Create(
        arguments.CompilationName,
        Array[SyntaxTree](trees),
        Array[MetadataReference](references),
        arguments.CompilationOptions,
    )
    assembly, documentation = MemoryStream(), MemoryStream()
    result = compilation.Emit(assembly, xmlDocumentationStream=documentation, options=arguments.EmitOptions)
    if result.Success:
        File.WriteAllBytes(arguments.GetOutputFilePath(arguments.OutputFileName), assembly.ToArray())
        if arguments.DocumentationPath is not None:
            File.WriteAllBytes(arguments.DocumentationPath, documentation.ToArray())
    return report(result.Diagnostics)


def parse(path, arguments):
    from Microsoft.CodeAnalysis.CSharp import CSharpSyntaxTree
    from Microsoft.CodeAnalysis.Text import SourceText
    from System.Text import Encoding

    with open(path, encoding="utf-8-sig", newline="") as source:
        text = SourceText.From(source.read(), Encoding.UTF8)
    return CSharpSyntaxTree.ParseText(text, arguments.ParseOptions, path)


def report(diagnostics):
    """Prints what there is to say, and returns the exit status."""
    from Microsoft.CodeAnalysis import DiagnosticSeverity

    shown = [d for d in diagnostics if d.Severity in (DiagnosticSeverity.Warning, DiagnosticSeverity.Error)]
    for diagnostic in shown:
        print(diagnostic.ToString())
    return int(any(d.Severity == DiagnosticSeverity.Error for d in shown))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
