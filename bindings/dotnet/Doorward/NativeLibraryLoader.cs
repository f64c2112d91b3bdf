using System;
using System.Runtime.InteropServices;

namespace Doorward;

/// <summary>Lets the runtime take the library from one file.</summary>
static class NativeLibraryLoader {
#if NET8_0_OR_GREATER
    static string? preferred;

    static NativeLibraryLoader() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, static (name, assembly, paths) =>
            name == NativeMethods.Library && preferred is not null ? NativeLibrary.Load(preferred) : 0);

    internal static void Prefer(string? file) => preferred = file;
#else
    const uint SearchFromItsFolder = 8;

    internal static void Prefer(string? file) {
        if (file is null) {
            return;
        }
        if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows)) {
            PreferOnWindows(file);
        } else if (Type.GetType("Mono.Runtime") is not null) {
            MapInMono(file);
        }
    }

    /// <summary>A library that the process has loaded is found by its name.</summary>
    static void PreferOnWindows(string file) {
        if (LoadLibraryExW(file, IntPtr.Zero, SearchFromItsFolder) == IntPtr.Zero) {
            throw new DllNotFoundException($"Windows says error {Marshal.GetLastWin32Error()}");
        }
    }

    static void MapInMono(string file) {
        // Its reader of ELF takes what is not mapped for a name, which it changes.
        mono_dllmap_insert(IntPtr.Zero, NativeMethods.Library, null, file, null);
    }

    [DllImport("kernel32", CharSet = CharSet.Unicode, SetLastError = true, ExactSpelling = true)]
    static extern IntPtr LoadLibraryExW(string file, IntPtr reserved, uint flags);

    [DllImport("__Internal", CharSet = CharSet.Ansi)]
    static extern void mono_dllmap_insert(IntPtr image, string library, string? function, string file, string? as_function);
#endif
}
