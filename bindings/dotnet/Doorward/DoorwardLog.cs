using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
#if NET8_0_OR_GREATER
using System.Runtime.Loader;
#endif

namespace Doorward;

/// <summary>How grave a line of the log is.</summary>
public enum DoorwardLogLevel : uint {
    /// <summary>The log is off.</summary>
    None = 0,
    /// <summary>Requests are refused that should come in.</summary>
    Error = NativeMethods.DOORWARD_LOG_ERROR,
    /// <summary>They soon will be.</summary>
    Warning = NativeMethods.DOORWARD_LOG_WARNING,
    /// <summary>What happens once in a while: keys were fetched, a configuration was read.</summary>
    Info = NativeMethods.DOORWARD_LOG_INFO,
    /// <summary>More of that.</summary>
    Debug = NativeMethods.DOORWARD_LOG_DEBUG,
}

/// <summary>
/// What the library tells of keys, directories and configurations, of all verifiers of the process. No line has a token, a secret
/// or a password.
/// </summary>
public static unsafe class DoorwardLog {
    static readonly object gate = new();
    static volatile Action<DoorwardLogLevel, string>? sink;
    static bool isWatched;

    /// <summary>
    /// Sets who is told, in the place of the last one; null turns the log off. It is called on threads of the library, mostly, and
    /// soon returns; what it throws is lost. It must not call this itself.
    /// </summary>
    public static void Set(Action<DoorwardLogLevel, string>? receive, DoorwardLogLevel level = DoorwardLogLevel.Info) {
        NativeLibraryFile.Load();
        lock (gate) {
            bool isOff = receive is null || level == DoorwardLogLevel.None;
            if (!isOff) {
                sink = receive;
                Watch();
            }
            NativeCall.Check(NativeMethods.doorward_log_set(isOff ? IntPtr.Zero : Function, IntPtr.Zero, isOff ? 0 : (uint)level));
            if (isOff) {
                sink = null;
            }
        }
    }

    /// <summary>Where an application is unloaded while its process lives on, as on IIS, the library must not call it any more.</summary>
    static void Watch() {
        if (!isWatched) {
            isWatched = true;
#if NET8_0_OR_GREATER
            if (AssemblyLoadContext.GetLoadContext(typeof(DoorwardLog).Assembly) is { IsCollectible: true } context) {
                context.Unloading += static _ => Set(null);
            }
#else
            AppDomain.CurrentDomain.DomainUnload += static (_, _) => Set(null);
#endif
        }
    }

    static void Receive(uint level, byte* message, nuint length) {
        try {
            sink?.Invoke((DoorwardLogLevel)level, Utf8.Text(message, checked((int)length)));
        } catch {
            // Nothing may be thrown into the library.
        }
    }

#if NET8_0_OR_GREATER
    static IntPtr Function => (IntPtr)(delegate* unmanaged[Cdecl]<IntPtr, uint, byte*, nuint, void>)&Receive;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Receive(IntPtr context, uint level, byte* message, nuint length) => Receive(level, message, length);
#else
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate void LogFunction(IntPtr context, uint level, byte* message, nuint length);

    /// <summary>Kept, for the library has its address.</summary>
    static readonly LogFunction function = (context, level, message, length) => Receive(level, message, length);

    static IntPtr Function => Marshal.GetFunctionPointerForDelegate(function);
#endif
}
