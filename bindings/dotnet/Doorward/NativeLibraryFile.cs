using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Doorward;

/// <summary>
/// Finds the native library, once, before its first function is called: the file that <c>DOORWARD_LIBRARY</c> names, else
/// <c>runtimes/{rid}/native</c> below the assembly's folder, else beside the assembly, else where the system looks.
/// </summary>
static class NativeLibraryFile {
    const string Variable = "DOORWARD_LIBRARY";

    static readonly object gate = new();
    static volatile bool isLoaded;
    static DoorwardLibraryException? failure;

    static bool IsWindows => RuntimeInformation.IsOSPlatform(OSPlatform.Windows);

    static string FileName =>
        IsWindows ? "libdoorward.dll" : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? "libdoorward.dylib" : "libdoorward.so";

    static string Rid {
        get {
            string system = IsWindows ? "win" : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? "osx" : "linux";
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    /// <summary>Throws <see cref="DoorwardLibraryException"/>, with what to do, where there is none that fits.</summary>
    internal static void Load() {
        if (!isLoaded) {
            LoadOnce();
        }
    }

    static void LoadOnce() {
        lock (gate) {
            if (failure is not null) {
                throw new DoorwardLibraryException(failure.Message);
            }
            try {
                string? file = Find();
                if (file is not null) {
                    CheckMachine(file);
                }
                CheckVersion(file);
                isLoaded = true;
            } catch (DoorwardLibraryException exception) {
                failure = exception;
                throw;
            }
        }
    }

    static string? Find() {
        string? named = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(named)) {
            return Candidates().Find(File.Exists);
        }
        return File.Exists(named) ? Path.GetFullPath(named) : throw new DoorwardLibraryException(
            $"{Variable} names {named}, and there is no such file: name the file of the native library, or take the variable away");
    }

    static List<string> Candidates() {
        var files = new List<string>();
        foreach (string folder in Folders()) {
            files.Add(Path.Combine(folder, "runtimes", Rid, "native", FileName));
            files.Add(Path.Combine(folder, FileName));
        }
        return files;
    }

    static IEnumerable<string> Folders() {
        string? assembly = AssemblyFolder();
        if (!string.IsNullOrEmpty(assembly)) {
            yield return assembly!;
        }
        string program = AppContext.BaseDirectory;
        if (!string.IsNullOrEmpty(program) && program.TrimEnd(Path.DirectorySeparatorChar) != assembly) {
            yield return program;
        }
    }

    static string? AssemblyFolder() {
#if NET8_0_OR_GREATER
        // In an application of one file the assembly is nowhere.
        string file = typeof(NativeLibraryFile).Assembly.Location;
        return file.Length > 0 ? Path.GetDirectoryName(file) : null;
#else
        // ASP.NET runs a copy of the assembly. The library lies where it was copied from.
        return Path.GetDirectoryName(new Uri(typeof(NativeLibraryFile).Assembly.CodeBase).LocalPath);
#endif
    }

    static void CheckMachine(string file) {
        string machine = NativeMachine.Of(file)
            ?? throw new DoorwardLibraryException($"{file} is no library: install the one for {Rid}");
        if (machine != Rid) {
            string advice = Rid == "win-x86"
                ? "Doorward has no 32-bit library: let the process have 64 bits (on IIS: Enable 32-Bit Applications = False)"
                : $"install the one for {Rid}";
            throw new DoorwardLibraryException($"{file} is for {machine}, and this process is {Rid}: {advice}");
        }
    }

    static void CheckVersion(string? file) {
        uint version = Version(file);
        if (version != NativeMethods.DOORWARD_ABI_VERSION) {
            throw new DoorwardLibraryException(
                $"{file ?? FileName} has version {version} of the interface, and Doorward.dll needs version "
                + $"{NativeMethods.DOORWARD_ABI_VERSION}: install both from the same release of Doorward");
        }
    }

    static uint Version(string? file) {
        try {
            NativeLibraryLoader.Prefer(file);
            return Version();
        } catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException) {
            throw new DoorwardLibraryException(file is null
                ? $"the native library of Doorward for {Rid} was not found; looked for {string.Join(", ", Candidates())}, and where "
                    + $"the system looks for {FileName}. Put it there, or name its file in {Variable}"
                : $"{file} can't be loaded: {exception.Message}");
        } catch (EntryPointNotFoundException) {
            throw new DoorwardLibraryException(
                $"{file ?? FileName} is not the native library of Doorward, for it has no function doorward_abi_version");
        }
    }

    /// <summary>Mono looks for a function when it compiles who calls it: so nothing else is done here.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static uint Version() => NativeMethods.doorward_abi_version();
}
